package dev.nncc.compiler.peer;

import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Another program that runs models. */
public interface Peer {
  String name();

  String version();

  /**
   * Loads a model and keeps its inputs at hand, at its usual optimisation level.
   *
   * @param threads that compute, the calling one included; 0 leaves it to the peer
   * @throws PeerException when it cannot
   */
  default Session open(Path model, List<Tensor> inputs, int threads) {
    return open(model, inputs, Map.of(), threads);
  }

  /**
   * The same for a model of whose inputs some are not among {@code inputs}.
   *
   * @param states those, by name
   */
  Session open(Path model, List<Tensor> inputs, Map<String, Tensor> states, int threads);

  /** A loaded model with its inputs. */
  interface Session extends AutoCloseable {
    /** Runs once. */
    void run();

    /** Runs once and gives the outputs in the model's order. */
    default List<Tensor> outputs() {
      return List.copyOf(named().values());
    }

    /** Runs once and gives the outputs by name, in the model's order. */
    Map<String, Tensor> named();

    @Override
    void close();
  }
}
