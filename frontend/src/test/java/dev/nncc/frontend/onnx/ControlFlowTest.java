package dev.nncc.frontend.onnx;

import static dev.nncc.frontend.onnx.OnnxModels.graph;
import static dev.nncc.frontend.onnx.OnnxModels.integer;
import static dev.nncc.frontend.onnx.OnnxModels.makeNode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlFlowTest {
  @TempDir Path folder;

  private static ValueInfoProto named(String name) {
    return ValueInfoProto.newBuilder().setName(name).build();
  }

  /** s' = s + x, collecting s'; goes on while {@code go}. */
  private static GraphProto accumulate(String go) {
    return GraphProto.newBuilder()
        .addInput(named("i"))
        .addInput(named("c"))
        .addInput(named("s"))
        .addNode(makeNode("Add", "s,x", "t"))
        .addNode(makeNode("Identity", "t", "u"))
        .addOutput(named(go))
        .addOutput(named("t"))
        .addOutput(named("u"))
        .build();
  }

  private static OnnxModels looping(long count, String go) {
    OnnxModels m = OnnxModels.opset(13).input("x", 2).floats("s0", Shape.of(2), 0, 0);
    m.longs("n", count).node("Loop", "n,,s0", "s1,all", graph("body", accumulate(go)));
    return m.output("s1").output("all");
  }

  private List<Tensor> run(OnnxModels m, Tensor... inputs) {
    Graph g = Importers.importModel(m.write(folder), ImportOptions.NONE).graph();
    return Evaluator.evaluate(g, List.of(inputs));
  }

  @Test
  void aLoopOfKnownLengthIsWrittenOut() {
    List<Tensor> out = run(looping(3, "c"), Tensor.ofFloats(Shape.of(2), 1, 10));
    assertThat(out.get(0).toDoubles()).containsExactly(3, 30);
    assertThat(out.get(1).shape()).isEqualTo(Shape.of(3, 2));
    assertThat(out.get(1).toDoubles()).containsExactly(1, 10, 2, 20, 3, 30);
  }

  @Test
  void loopsThatAreTooLongOrDecidedByDataAreRefused() {
    Tensor x = Tensor.ofFloats(Shape.of(2), 1, 1);
    assertThatThrownBy(() -> run(looping(1L << 40, "c"), x))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("too long to be written out");
    assertThatThrownBy(() -> run(looping(3, "d"), x))
        .hasMessageContaining("'d' is defined by no node");
    OnnxModels endless = OnnxModels.opset(13).input("x", 2).floats("s0", Shape.of(2), 0, 0);
    endless.node("Loop", ",,s0", "s1,all", graph("body", accumulate("c"))).output("s1");
    assertThatThrownBy(() -> run(endless, x)).hasMessageContaining("too long to be written out");
  }

  @Test
  void aScanGoesAlongAnAxisInItsDirection() {
    GraphProto body =
        GraphProto.newBuilder()
            .addInput(named("s"))
            .addInput(named("e"))
            .addNode(makeNode("Add", "s,e", "t"))
            .addNode(makeNode("Identity", "t", "u"))
            .addOutput(named("t"))
            .addOutput(named("u"))
            .build();
    OnnxModels m = OnnxModels.opset(13).input("x", 2, 3).floats("s0", Shape.of(2), 0, 0);
    m.node(
        "Scan",
        "s0,x",
        "s1,all",
        graph("body", body),
        integer("num_scan_inputs", 1),
        OnnxModels.integers("scan_input_axes", 1L),
        OnnxModels.integers("scan_input_directions", 1L),
        OnnxModels.integers("scan_output_axes", -1L));
    List<Tensor> out =
        run(m.output("s1").output("all"), Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6));
    assertThat(out.get(0).toDoubles()).containsExactly(6, 15);
    assertThat(out.get(1).toDoubles()).containsExactly(3, 5, 6, 6, 11, 15);
  }
}
