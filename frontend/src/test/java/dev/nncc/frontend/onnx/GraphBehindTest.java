package dev.nncc.frontend.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lies in front of a cut need not be importable, if the model declares what comes out. */
class GraphBehindTest {
  @TempDir Path folder;

  private static OnnxModels model() {
    return OnnxModels.opset(13)
        .input("image", 8, 8, 3)
        .input("shift", 4)
        .node("DecodeImage", "image", "pixels,size")
        .node("Add", "pixels,shift", "sum")
        .node("Neg", "sum", "y")
        .output("y");
  }

  private Graph load(OnnxModels m, ImportOptions options) {
    return Importers.importModel(m.write(folder), options).graph();
  }

  private static final ImportOptions CUT = ImportOptions.NONE.withInputs(List.of("pixels"));

  @Test
  void anUnknownOperatorInFrontIsNotImported() {
    OnnxModels m = model();
    m.graph().addValueInfo(OnnxModels.value("pixels", 1, 2, 4));
    Graph g = load(m, CUT);
    assertThat(g.inputs())
        .extracting(v -> v.name() + " " + v.type())
        .containsExactly("pixels f32[2,4]", "shift f32[4]");
    assertThat(g.nodes().stream().filter(n -> !(n.op() instanceof Constant)))
        .extracting(n -> n.op().name())
        .containsExactly("Add", "Neg");
  }

  @Test
  void openDimensionsOfTheCutAreBoundByOptions() {
    OnnxModels m = model();
    m.graph().addValueInfo(OnnxModels.value("pixels", 1, "rows", 4));
    assertThat(load(m, CUT.withDim("rows", 5)).inputs().get(0).type()).hasToString("f32[5,4]");
    assertThat(load(m, CUT.withInputShape("pixels", List.of(7L, 4L))).inputs().get(0).type())
        .hasToString("f32[7,4]");
  }

  @Test
  void withoutADeclaredTypeTheOperatorIsReported() {
    assertThatThrownBy(() -> load(model(), CUT))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("DecodeImage");
  }

  @Test
  void aCutThatOutputsDoNotNeedIsReported() {
    OnnxModels m = model();
    m.graph().addValueInfo(OnnxModels.value("size", 7, 2));
    assertThatThrownBy(() -> load(m, ImportOptions.NONE.withInputs(List.of("size"))))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("DecodeImage");
  }
}
