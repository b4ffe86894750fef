package dev.nncc.tensor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Value;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.text.Parser;
import dev.nncc.tensor.text.Printer;
import java.util.List;
import org.junit.jupiter.api.Test;

class InPlaceTest {
  private static long inPlace(Placement p) {
    RunPlan plan = RunPlanner.plan(p, Lowerings.all(), ArenaMode.SMALL);
    return plan.memory().allocations().stream().filter(MemoryPlan.Allocation::inPlace).count();
  }

  @Test
  void aResidualSumTakesTheShortcutOver() {
    // The second sum has no border, since a convolution of one element reads it; what it adds has.
    assertThat(inPlace(Nets.residual())).isEqualTo(1);
  }

  @Test
  void anOperandThatIsReadAgainStays() {
    Nets n = new Nets();
    Value x = n.conv(n.input(1, 16, 4, 4), 16, 1);
    Value y = n.conv(n.relu(n.conv(x, 16, 1)), 16, 1);
    Value s = n.add(y, x);
    assertThat(inPlace(n.placed(n.conv(n.add(n.conv(s, 16, 1), x), 3, 1)))).isEqualTo(1);
  }

  private static String rewritten(String text) {
    Kernel k = Parser.parse(text);
    Buffer x = k.args().get(0);
    Buffer y = k.args().get(k.args().size() - 1);
    return InPlace.rewritten(k, x, y).map(Printer::print).orElse("not in place");
  }

  @Test
  void anElementwiseKernelReadsAndWritesOneBuffer() {
    assertThat(
            rewritten(
                """
                kernel k(X: f32 [4,5] lo [0,1] hi [0,1], B: f32 [5], Y: f32 [4,5] lo [0,1] hi [0,1])
                for i < 4, j < 5 let t = X[i, j] * B[j] { Y[i, j] = t + X[i, j] }
                """))
        .contains("X: f32 [4, 5]", "t = (Y[i, j] * B[j])", "Y[i, j] = (t + Y[i, j])");
  }

  @Test
  void anEpilogueReadsTheElementThatItReplaces() {
    assertThat(
            rewritten(
                """
                kernel k(X: f32 [4,5], W: f32 [4,8], V: f32 [8,5], Y: f32 [4,5])
                for i < 4, j < 5, k < 8
                  Y[i, j] = reduce + (k) W[i, k] * V[k, j] then acc + X[i, j]
                """))
        .contains("then (acc + Y[i, j])");
  }

  @Test
  void otherwiseBothKeepTheirMemory() {
    List<String> kernels =
        List.of(
            // another layout, type or border
            "kernel k(X: f32 [4,5], Y: f32 [4,5] strides [1,4]) for i < 4, j < 5 Y[i, j] = X[i, j]",
            "kernel k(X: i32 [4], Y: f32 [4]) for i < 4 Y[i] = f32(X[i])",
            "kernel k(X: f32 [4], Y: f32 [4] lo [1] hi [1]) for i < 4 Y[i] = X[i]",
            // another element
            "kernel k(X: f32 [4,4], Y: f32 [4,4]) for i < 4, j < 4 Y[i, j] = X[j, i]",
            "kernel k(X: f32 [4], Y: f32 [4]) for i < 4 Y[i] = X[i] + X[3 - i]",
            "kernel k(X: f32 [4], Y: f32 [4]) for i < 4 Y[3 - i] = X[3 - i]",
            // an element is written more than once
            "kernel k(X: f32 [4], Y: f32 [4]) for i < 4, j < 2 Y[i] = X[i] * 2.0",
            // read while it is reduced
            "kernel k(X: f32 [4], W: f32 [4,3], Y: f32 [4]) for i < 4, k < 3"
                + " Y[i] = reduce + (k) X[i] * W[i, k]",
            // two stores
            "kernel k(X: f32 [4], Z: f32 [4], Y: f32 [4]) for i < 4 { Y[i] = X[i] Z[i] = X[i] }",
            "kernel k(X: f32 [4], Y: f32 [4]) { for i < 4 Y[i] = X[i] for j < 4 Y[j] = X[j] }");
    for (String k : kernels) {
      assertThat(rewritten(k)).as(k).isEqualTo("not in place");
    }
  }
}
