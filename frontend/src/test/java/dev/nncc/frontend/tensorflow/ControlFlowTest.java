package dev.nncc.frontend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.frontend.tensorflow.proto.AttrValue;
import dev.nncc.frontend.tensorflow.proto.DataType;
import dev.nncc.frontend.tensorflow.proto.NameAttrList;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlFlowTest {
  @TempDir Path folder;

  private static Tensor vector(float... values) {
    return Tensor.ofFloats(Shape.of(values.length), values);
  }

  /** i = 0; while (i < n) { x = x + x; i++ }, with the constant 1 in the loop. */
  private static Graphs loop(String limit) {
    return new Graphs()
        .input("x", 2)
        .integer("zero", 0)
        .integer("n", 3)
        .add("Enter", "i0", "zero", "frame_name", "loop")
        .add("Enter", "x0", "x", "frame_name", "loop")
        .add("Enter", "limit", limit, "frame_name", "loop", "is_constant", true)
        .add("Merge", "i", "i0,inext")
        .add("Merge", "v", "x0,vnext")
        .add("Less", "less", "i,limit")
        .add("LoopCond", "go", "less")
        .add("Switch", "is", "i,go")
        .add("Switch", "vs", "v,go")
        .add("Identity", "body", "is:1")
        .ints("one", new long[0], 1)
        .add("Add", "iplus", "body,one")
        .add("Add", "vplus", "vs:1,vs:1")
        .add("NextIteration", "inext", "iplus")
        .add("NextIteration", "vnext", "vplus")
        .add("Exit", "y", "vs")
        .add("Neg", "out", "y");
  }

  @Test
  void writesOutALoopOfTheOldKind() {
    assertThat(loop("n").run(folder, vector(1, 2))).containsExactly(-8, -16);
    assertThat(loop("zero").run(folder, vector(1, 2))).containsExactly(-1, -2);
  }

  /** In the loop: v = i < 1 ? 7 : -v. */
  @Test
  void decidesConditionsInLoops() {
    Graphs g =
        new Graphs()
            .input("x", 2)
            .integer("zero", 0)
            .integer("n", 2)
            .add("Enter", "i0", "zero", "frame_name", "loop")
            .add("Enter", "x0", "x", "frame_name", "loop")
            .add("Enter", "limit", "n", "frame_name", "loop", "is_constant", true)
            .add("Merge", "i", "i0,inext")
            .add("Merge", "v", "x0,vnext")
            .add("Less", "less", "i,limit")
            .add("LoopCond", "go", "less")
            .add("Switch", "is", "i,go")
            .add("Switch", "vs", "v,go")
            .add("Identity", "body", "is:1")
            .ints("one", new long[0], 1)
            .add("Less", "first", "body,one")
            .add("Switch", "gate", "first,first")
            .add("Identity", "yes", "gate:1")
            .add(
                "Const",
                "seven",
                "^yes",
                "dtype",
                DataType.DT_FLOAT,
                "value",
                Graphs.numbers(new long[] {2}, 7))
            .add("Switch", "side", "vs:1,first")
            .add("Neg", "negative", "side")
            .add("Merge", "chosen", "negative,seven")
            .add("Add", "iplus", "body,one")
            .add("NextIteration", "inext", "iplus")
            .add("NextIteration", "vnext", "chosen")
            .add("Exit", "y", "vs");
    assertThat(g.run(folder, vector(1, 2))).containsExactly(-7, -7);
  }

  @Test
  void refusesALoopThatTheDataEnds() {
    Graphs g = loop("m");
    g.add("Placeholder", "m", "", "dtype", DataType.DT_INT32, "shape", Graphs.shape());
    assertThatThrownBy(() -> g.load(folder))
        .hasMessageContaining("the condition of the loop is computed at run time");
  }

  /** if (p) -x else exp(0), where the second branch waits for the switch only by control. */
  private static Graphs condition() {
    return new Graphs()
        .input("x", 2)
        .add("Switch", "gate", "p,p")
        .add("Identity", "yes", "gate:1")
        .add("Identity", "no", "gate")
        .add("Switch", "xs", "x,p")
        .add("Neg", "a", "xs:1,^yes")
        .add(
            "Const",
            "b",
            "^no",
            "dtype",
            DataType.DT_FLOAT,
            "value",
            Graphs.numbers(new long[] {2}, 7))
        .add("Merge", "m", "b,a")
        .add("Identity", "out", "m");
  }

  @Test
  void selectsBetweenBranchesAtRunTime() {
    Graphs g = condition();
    g.input("score").floats("half", new long[0], 0.5f).add("Less", "p", "half,score");
    // Inputs stand in the file's order.
    Tensor low = Tensor.ofFloats(Shape.SCALAR, 0);
    Tensor high = Tensor.ofFloats(Shape.SCALAR, 1);
    assertThat(g.run(folder, vector(1, 2), high)).containsExactly(-1, -2);
    assertThat(g.run(folder, vector(1, 2), low)).containsExactly(7, 7);
  }

  @Test
  void takesTheBranchThatIsKnown() {
    Graphs g = condition().integer("a1", 1).integer("a2", 2).add("Less", "p", "a2,a1");
    assertThat(g.run(folder, vector(1, 2))).containsExactly(7, 7);
  }

  @Test
  void inlinesFunctionsAndTheirAttributes() {
    NameAttrList twice =
        NameAttrList.newBuilder()
            .setName("scaled")
            .putAttr("slope", AttrValue.newBuilder().setF(0.5f).build())
            .build();
    Graphs g =
        new Graphs()
            .input("x", 2)
            .function(
                "scaled",
                "a",
                "r=split:output:1,s=l:activations:0",
                Graphs.node(
                    "LeakyRelu",
                    "l",
                    "a",
                    "alpha",
                    AttrValue.newBuilder().setPlaceholder("slope").build()),
                Graphs.node("Unpack", "split", "l:activations:0", "num", 2L))
            .add("PartitionedCall", "call", "x", "f", twice)
            .add("Neg", "y", "call:1");
    assertThat(g.run(folder, vector(-2, 2))).containsExactly(1, -2);
  }

  @Test
  void writesOutALoopOfTheNewKind() {
    Graphs g =
        new Graphs()
            .input("x", 2)
            .floats("zero", new long[0], 0)
            .floats("n", new long[0], 3)
            .function("less", "i,n,v", "r=l:z:0", Graphs.node("Less", "l", "i,n"))
            .function(
                "step",
                "i,n,v",
                "a=plus:z:0,b=n,c=add:z:0",
                Graphs.node("OnesLike", "one", "i"),
                Graphs.node("Add", "plus", "i,one:y:0"),
                Graphs.node("Add", "add", "v,v"))
            .add(
                "StatelessWhile",
                "w",
                "zero,n,x",
                "cond",
                Graphs.function("less"),
                "body",
                Graphs.function("step"))
            .add("Neg", "y", "w:2");
    assertThat(g.run(folder, vector(1, 2))).containsExactly(-8, -16);
  }

  @Test
  void selectsBetweenFunctions() {
    Graphs g =
        new Graphs()
            .input("score")
            .input("x", 2)
            .floats("half", new long[0], 0.5f)
            .add("Less", "p", "half,score")
            .function("neg", "a", "r=n:y:0", Graphs.node("Neg", "n", "a"))
            .function("abs", "a", "r=n:y:0", Graphs.node("Abs", "n", "a"))
            .add(
                "If",
                "y",
                "p,x",
                "then_branch",
                Graphs.function("neg"),
                "else_branch",
                Graphs.function("abs"));
    Tensor low = Tensor.ofFloats(Shape.SCALAR, 0);
    assertThat(g.run(folder, low, vector(-1, 2))).containsExactly(1, 2);
  }

  @Test
  void keepsTensorArraysInLoops() {
    Graphs g =
        new Graphs()
            .input("x", 2, 3)
            .integer("two", 2)
            .list("order", 1, 0)
            .add("TensorArrayV3", "array", "two", "dtype", DataType.DT_FLOAT)
            .add("TensorArrayScatterV3", "filled", "array,order,x,array:1")
            .integer("first", 0)
            .add("TensorArrayReadV3", "y", "array,first,filled");
    Tensor x = Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    assertThat(g.run(folder, x)).containsExactly(4, 5, 6);
  }

  @Test
  void refusesWhatDependsOnItself() {
    Graphs g =
        new Graphs().input("x", 2).add("Add", "a", "x,b").add("Neg", "b", "a").add("Neg", "c", "b");
    assertThatThrownBy(() -> g.load(folder)).hasMessageContaining("depends on its own result");
    Graphs endless =
        new Graphs()
            .input("x", 2)
            .function(
                "f",
                "a",
                "r=c:o:0",
                Graphs.node("PartitionedCall", "c", "a", "f", Graphs.function("f")))
            .add("PartitionedCall", "y", "x", "f", Graphs.function("f"));
    assertThatThrownBy(() -> endless.load(folder)).hasMessageContaining("nested too deeply");
  }
}
