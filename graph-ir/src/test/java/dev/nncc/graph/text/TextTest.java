package dev.nncc.graph.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.Compare;
import dev.nncc.graph.Constant;
import dev.nncc.graph.DType;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Seed;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.TopK;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTest {
  private static final String FULL =
      """
      graph "a \\"b\\" \\u0001"
      in %0: f32[1,3,4,4] name="x y"
      in %1: i64[n,2+3*n]
      %2 = #two={1.0, -0.0}: f32[2]
      %3 = Conv(%0, #w: f32[2,3,3,3], %2) {pads=[1,1,1,1]} : f32[1,2,4,4] name="c" from="Conv":"conv1","Relu":""
      %4 = Relu(%3) : f32[1,2,4,4]
      %5, %6 = TopK(%4) {axis=3, k=2, largest=true} : f32[1,2,4,2], i64[1,2,4,2] name="v","i"
      %7 = Fused(%4, %2) : f32[1,2,4,4] from="Add":"a" {
        graph "body"
        in %0: f32[1,2,4,4]
        in %1: f32[2]
        %2 = Reshape(%1) {shape=[2,1,1]} : f32[2,1,1]
        %3 = Add(%0, %2) : f32[1,2,4,4]
        out %3 name=""
      }
      %8 = Pad(%7) {before=[0,0,0,1], after=[0,0,0,1], mode=reflect} : f32[1,2,4,6]
      %9 = Clip(%8) {min=-Infinity, max=6.0} : f32[1,2,4,6]
      %10 = Add(%9, #seed(7, 0.5, 2.0): f32[6]) : f32[1,2,4,6]
      %11 = Cast(#"odd name"={1, 18446744073709551615}: u64[2]) {to=bool} : bool[2]
      %12 = Reshape(%1) {shape="[n,3*n+2,1]"} : i64[n,2+3*n,1]
      out %10 name="y"
      out %5 name="y"
      out %11 name="z"
      """;

  @Test
  void printsWhatItParsed() {
    String canonical = FULL.replace("3*n+2", "2+3*n");
    Graph g = GraphParser.parse(FULL);
    assertThat(GraphPrinter.print(g)).isEqualTo(canonical);
  }

  @Test
  void keepsNamesOriginsAndNestedBodies() {
    Graph g = GraphParser.parse(FULL);
    assertThat(g.name()).isEqualTo("a \"b\" \u0001");
    assertThat(g.inputs().get(0).name()).isEqualTo("x y");
    assertThat(g.outputNames()).containsExactly("y", "y", "z");
    assertThat(g.nodes())
        .anySatisfy(
            n ->
                assertThat(n.origin())
                    .isEqualTo(Origin.of("conv1", "Conv").and(Origin.of("", "Relu"))));
    assertThat(g.nodes()).anySatisfy(n -> assertThat(n.op()).isInstanceOf(Constant.class));
  }

  @Test
  void readsWhatPeopleWrite() {
    Graph g =
        GraphParser.parse(
            """
            // a convolution
            in x: f32[1,3,8,8]
            c = Conv(x, #w: f32[4,3,3,3], #b: f32[4]) {pads=[1,1,1,1]} // with a bias

            k = #{2}: f32[]
            y = Mul(c, k)
            out y""");
    assertThat(GraphPrinter.sketch(g))
        .isEqualTo(
            """
            in %0: f32[1,3,8,8]
            %1 = Conv(%0, #w: f32[4,3,3,3], #b: f32[4]) {pads=[1,1,1,1]}
            %2 = Mul(%1, #{2.0}: f32[])
            out %2
            """);
    assertThat(g.outputNames()).containsExactly("y");
    assertThat(g.outputs().get(0).name()).isEqualTo("y");
  }

  @Test
  void sketchesNumberConstantsThatAreNeitherShortNorSeeded() {
    GraphBuilder b = new GraphBuilder("g");
    Value x = b.input("x", TensorType.of(DType.F32, 3));
    Value odd = b.constant("odd", Tensor.ofFloats(Shape.of(3), 0.12345678f, 1, 2));
    Value even = b.constant("even", Tensor.ofFloats(Shape.of(3), 0.5f, 1, 2));
    Value sum = b.add(Origin.of("n", "Add"), Elementwise.of(ElementwiseKind.ADD), x, odd);
    b.output("y", b.add(Origin.NONE, Elementwise.of(ElementwiseKind.ADD), sum, even));
    assertThat(GraphPrinter.sketch(b.build()))
        .isEqualTo(
            """
            in %0: f32[3]
            %1 = Add(%0, #0: f32[3])
            %2 = Add(%1, #{0.5, 1.0, 2.0}: f32[3])
            out %2
            """);
  }

  @Test
  void aNameGivesTheSameWeightsAlways() {
    Tensor a = Seed.of("w").tensor(TensorType.of(DType.F32, 2));
    assertThat(a.toDoubles()).containsExactly(0.7941087484359741, 0.558425784111023);
  }

  @Test
  void filesKeepLargeConstants(@TempDir Path folder) throws IOException {
    Tensor large =
        Tensor.of(
            TensorType.of(DType.F32, 5, 7),
            Seed.of(1).tensor(TensorType.of(DType.F32, 5, 7)).toDoubles());
    GraphBuilder b = new GraphBuilder("g");
    Value x = b.input("x", TensorType.of(DType.F32, 5, 7));
    Value twice =
        b.add(
            Origin.NONE,
            Elementwise.of(ElementwiseKind.ADD),
            b.constant("w", large),
            b.constant("same", large));
    b.output("y", b.add(Origin.NONE, Elementwise.of(ElementwiseKind.MUL), x, twice));
    Graph g = b.build();
    Path file = folder.resolve("model.nn");
    GraphFiles.write(g, file);
    Graph read = GraphFiles.read(file);

    assertThat(GraphPrinter.print(read)).isEqualTo(GraphPrinter.print(g));
    assertThat(Files.size(folder.resolve("model.weights"))).isLessThan(64 + 2 * 35 * 4);
    List<Tensor> input = List.of(Seed.of(2).tensor(TensorType.of(DType.F32, 5, 7)));
    Tensor expected = Evaluator.evaluate(g, input).get(0);
    assertThat(Compare.relativeL2(Evaluator.evaluate(read, input).get(0), expected)).isZero();
  }

  @Test
  void brokenWeightsFilesAreNamed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("m.nn");
    Files.writeString(file, "in x: f32[1]\nout x\n");
    Files.writeString(folder.resolve("m.weights"), "NNCCWTS1\377\377\377\377\377\377\377\177");
    assertThatThrownBy(() -> GraphFiles.read(file))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("m.weights is too short");
    Files.writeString(folder.resolve("m.weights"), "something else altogether");
    assertThatThrownBy(() -> GraphFiles.read(file)).hasMessageContaining("is no weights file");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "in x: f32[2]\\ny = Foo(x)\\nout y|line 2, column 5: no operator Foo",
        "in x: f33[2]|line 1, column 7: no element type is called f33",
        "in x: f32[2|line 1, column 10: expected a shape in brackets",
        "in x: f32[-1]|line 1, column 10: negative extent",
        "in x: f32[9999999999,9999999999]|line 1, column 10: too many elements",
        "in x: f32[2]\\ny = Relu(z)|line 2, column 10: z is not defined",
        "in x: f32[2]\\n  y = Relu(x, x)|line 2, column 7: Relu takes 1 operands, not 2",
        "in x: f32[2]\\nx = Relu(x)|line 2, column 1: x is defined twice",
        "in x: f32[2]\\ny = Relu(x) : f32[3]|line 2, column 5: Relu gives [f32[2]], not [f32[3]]",
        "in x: f32[2]\\ny, z = Relu(x)|line 2, column 1: Relu has 1 results, not 2",
        "in x: f32[2]\\ny = Relu(x|line 2, column 11: expected ',', found the end of the text",
        "in x: f32[2] y|line 1, column 14: expected the end of the line, found 'y'",
        "y = #{1, 2}: f32[3]|line 1, column 5: 2 elements for f32[3]",
        "y = #{1, 300}: u8[2]|line 1, column 5: no u8: 300 is out of range",
        "y = #hash(00): f32[3]|line 1, column 5: the elements with hash 00 are missing",
        "y = #w=rain(1): f32[3]|line 1, column 5: elements come from seed(..) or hash(..), not rain",
        "in x: f32[2]\\ny = Softmax(x) {axis=1}|line 2, column 5: Softmax: axis 1 of a value of rank 1",
        "in x: f32[2]\\ny = Softmax(x) {axis=0, axis=0}|line 2, column 25: attribute axis is there twice",
        "graph \"x|line 1, column 9: the text in quotes does not end",
        "}|line 1, column 1: expected the end of the text",
      })
  void errorsNameLineAndColumn(String text, String message) {
    assertThatThrownBy(() -> GraphParser.parse(text.replace("\\n", "\n")))
        .isInstanceOf(ModelException.class)
        .hasMessage(message);
  }

  @Test
  void deepNestingIsRefused() {
    String text = "y = Fused() {\n".repeat(5000);
    assertThatThrownBy(() -> GraphParser.parse(text)).hasMessageContaining("nest too deep");
  }

  @Test
  void allElementTypesRoundTripThroughLiterals() {
    for (DType t : DType.values()) {
      Tensor values =
          Tensor.of(
              TensorType.of(t, 4),
              t.isFloat()
                  ? new double[] {t.lowest(), t.highest(), Double.NaN, 1.0 / 3}
                  : new double[] {t.lowest(), t.highest(), 0, 1});
      GraphBuilder b = new GraphBuilder("g");
      b.output("y", b.constant(values));
      Graph g = GraphParser.parse(GraphPrinter.print(b.build()));
      Tensor back = g.constant(g.outputs().get(0)).orElseThrow();
      assertThat(back.payload().bytes()).as(t.text()).isEqualTo(values.payload().bytes());
    }
  }

  @Test
  void unusedAndSharedConstantsStandOnTheirOwn() {
    GraphBuilder b = new GraphBuilder("g");
    Value k = b.constant("k", Tensor.ofFloats(Shape.of(2), 1, 2));
    b.constant("unused", Tensor.ofLongs(Shape.SCALAR, 3));
    Value sum = b.add(Origin.NONE, Elementwise.of(ElementwiseKind.ADD), k, k);
    b.output("k", k);
    List<Value> top = b.add(Origin.NONE, List.of(), new TopK(0, 1, true), List.of(sum));
    b.output("top", top.get(1));
    String text = GraphPrinter.print(b.build());
    assertThat(text)
        .isEqualTo(
            """
            graph "g"
            %0 = #k={1.0, 2.0}: f32[2]
            %1 = #unused={3}: i64[]
            %2 = Add(%0, %0) : f32[2]
            %3, %4 = TopK(%2) {axis=0, k=1, largest=true} : f32[1], i64[1]
            out %0 name="k"
            out %4 name="top"
            """);
    assertThat(GraphPrinter.print(GraphParser.parse(text))).isEqualTo(text);
  }
}
