package dev.nncc.codegen.llvm.emit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.tensor.constant.AxesCombination;
import dev.nncc.tensor.constant.Packed;
import dev.nncc.tensor.constant.Packer;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.lower.CombinedWeights;
import dev.nncc.tensor.lower.Phase;
import dev.nncc.tensor.schedule.AutoSchedule;
import dev.nncc.tensor.schedule.Machine;
import dev.nncc.tensor.winograd.ToomCook;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Weights that are made when a library is loaded: to the last bit what would be stored. */
class CombinedWeightsCodeTest {
  private static final int CHANNELS = 16;

  /**
   * Two equal taps, the second of the first row and the first of the second. Where their factors
   * are opposite, as for the frequencies of x and -x, both products are rounded alike and nothing
   * is left; a product that is fused with its addition leaves what the other one lost, some 2^-54
   * of it. In sums that do not vanish, rounding to f32 hides that.
   */
  private static Tensor filters() {
    Random random = new Random(5);
    TensorBuilder b = new TensorBuilder(TensorType.of(DType.F32, CHANNELS, CHANNELS, 3, 3));
    for (int i = 0; i < CHANNELS * CHANNELS; i++) {
      double tap = random.nextGaussian();
      b.set(9L * i + 1, tap);
      b.set(9L * i + 3, tap);
    }
    return b.build();
  }

  private static Packed packed() {
    ToomCook t = ToomCook.of(4, 3, 1);
    AxesCombination c = AxesCombination.ofPairs(t.filters(), t.filters());
    long n = t.filters().size();
    return new Packed(
        filters(),
        List.of(n, n, (long) CHANNELS, (long) CHANNELS),
        List.of(
            List.of(0L, 0L, 1L, 0L),
            List.of(0L, 0L, 0L, 1L),
            List.of(0L, 1L, 0L, 0L),
            List.of(1L, 0L, 0L, 0L)),
        List.of(0L, 0L, 0L, 0L),
        Optional.of(c));
  }

  private static ByteBuffer stored(Packed p) throws IOException {
    ByteBuffer out = memory(p);
    Packer.write(p, out::put);
    return out.clear();
  }

  private static ByteBuffer memory(Packed p) {
    return ByteBuffer.allocate(Math.toIntExact(p.bytes())).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void noProductIsFusedWithItsAddition() throws IOException {
    Packed made = packed();
    ByteBuffer expected = stored(made);
    Phase phase = CombinedWeights.phase(made);
    Packed plain = ((Argument.OfConstant) phase.arguments().get(1)).packed();
    Kernel naive = phase.kernel();
    AutoSchedule.Scheduled s = AutoSchedule.schedule(naive, Machine.SSE);
    for (LlvmTarget target : Compiled.targets()) {
      Compiled code = Compiled.of(List.of(naive, s.kernel()), target);
      for (int k = 0; k < 2; k++) {
        ByteBuffer actual = memory(made);
        code.run(k, List.of(actual, stored(plain)), List.of(), 0, s.parExtent());
        for (int i = 0; i < made.elements(); i++) {
          // Either zero will do.
          assertThat(actual.getFloat(Float.BYTES * i) + 0f)
              .as("%s, element %s", target.cpu(), i)
              .isEqualTo(expected.getFloat(Float.BYTES * i) + 0f);
        }
      }
    }
  }
}
