package dev.nncc.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.Value;
import java.util.List;
import java.util.Random;

/** Whether two graphs compute the same, by evaluation on random inputs. */
public final class Meaning {
  /**
   * Graphs of tests do some ten thousand operations in f64 for an element, each rounded by 2^-53;
   * with a factor of 2^10 for cancellation. A wrong rewrite is off by far more.
   */
  private static final double TOLERANCE = 10_000 * 0x1p-53 * 0x1p10;

  private Meaning() {}

  public static void same(Graph before, Graph after, boolean bitForBit) {
    for (int seed = 1; seed <= 3; seed++) {
      List<Tensor> inputs = inputs(before, seed);
      List<Tensor> expected = Evaluator.evaluate(before, inputs);
      List<Tensor> actual = Evaluator.evaluate(after, inputs);
      for (int i = 0; i < expected.size(); i++) {
        same(expected.get(i), actual.get(i), bitForBit, "seed " + seed + ", output " + i);
      }
    }
  }

  private static void same(Tensor expected, Tensor actual, boolean bitForBit, String where) {
    assertThat(actual.type()).as(where).isEqualTo(expected.type());
    double[] e = expected.toDoubles();
    double[] a = actual.toDoubles();
    double largest = 0;
    for (double d : e) {
      largest = Double.isFinite(d) ? Math.max(largest, Math.abs(d)) : largest;
    }
    for (int i = 0; i < e.length; i++) {
      if (bitForBit || !Double.isFinite(e[i])) {
        assertThat(a[i]).as(where + ", element " + i).isEqualTo(e[i]);
      } else {
        assertThat(Math.abs(a[i] - e[i]))
            .as(where + ", element " + i + ": " + a[i] + " for " + e[i])
            .isLessThanOrEqualTo(TOLERANCE * (largest + 1));
      }
    }
  }

  /** Numbers from -4 to 4, zeros of both signs among them. */
  public static List<Tensor> inputs(Graph graph, int seed) {
    Random random = new Random(seed);
    return graph.inputs().stream().map(v -> random(v, random)).toList();
  }

  private static Tensor random(Value v, Random random) {
    TensorBuilder b = new TensorBuilder(v.type());
    for (long i = 0; i < v.shape().elements(); i++) {
      double number = random.nextInt(8) == 0 ? 0.0 : random.nextDouble() * 8 - 4;
      b.set(i, random.nextInt(16) == 0 ? -0.0 : number);
    }
    return b.build();
  }
}
