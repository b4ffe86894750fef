package dev.nncc.tensor.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.If;
import dev.nncc.tensor.ir.Stmt.Kind;
import dev.nncc.tensor.text.Parser;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a window's border leaves out is decided outside of the steps, whatever the window. */
class BorderTest {
  private static final List<Machine> MACHINES =
      List.of(Machine.AVX512, Machine.AVX2, Machine.SSE, Machine.NEON);

  @ParameterizedTest
  @CsvSource({"7,1,1,3", "14,1,1,3", "28,1,1,3", "14,2,1,3", "14,1,2,3", "10,1,3,3", "17,1,1,7"})
  void noStepAsksForItself(int columns, int stride, int dilation, int window) {
    int picture = columns * stride;
    int pad = window / 2 * dilation;
    String text =
        """
        kernel framed(X: f32 [2,7,%d,8], W: f32 [2,2,3,%d,8,2,16], Y: f32 [4,5,%d,16])
        for o < 4, h < 5, w < %d, n < 16, c < 2, k < 3, l < %d, d < 8
          Y[o, h, w, n] = reduce + (c, k, l, d)
            select(0 < h + k & h + k < 6 & %d < w * S + l * D & w * S + l * D < %d,
              X[c, h + k, w * S + l * D, d] * W[o // 2, c, k, l, d, o %% 2, n], 0.0)
        """
            .formatted(picture + 2 * pad, window, columns, columns, window, pad - 1, picture + pad)
            .replace("S", Integer.toString(stride))
            .replace("D", Integer.toString(dilation));
    Kernel naive = Parser.parse(text);
    for (Machine m : MACHINES) {
      AutoSchedule.Scheduled s = AutoSchedule.schedule(naive, m);
      Kernels.assertSame(naive, s.kernel(), 5, Map.of(), m.name() + "\n" + s.script());
      List<For> steps =
          Nests.loops(s.kernel().body()).stream().filter(f -> f.kind() == Kind.VEC).toList();
      assertThat(steps).isNotEmpty();
      assertThat(steps).as(m.name() + "\n" + s.script()).noneMatch(f -> f.body() instanceof If);
    }
  }
}
