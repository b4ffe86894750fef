package dev.nncc.compiler.peer;

import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import java.util.List;

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
  Session open(Path model, List<Tensor> inputs, int threads);

  /** A loaded model with its inputs. */
  interface Session extends AutoCloseable {
    /** Runs once. */
    void run();

    /** Runs once and gives the outputs in the model's order. */
    List<Tensor> outputs();

    @Override
    void close();
  }
}
