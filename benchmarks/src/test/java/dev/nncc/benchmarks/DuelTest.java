package dev.nncc.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.compiler.peer.Peer;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DuelTest {
  private static final Results.Origin ORIGIN = new Results.Origin("abc", "2026-01-31", 0);

  @Test
  void bothSidesAreMeasuredAndCompared(@TempDir Path folder) throws IOException {
    Subject lenet = Subject.ofZoo("lenet", folder);
    Duel duel = new Duel(lenet, new Constant(), List.of(1), 0.01, folder.resolve("out"));
    Results.Comparison c = duel.run(ORIGIN);
    assertThat(c.failure()).isEmpty();
    assertThat(c.peer()).isEqualTo("constant 7");
    assertThat(c.flops()).isGreaterThan(2 * 400_000);
    assertThat(c.timed()).hasSize(1);
    assertThat(c.timed().get(0).ours()).isPositive();
    assertThat(c.timed().get(0).ratio()).isPositive();
    // Probabilities p against all 1: the root of the mean of (1 - p)^2, between 0.9 and 1.
    assertThat(c.relativeL2()).isCloseTo(0.95, within(0.05));
    assertThat(c.hot()).isNotEmpty();
    double shares = c.hot().stream().mapToDouble(Results.Hot::share).sum();
    assertThat(shares).isBetween(0.3, 1.0 + 1e-9);
  }

  @Test
  void dimensionsAndStatesOfSizedModels(@TempDir Path folder) throws IOException {
    assertThat(Subject.known()).containsAll(Subject.zoo());
    Subject lstm = Subject.ofZoo("lstm-512", folder);
    Subject plain = Subject.ofZoo("lstm", folder);
    // Four gates of 512 by 256 and by 512 against 256 by 256, twice.
    assertThat(Files.size(lstm.file())).isGreaterThan(2 * Files.size(plain.file()));
    assertThat(lstm.options().memory().states()).isEmpty();
  }

  @Test
  void weightsOfAModelFileAreCounted(@TempDir Path folder) throws IOException {
    Subject lenet = Subject.ofZoo("lenet", folder);
    long bytes = CompileCost.weightBytes(lenet.file());
    assertThat(bytes).isBetween(61_706L * Float.BYTES, Files.size(lenet.file()));
  }

  /** A program that answers 1 everywhere. */
  private static final class Constant implements Peer {
    @Override
    public String name() {
      return "constant";
    }

    @Override
    public String version() {
      return "7";
    }

    @Override
    public Session open(Path model, List<Tensor> inputs, Map<String, Tensor> states, int threads) {
      return new Session() {
        @Override
        public void run() {}

        @Override
        public Map<String, Tensor> named() {
          TensorBuilder ones =
              new TensorBuilder(dev.nncc.graph.TensorType.of(dev.nncc.graph.DType.F32, 1, 10));
          for (int i = 0; i < 10; i++) {
            ones.set(i, 1.0);
          }
          return Map.of("any", ones.build());
        }

        @Override
        public void close() {}
      };
    }
  }
}
