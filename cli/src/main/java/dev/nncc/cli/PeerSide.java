package dev.nncc.cli;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.peer.FrozenModel;
import dev.nncc.compiler.peer.OnnxRuntime;
import dev.nncc.compiler.peer.Peer;
import dev.nncc.compiler.peer.PeerJar;
import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.graph.Compare;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The other side of a comparison: the peer with the model and inputs, and how far apart we are. */
final class PeerSide implements AutoCloseable {
  private final Peer peer;
  private final Peer.Session session;
  private final Optional<String> note;
  private double difference;

  private PeerSide(Peer peer, Peer.Session session, Optional<String> note) {
    this.peer = peer;
    this.session = session;
    this.note = note;
  }

  /**
   * Refuses models that the peer cannot run.
   *
   * @throws CompileException if it is none in ONNX
   */
  static Path requireOnnx(Path model, FileChoice files) {
    boolean text = model.toString().endsWith(".nn");
    ModelFormat format = text ? ModelFormat.ONNX : Importers.format(model, files);
    if (text || format != ModelFormat.ONNX) {
      throw new CompileException(
          String.format(
              "--against needs an ONNX model, which is what ONNX Runtime runs; %s is a %s",
              model, text ? "graph as .nn text" : format.title() + " model"));
    }
    return model;
  }

  static PeerSide open(Path model, Path scratch, List<Tensor> inputs, int threads, PrintWriter err)
      throws IOException {
    return open(model, scratch, inputs, Map.of(), threads, err);
  }

  /**
   * @param states inputs of the model that our side keeps for itself, by name
   */
  static PeerSide open(
      Path model,
      Path scratch,
      List<Tensor> inputs,
      Map<String, Tensor> states,
      int threads,
      PrintWriter err)
      throws IOException {
    Path home = Path.of(System.getProperty("user.home"));
    String repository = System.getProperty("maven.repo.local");
    PeerJar jar =
        new PeerJar(
            repository == null ? home.resolve(".m2/repository") : Path.of(repository),
            home.resolve(".cache/nncc"));
    Peer peer = OnnxRuntime.load(jar.find(what -> err.println("nncc: " + what)));
    Optional<Path> frozen = FrozenModel.write(model, scratch);
    Optional<String> note =
        frozen.map(
            f -> "the peer runs a copy of the model whose weights are not inputs, as nncc does");
    // The peer's 0 counts cores by itself; the same number for both sides is fair.
    int count = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    return new PeerSide(peer, peer.open(frozen.orElse(model), inputs, states, count), note);
  }

  String name() {
    return peer.name();
  }

  String version() {
    return peer.version();
  }

  Optional<String> note() {
    return note;
  }

  void run() {
    session.run();
  }

  /** Runs once more. */
  List<Tensor> outputs() {
    return session.outputs();
  }

  /** Runs once more and remembers the largest difference of an output, by name. */
  void compare(List<String> names, List<Tensor> ours) {
    Map<String, Tensor> theirs = session.named();
    for (int i = 0; i < ours.size(); i++) {
      Tensor their = theirs.get(names.get(i));
      double d =
          their == null || !ours.get(i).type().equals(their.type())
              ? Double.POSITIVE_INFINITY
              : Compare.relativeL2(ours.get(i), their);
      difference = Math.max(difference, d);
    }
  }

  /** Relative L2 of the worst output. */
  double difference() {
    return difference;
  }

  @Override
  public void close() {
    session.close();
  }
}
