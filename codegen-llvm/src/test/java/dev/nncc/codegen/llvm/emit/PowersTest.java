package dev.nncc.codegen.llvm.emit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.graph.DType;
import dev.nncc.tensor.text.Parser;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PowersTest {
  private static final int N = 1 << 16;

  @Test
  void powersAtTheirEdgesAndBetween() {
    ByteBuffer x = memory();
    ByteBuffer y = memory();
    List<Long> edges = Edges.of(DType.F32);
    Random r = new Random(5);
    int k = edges.size();
    for (int i = 0; i < N; i++) {
      if (i < k * k) {
        x.putInt(4 * i, (int) (long) edges.get(i % k));
        y.putInt(4 * i, (int) (long) edges.get(i / k));
      } else {
        // Results spread over the whole range of the type.
        double log = r.nextGaussian() * 20;
        x.putFloat(4 * i, (float) Math.pow(2, log));
        y.putFloat(4 * i, (float) ((r.nextDouble() * 300 - 150) / log));
      }
    }
    String kernel =
        """
        kernel pow(X: f32[%d], Y: f32[%d], Z: f32[%d])
        for o < %d vec i < 16 Z[o * 16 + i] = pow(X[o * 16 + i], Y[o * 16 + i])
        """
            .formatted(N, N, N, N / 16);
    for (LlvmTarget target : Compiled.targets()) {
      ByteBuffer z = memory();
      Compiled.of(List.of(Parser.parse(kernel)), target).run(0, List.of(x, y, z), List.of(), 0, 1);
      List<String> wrong = new ArrayList<>();
      for (int i = 0; i < N && wrong.size() < 20; i++) {
        double exact = power(x.getFloat(4 * i), y.getFloat(4 * i));
        float got = z.getFloat(4 * i);
        if (!near(exact, got)) {
          wrong.add(
              "pow(%s, %s) should be %s, is %s"
                  .formatted(x.getFloat(4 * i), y.getFloat(4 * i), exact, got));
        }
      }
      assertThat(wrong).as(target.cpu()).isEmpty();
    }
  }

  /** Java gives NaN where C gives 1: a base of 1 or -1 with an infinite or missing exponent. */
  private static double power(float x, float y) {
    boolean one = x == 1 || x == -1 && Float.isInfinite(y);
    return one ? 1 : Math.pow(x, y);
  }

  private static boolean near(double exact, float got) {
    float rounded = (float) exact;
    if (Double.isNaN(exact) || Float.isInfinite(rounded) || rounded == 0) {
      return Float.compare(rounded, got) == 0;
    }
    return Math.abs(got - exact) <= Math.ulp(rounded);
  }

  private static ByteBuffer memory() {
    return ByteBuffer.allocate(4 * N).order(ByteOrder.LITTLE_ENDIAN);
  }
}
