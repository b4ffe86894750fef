package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.Direction;
import dev.nncc.graph.op.Gru;
import dev.nncc.graph.op.Lstm;
import dev.nncc.graph.op.Rnn;
import dev.nncc.graph.op.RnnActivation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** LSTM, GRU and RNN. Absent operands become zeros, the batch-first layout is transposed away. */
final class RecurrentImports {
  private RecurrentImports() {}

  static void addTo(OperatorTable t) {
    t.add("LSTM", 1, n -> lstm(new Layer(n, 4)));
    t.add("GRU", 1, n -> gru(new Layer(n, 3)));
    t.add("RNN", 1, n -> rnn(new Layer(n, 1)));
    t.limit("LSTM", "default activations, no peepholes, full sequences");
    t.limit("GRU", "default activations, full sequences");
    t.limit("RNN", "Tanh or Relu, full sequences");
  }

  /** What the three have in common. */
  private static final class Layer {
    final OnnxNode n;
    final Operand x;
    final Direction direction;
    final int hidden;
    final boolean batchFirst;
    private final long directions;
    private final int gates;

    Layer(OnnxNode n, int gates) {
      this.n = n;
      this.gates = gates;
      long layout = n.attrs().integer("layout", 0);
      require(layout == 0 || layout == 1, "layout is %d", layout);
      batchFirst = layout == 1;
      require(n.in(0).rank() == 3, "X is %s, not of rank 3", n.in(0).type());
      x = batchFirst ? n.transpose(n.in(0), List.of(1, 0, 2)) : n.in(0);
      String way = n.attrs().text("direction", "forward").toLowerCase(Locale.ROOT);
      direction =
          switch (way) {
            case "forward" -> Direction.FORWARD;
            case "reverse" -> Direction.REVERSE;
            case "bidirectional" -> Direction.BIDIRECTIONAL;
            default -> throw new UnsupportedFeature("direction=%s is not supported", way);
          };
      directions = direction == Direction.BIDIRECTIONAL ? 2 : 1;
      require(n.in(2).rank() == 3, "R is %s, not of rank 3", n.in(2).type());
      long size = n.in(2).dim(2);
      require(size >= 1 && size <= Integer.MAX_VALUE, "R is %s", n.in(2).type());
      require(
          n.attrs().integer("hidden_size", size) == size,
          "hidden_size and R %s differ",
          n.in(2).type());
      hidden = (int) size;
      UnsupportedFeature.when(n.attrs().has("clip"), "clip is not supported");
      fullLengths();
    }

    private void fullLengths() {
      if (n.has(4)) {
        for (long length : n.knownIntegers(4, "sequence_lens")) {
          UnsupportedFeature.when(
              length != x.dim(0), "sequences shorter than the tensor are not supported");
        }
      }
    }

    /** The activations as given, one list for each direction, lower case; empty: the defaults. */
    List<String> activations() {
      List<String> out = new ArrayList<>();
      n.attrs().texts("activations").forEach(a -> out.add(a.toLowerCase(Locale.ROOT)));
      return out;
    }

    void requireActivations(List<String> defaults) {
      List<String> all = new ArrayList<>();
      for (int d = 0; d < directions; d++) {
        all.addAll(defaults);
      }
      List<String> said = activations();
      UnsupportedFeature.when(
          !said.isEmpty() && !said.equals(all),
          "activations=%s is not supported (supported: %s)",
          said,
          defaults);
    }

    Operand bias() {
      return n.has(3) ? n.in(3) : n.filled(x.dtype(), Shape.of(directions, 2L * gates * hidden), 0);
    }

    Operand state(int i) {
      if (!n.has(i)) {
        return n.filled(x.dtype(), Shape.of(directions, x.dim(1), hidden), 0);
      }
      return batchFirst ? n.transpose(n.in(i), List.of(1, 0, 2)) : n.in(i);
    }

    /** The results in the node's layout; the first one has a time axis. */
    List<Operand> results(List<Operand> raw) {
      if (!batchFirst) {
        return raw;
      }
      List<Operand> out = new ArrayList<>();
      for (Operand r : raw) {
        out.add(n.transpose(r, r.rank() == 4 ? List.of(2, 0, 1, 3) : List.of(1, 0, 2)));
      }
      return out;
    }
  }

  private static List<Operand> lstm(Layer l) {
    OnnxNode n = l.n;
    l.requireActivations(List.of("sigmoid", "tanh", "tanh"));
    UnsupportedFeature.when(
        n.attrs().flag("input_forget", false), "input_forget=1 is not supported");
    if (n.has(7)) {
      Tensor peepholes = n.known(7, "P");
      for (double p : peepholes.toDoubles()) {
        UnsupportedFeature.when(p != 0, "peepholes are not supported");
      }
    }
    return l.results(
        n.emitAll(
            new Lstm(l.hidden, l.direction),
            List.of(l.x, n.in(1), n.in(2), l.bias(), l.state(5), l.state(6))));
  }

  private static List<Operand> gru(Layer l) {
    l.requireActivations(List.of("sigmoid", "tanh"));
    boolean before = l.n.attrs().flag("linear_before_reset", false);
    return l.results(
        l.n.emitAll(
            new Gru(l.hidden, l.direction, before),
            List.of(l.x, l.n.in(1), l.n.in(2), l.bias(), l.state(5))));
  }

  private static List<Operand> rnn(Layer l) {
    List<String> said = l.activations();
    boolean relu = !said.isEmpty() && said.get(0).equals("relu");
    l.requireActivations(List.of(relu ? "relu" : "tanh"));
    RnnActivation activation = relu ? RnnActivation.RELU : RnnActivation.TANH;
    return l.results(
        l.n.emitAll(
            new Rnn(l.hidden, l.direction, activation),
            List.of(l.x, l.n.in(1), l.n.in(2), l.bias(), l.state(5))));
  }
}
