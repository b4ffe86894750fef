package dev.nncc.frontend.onnx;

import static dev.nncc.frontend.onnx.OnnxModels.graph;
import static dev.nncc.frontend.onnx.OnnxModels.integer;
import static dev.nncc.frontend.onnx.OnnxModels.makeNode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.frontend.importing.ModelFacts;
import dev.nncc.frontend.importing.SupportedOp;
import dev.nncc.frontend.onnx.proto.FunctionProto;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.OperatorSetIdProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;
import dev.nncc.graph.DType;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxImporterTest {
  @TempDir Path folder;

  private ImportResult load(OnnxModels m, ImportOptions options) {
    return Importers.importModel(m.write(folder), options);
  }

  private Graph load(OnnxModels m) {
    return load(m, ImportOptions.NONE).graph();
  }

  private AbstractThrowableAssert<?, ?> refused(OnnxModels m, ImportOptions options) {
    return assertThatThrownBy(() -> load(m, options)).isInstanceOf(ModelException.class);
  }

  private AbstractThrowableAssert<?, ?> refused(OnnxModels m) {
    return refused(m, ImportOptions.NONE);
  }

  private static List<String> operators(Graph g) {
    return g.nodes().stream()
        .map(n -> n.op().name())
        .filter(name -> !name.equals("Constant"))
        .toList();
  }

  @Test
  void shapeArithmeticDoesNotReachTheGraph() {
    Graph g = load(OnnxModels.small(), ImportOptions.NONE.withDim("N", 5)).graph();
    assertThat(operators(g)).containsExactly("Conv", "Relu", "Reshape", "MatMul");
    assertThat(g.outputs().get(0).type()).isEqualTo(TensorType.of(DType.F32, 5, 3));
    assertThat(g.inputs().get(0).name()).isEqualTo("x");
    assertThat(g.nodes().get(g.nodes().size() - 1).origin()).hasToString("matmul_y");
  }

  @Test
  void aLeadingOpenDimensionIsOneAndSaidToBe() {
    ImportResult r = load(OnnxModels.small(), ImportOptions.NONE);
    assertThat(r.graph().inputs().get(0).type()).isEqualTo(TensorType.of(DType.F32, 1, 1, 4, 4));
    assertThat(r.facts().assumed()).containsExactly("dimension N of input 'x' is 1");
  }

  @Test
  void wholeShapesBindTheirSymbolsElsewhereToo() {
    OnnxModels m =
        OnnxModels.opset(13).input("a", "N", "H").input("b", "N", "H").node("Add", "a,b", "y");
    Graph g = load(m.output("y"), ImportOptions.NONE.withInputShape("a", List.of(2L, 3L))).graph();
    assertThat(g.inputs()).extracting(Value::type).containsOnly(TensorType.of(DType.F32, 2, 3));
  }

  @Test
  void allOpenDimensionsAreNamedAtOnce() {
    OnnxModels m =
        OnnxModels.opset(13)
            .input("a", "N", "H", "?")
            .input("b", 1, "W")
            .node("Relu", "a", "y")
            .output("y");
    refused(m)
        .hasMessageStartingWith("m.onnx: open dimensions:")
        .hasMessageContaining("H, number 2 of input 'a' [N, H, ?]")
        .hasMessageContaining("W of input 'b' [1, W]")
        .hasMessageContaining("--dim")
        .hasMessageContaining("--input-shape");
  }

  @Test
  void optionsThatFitNothingAreErrors() {
    refused(OnnxModels.small(), ImportOptions.NONE.withDim("M", 1))
        .hasMessageContaining("no dimension 'M' (named dimensions: N)");
    refused(OnnxModels.small(), ImportOptions.NONE.withInputShape("z", List.of(1L)))
        .hasMessageContaining("no input 'z' (inputs: x)");
    refused(OnnxModels.small(), ImportOptions.NONE.withInputShape("x", List.of(1L, 1L, 4L, 5L)))
        .hasMessageContaining("does not fit the declared [N, 1, 4, 4]");
    refused(OnnxModels.small(), ImportOptions.NONE.withOverridable("w"))
        .hasMessageContaining("'w' is no initializer that the model lets callers override");
    refused(OnnxModels.small(), ImportOptions.NONE.withOutputs(List.of("nope")))
        .hasMessageContaining("--outputs: the model has no value named 'nope'");
  }

  @Test
  void otherOutputsCutTheGraph() {
    Graph g = load(OnnxModels.small(), ImportOptions.NONE.withOutputs(List.of("c", "x"))).graph();
    assertThat(operators(g)).containsExactly("Conv");
    assertThat(g.outputNames()).containsExactly("c", "x");
    assertThat(g.outputs().get(1)).isEqualTo(g.inputs().get(0));
  }

  private static OnnxModels chain() {
    return OnnxModels.opset(13)
        .input("a", 2)
        .input("b", 2)
        .node("Relu", "a", "hidden")
        .node("Add", "hidden,b", "sum")
        .node("Neg", "sum", "y")
        .output("y");
  }

  @Test
  void otherInputsCutTheGraph() {
    Graph g = load(chain(), ImportOptions.NONE.withInputs(List.of("hidden"))).graph();
    assertThat(operators(g)).containsExactly("Add", "Neg");
    assertThat(g.inputs()).extracting(Value::name).containsExactly("hidden", "b");
    Graph last = load(chain(), ImportOptions.NONE.withInputs(List.of("sum"))).graph();
    assertThat(operators(last)).containsExactly("Neg");
    assertThat(last.inputs()).extracting(Value::name).containsExactly("sum");
    Tensor y = Evaluator.evaluate(last, List.of(Tensor.ofFloats(Shape.of(2), 1, -2))).get(0);
    assertThat(y.toDoubles()).containsExactly(-1, 2);
  }

  @Test
  void aPieceBetweenInputsAndOutputs() {
    ImportOptions o =
        ImportOptions.NONE.withInputs(List.of("b", "hidden")).withOutputs(List.of("sum"));
    Graph g = load(chain(), o).graph();
    assertThat(operators(g)).containsExactly("Add");
    assertThat(g.inputs()).extracting(Value::name).containsExactly("b", "hidden");
    assertThat(g.outputNames()).containsExactly("sum");
  }

  @Test
  void cutsAtNamesThatAreNotThereNameThoseThatAre() {
    refused(chain(), ImportOptions.NONE.withInputs(List.of("hiden")))
        .hasMessageContaining(
            "--inputs: the model has no value named 'hiden'; close to it: hidden");
    refused(chain(), ImportOptions.NONE.withOutputs(List.of("sums")))
        .hasMessageContaining("--outputs: the model has no value named 'sums'; close to it: sum");
    ImportOptions behind =
        ImportOptions.NONE.withInputs(List.of("y")).withOutputs(List.of("hidden"));
    refused(chain(), behind).hasMessageContaining("--inputs: 'y' is not needed for the outputs");
  }

  @Test
  void aBoundInputIsAConstant() {
    OnnxModels m = OnnxModels.opset(13).input("a", 2).input("b", 2).node("Add", "a,b", "y");
    Tensor three = Tensor.ofLongs(Shape.SCALAR, 3);
    Graph g = load(m.output("y"), ImportOptions.NONE.withBind("b", three)).graph();
    assertThat(g.inputs()).hasSize(1);
    Tensor y = Evaluator.evaluate(g, List.of(Tensor.ofFloats(Shape.of(2), 1, 2))).get(0);
    assertThat(y.toDoubles()).containsExactly(4, 5);
  }

  @Test
  void dataDecidesShapesWhenImportingForIt() {
    OnnxModels m = OnnxModels.opset(13).input("x", "N", "M");
    m.graph().addInput(OnnxModels.value("t", 7, 2));
    Path file = m.node("Reshape", "x,t", "y").output("y").write(folder);
    Map<String, Tensor> data =
        Map.of(
            "x", Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6),
            "t", Tensor.ofLongs(Shape.of(2), 3, 2));
    Graph g = Importers.importFor(file, ImportOptions.NONE, data).graph();
    assertThat(g.inputs()).extracting(Value::name).containsExactly("x");
    assertThat(g.outputs().get(0).type()).isEqualTo(TensorType.of(DType.F32, 3, 2));
    assertThatThrownBy(
            () ->
                Importers.importModel(
                    file, ImportOptions.NONE.withInputShape("x", List.of(2L, 3L))))
        .hasMessageContaining("input shape is computed at run time")
        .hasMessageContaining("--bind t=");
  }

  @Test
  void overridableInitialisersAreConstantsUnlessAskedFor() {
    OnnxModels m = OnnxModels.opset(13).input("x", 2).input("w", 2).floats("w", Shape.of(2), 1, 2);
    m.node("Mul", "x,w", "y").output("y");
    ImportResult frozen = load(m, ImportOptions.NONE);
    assertThat(frozen.graph().inputs()).hasSize(1);
    assertThat(frozen.facts().frozen()).containsExactly("w");
    ImportResult kept = load(m, ImportOptions.NONE.withAllOverridable());
    assertThat(kept.graph().inputs()).extracting(Value::name).containsExactly("x", "w");
    assertThat(kept.facts().frozen()).isEmpty();
    m.model().setIrVersion(3);
    assertThat(load(m, ImportOptions.NONE).facts().frozen()).isEmpty();
  }

  @Test
  void everythingUnsupportedIsReportedTogether() {
    OnnxModels m = OnnxModels.opset(13).input("x", 1, 1, 4, 4);
    for (int i = 0; i < 7; i++) {
      m.node("NoSuchOp", "x", "a" + i);
    }
    m.node("MaxPool", "x", "p,q", OnnxModels.integers("kernel_shape", 2L, 2L));
    m.node("Sum", "a0,a1,a2,a3,a4,a5,a6,q", "y").output("y");
    refused(m)
        .hasMessage(
            """
            m.onnx: 8 nodes cannot be imported (nncc ops lists what can)
              MaxPool (opset 13): output Indices is not supported: 1 node: node 'maxpool_p,q'
              NoSuchOp (opset 13): operator not supported: 7 nodes: node 'nosuchop_a0', node \
            'nosuchop_a1', node 'nosuchop_a2', node 'nosuchop_a3', node 'nosuchop_a4', ...""");
  }

  @Test
  void whatNoOutputNeedsMayBeUnsupported() {
    OnnxModels m = OnnxModels.opset(13).input("x", 1).node("NoSuchOp", "x", "z");
    assertThat(operators(load(m.node("Relu", "x", "y").output("y")))).containsExactly("Relu");
  }

  @Test
  void nodesInAnyOrderAreSorted() {
    OnnxModels m = OnnxModels.opset(13).input("x", 1).node("Abs", "b", "y");
    m.node("Neg", "a", "b").node("Relu", "x", "a").output("y");
    assertThat(operators(load(m))).containsExactly("Relu", "Neg", "Abs");
  }

  @Test
  void brokenGraphsAreSaidToBeBroken() {
    refused(
            OnnxModels.opset(13)
                .input("x", 1)
                .node("Add", "x,b", "a")
                .node("Neg", "a", "b")
                .output("b"))
        .hasMessage("m.onnx: node 'add_a': the graph has a cycle");
    refused(OnnxModels.opset(13).input("x", 1).node("Add", "x,w", "y").output("y"))
        .hasMessage(
            "m.onnx: node 'add_y' (Add, opset 13): 'w' is defined by no node, initializer or"
                + " graph input");
    refused(
            OnnxModels.opset(13)
                .input("x", 1)
                .node("Neg", "x", "y")
                .node("Abs", "x", "y")
                .output("y"))
        .hasMessageContaining("output 'y' is made by another node too");
    refused(OnnxModels.opset(13).input("x", 1).node("Neg", "x", "x").output("x"))
        .hasMessageContaining("the graph has a cycle");
    refused(OnnxModels.opset(13).input("x", 2, -3).node("Neg", "x", "y").output("y"))
        .hasMessageContaining("input 'x': negative extent in shape [2, -3]");
    refused(OnnxModels.opset(13).input("x", 2, 3).node("MatMul", "x,x", "y").output("y"))
        .hasMessageStartingWith("m.onnx: node 'matmul_y' (MatMul, opset 13): ");
    refused(OnnxModels.opset(13).input("x", 2).node("Shape", "x", "y").output("y"))
        .hasMessage("m.onnx: output 'y' is declared FLOAT and computed as i64[1]");
    refused(OnnxModels.opset(13).input("x", 2)).hasMessage("m.onnx: the graph has no outputs");
  }

  @Test
  void aConstantConditionChoosesItsBranch() {
    GraphProto yes =
        GraphProto.newBuilder()
            .addNode(makeNode("Neg", "x", "inner"))
            .addOutput(ValueInfoProto.newBuilder().setName("inner"))
            .build();
    GraphProto no =
        GraphProto.newBuilder()
            .addNode(makeNode("NoSuchOp", "x", "other"))
            .addOutput(ValueInfoProto.newBuilder().setName("other"))
            .build();
    OnnxModels m = OnnxModels.opset(13).input("x", "N").longs("one", 1);
    m.node("Shape", "x", "s").node("Equal", "s,one", "c");
    m.node("If", "c", "y", graph("then_branch", yes), graph("else_branch", no)).output("y");
    assertThat(operators(load(m))).containsExactly("Neg");
    refused(m, ImportOptions.NONE.withDim("N", 2))
        .hasMessageContaining("NoSuchOp (opset 13): operator not supported")
        .hasMessageContaining("if_y/node 'nosuchop_other'");
  }

  private static FunctionProto function(String name, String... nodes) {
    FunctionProto.Builder f =
        FunctionProto.newBuilder().setName(name).setDomain("own").addInput("a").addOutput("b");
    f.addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13));
    f.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1));
    String at = "a";
    for (int i = 0; i < nodes.length; i++) {
      String next = i == nodes.length - 1 ? "b" : "t" + i;
      boolean own = nodes[i].startsWith("F");
      f.addNode(makeNode(nodes[i], at, next).toBuilder().setDomain(own ? "own" : ""));
      at = next;
    }
    return f.build();
  }

  private static OnnxModels calling(String function) {
    OnnxModels m = OnnxModels.opset(13).input("x", 1).output("y");
    m.model().addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1));
    m.graph().addNode(makeNode(function, "x", "y").toBuilder().setDomain("own"));
    return m;
  }

  @Test
  void functionsOfTheModelAreInlined() {
    OnnxModels m = calling("F");
    m.model().addFunctions(function("F", "Neg", "F2")).addFunctions(function("F2", "Abs", "Exp"));
    assertThat(operators(load(m))).containsExactly("Neg", "Abs", "Exp");
  }

  @Test
  void functionsWithoutAnEndAreRefused() {
    OnnxModels loop = calling("F");
    loop.model().addFunctions(function("F", "Neg", "F"));
    refused(loop).hasMessageContaining("nested too deeply");
    OnnxModels doubling = calling("F30");
    doubling.model().addFunctions(function("F0", "Neg", "Neg"));
    for (int i = 1; i <= 30; i++) {
      doubling.model().addFunctions(function("F" + i, "F" + (i - 1), "F" + (i - 1)));
    }
    refused(doubling).hasMessageContaining("more than 100000 nodes");
  }

  @Test
  void factsSayWhatTheFileIs() {
    OnnxModels m = OnnxModels.small();
    m.model().addMetadataPropsBuilder().setKey("author").setValue("someone");
    ModelFacts f = load(m, ImportOptions.NONE).facts();
    assertThat(f.file()).isEqualTo("m.onnx");
    assertThat(f.opsets()).containsExactly(Map.entry("ai.onnx", 13L));
    assertThat(f.producer()).isEqualTo("tests");
    assertThat(f.parameters()).isEqualTo(18 + 2 + 96 + 2);
    assertThat(f.operators()).containsEntry("Conv", 1).hasSize(7);
    assertThat(f.metadata()).containsEntry("author", "someone");
    assertThat(f.sha256()).matches("[0-9a-f]{64}");
  }

  @Test
  void tableOfOperatorsIsSortedAndHasRanges() {
    List<SupportedOp> ops = new OnnxImporter().supportedOps();
    assertThat(ops).extracting(o -> o.domain() + " " + o.name()).isSorted().doesNotHaveDuplicates();
    assertThat(ops).contains(new SupportedOp("ai.onnx", "Clip", "1, 11", ""));
    assertThat(ops.size()).isGreaterThan(150);
  }

  @Test
  void versionsOfAnOperatorMeanDifferentThings() {
    Tensor x = Tensor.ofFloats(Shape.of(1, 2, 2), 1, 2, 3, 4);
    OnnxModels old = OnnxModels.opset(12).input("x", 1, 2, 2);
    OnnxModels now = OnnxModels.opset(13).input("x", 1, 2, 2);
    old.node("Softmax", "x", "y", integer("axis", 1)).output("y");
    now.node("Softmax", "x", "y", integer("axis", 1)).output("y");
    double[] a = Evaluator.evaluate(load(old), List.of(x)).get(0).toDoubles();
    double[] b = Evaluator.evaluate(load(now), List.of(x)).get(0).toDoubles();
    assertThat(a[0] + a[1] + a[2] + a[3]).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-6));
    assertThat(b[0] + b[2]).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-6));
  }
}
