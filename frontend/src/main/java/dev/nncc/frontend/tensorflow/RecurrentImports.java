package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Direction;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Gru;
import dev.nncc.graph.op.Lstm;
import dev.nncc.graph.op.Rnn;
import dev.nncc.graph.op.RnnActivation;
import java.util.ArrayList;
import java.util.List;

/** Recurrent cells and blocks. */
final class RecurrentImports {
  private static final long MOST_STEPS = 4096;

  private RecurrentImports() {}

  static void addTo(Operators t) {
    t.many("LSTMBlockCell", RecurrentImports::lstmCell);
    t.many("BlockLSTM", RecurrentImports::blockLstm);
    t.many("BlockLSTMV2", RecurrentImports::blockLstm);
    t.many("GRUBlockCell", RecurrentImports::gruCell);
    for (String op : List.of("CudnnRNN", "CudnnRNNV2", "CudnnRNNV3")) {
      t.many(op, RecurrentImports::cudnn);
      t.limit(op, "constant weights, linear input");
    }
  }

  /** What does not change from step to step. */
  private record Cell(
      Operand weights,
      Operand bias,
      List<Operand> peepholes,
      double forgetBias,
      double clip,
      String gates) {}

  private static Cell cell(TensorflowNode n, int weights) {
    boolean second = n.op().endsWith("V2");
    boolean peeps = n.attrs().flag("use_peephole", false);
    return new Cell(
        n.in(weights),
        n.in(weights + 4),
        peeps ? n.some(weights + 1, weights + 4) : List.of(),
        second ? 0 : n.attrs().number("forget_bias", 1),
        n.attrs().number("cell_clip", second ? 0 : 3),
        second ? "ifco" : "icfo");
  }

  private static List<Operand> lstmCell(TensorflowNode n) {
    return step(n, cell(n, 3), n.in(0), n.in(1), n.in(2));
  }

  /** One step: i, cs, f, o, ci, co, h. */
  private static List<Operand> step(
      TensorflowNode n, Cell cell, Operand x, Operand previous, Operand output) {
    Operand z = n.add(n.matMul(n.concat(List.of(x, output), 1), cell.weights()), cell.bias());
    long hidden = previous.dim(1);
    require(z.dim(1) == 4 * hidden, "weights %s for %s", cell.weights().type(), previous.type());
    Operand[] gates = new Operand[4];
    for (int g = 0; g < 4; g++) {
      gates[g] = n.slice(z, 1, cell.gates().indexOf("icfo".charAt(g)) * hidden, hidden);
    }
    boolean peeps = !cell.peepholes().isEmpty();
    Operand i = gates[0];
    Operand f = n.with(ElementwiseKind.ADD, gates[2], cell.forgetBias());
    if (peeps) {
      i = n.add(i, n.mul(previous, cell.peepholes().get(0)));
      f = n.add(f, n.mul(previous, cell.peepholes().get(1)));
    }
    i = n.apply(ElementwiseKind.SIGMOID, i);
    f = n.apply(ElementwiseKind.SIGMOID, f);
    Operand ci = n.apply(ElementwiseKind.TANH, gates[1]);
    Operand cs = n.add(n.mul(ci, i), n.mul(previous, f));
    if (cell.clip() > 0) {
      cs = n.apply(ElementwiseKind.CLIP, -cell.clip(), cell.clip(), cs);
    }
    Operand o = peeps ? n.add(gates[3], n.mul(cs, cell.peepholes().get(2))) : gates[3];
    o = n.apply(ElementwiseKind.SIGMOID, o);
    Operand co = n.apply(ElementwiseKind.TANH, cs);
    return List.of(i, cs, f, o, ci, co, n.mul(co, o));
  }

  /** All steps; those behind the length give zeros. */
  private static List<Operand> blockLstm(TensorflowNode n) {
    Operand x = n.in(1);
    long steps = x.dim(0);
    UnsupportedFeature.when(steps > MOST_STEPS, "%d steps", steps);
    long length = Math.max(0, Math.min(steps, n.knownInteger(0, "seq_len_max")));
    Cell cell = cell(n, 4);
    Operand state = n.in(2);
    Operand output = n.in(3);
    List<List<Operand>> all = new ArrayList<>();
    for (int k = 0; k < 7; k++) {
      all.add(new ArrayList<>());
    }
    for (long t = 0; t < steps; t++) {
      if (t < length) {
        List<Operand> r = step(n, cell, n.at(x, 0, t), state, output);
        state = r.get(1);
        output = r.get(6);
        for (int k = 0; k < 7; k++) {
          all.get(k).add(r.get(k));
        }
      } else {
        Operand none = n.filled(x.dtype(), n.in(2).shape(), 0);
        all.forEach(list -> list.add(none));
      }
    }
    return all.stream().map(list -> n.stack(list, 0)).toList();
  }

  /** r, u, c and the new state. */
  private static List<Operand> gruCell(TensorflowNode n) {
    Operand x = n.in(0);
    Operand h = n.in(1);
    long hidden = h.dim(1);
    Operand ru =
        n.apply(
            ElementwiseKind.SIGMOID, n.add(n.matMul(n.concat(List.of(x, h), 1), n.in(2)), n.in(4)));
    Operand r = n.slice(ru, 1, 0, hidden);
    Operand u = n.slice(ru, 1, hidden, hidden);
    Operand reset = n.concat(List.of(x, n.mul(h, r)), 1);
    Operand c = n.apply(ElementwiseKind.TANH, n.add(n.matMul(reset, n.in(3)), n.in(5)));
    Operand next = n.add(n.mul(n.sub(n.number(u.dtype(), 1), u), c), n.mul(u, h));
    return List.of(r, u, c, next);
  }

  /** Reads the parts of the one tensor of all weights, one after the other. */
  private static final class Parts {
    private final TensorflowNode n;
    private final Operand all;
    private long at;

    Parts(TensorflowNode n, Operand all) {
      this.n = n;
      this.all = all;
    }

    Operand next(long... extents) {
      long size = Shape.of(extents).elements();
      require(at + size <= all.dim(0), "params have %d elements, too few", all.dim(0));
      Operand part = n.slice(all, 0, at, size);
      at += size;
      return n.reshape(part, extents);
    }
  }

  private static final class Layer {
    final List<Operand> weights = new ArrayList<>();
    final List<Operand> biases = new ArrayList<>();
  }

  /**
   * Layers of cuDNN: all matrices come first, then all biases, in each layer and direction those of
   * the input before those of the state.
   */
  private static List<Operand> cudnn(TensorflowNode n) {
    String mode = n.attrs().text("rnn_mode", "lstm");
    // The graph's gates as cuDNN numbers them: LSTM i, f, c, o; GRU r, u, c.
    List<Integer> gates =
        switch (mode) {
          case "lstm" -> List.of(0, 3, 1, 2);
          case "gru" -> List.of(1, 0, 2);
          default -> List.of(0);
        };
    boolean both = n.attrs().text("direction", "unidirectional").equals("bidirectional");
    boolean major = n.attrs().flag("time_major", true);
    UnsupportedFeature.when(
        n.attrs().text("input_mode", "linear_input").equals("skip_input"), "input_mode=skip_input");
    UnsupportedFeature.when(n.attrs().integer("num_proj", 0) != 0, "num_proj is not 0");
    n.known(3, "params");
    Operand x = major ? n.in(0) : n.transpose(n.in(0), 1, 0, 2);
    if (n.inputs() > 4) {
      long steps = x.dim(0);
      boolean whole = n.knownIntegers(4, "sequence_lengths").stream().allMatch(l -> l == steps);
      UnsupportedFeature.when(!whole, "sequences that are shorter than %d steps", steps);
    }
    Operand h = major ? n.in(1) : n.transpose(n.in(1), 1, 0, 2);
    int directions = both ? 2 : 1;
    long hidden = h.dim(2);
    int layers = Math.toIntExact(h.dim(0) / directions);
    Operand c = mode.equals("lstm") ? (major ? n.in(2) : n.transpose(n.in(2), 1, 0, 2)) : h;
    List<List<Layer>> parts = layers(n, layers, directions, gates.size(), x.dim(2), hidden);
    List<Operand> lastH = new ArrayList<>();
    List<Operand> lastC = new ArrayList<>();
    for (int l = 0; l < layers; l++) {
      List<Operand> operands = new ArrayList<>(List.of(x));
      operands.addAll(operands(n, parts.get(l), gates));
      operands.add(n.slice(h, 0, (long) l * directions, directions));
      if (mode.equals("lstm")) {
        operands.add(n.slice(c, 0, (long) l * directions, directions));
      }
      List<Operand> r = n.emitAll(layer(mode, (int) hidden, both), operands);
      Operand y = n.transpose(r.get(0), 0, 2, 1, 3);
      x = n.reshape(y, y.dim(0), y.dim(1), directions * hidden);
      lastH.add(r.get(1));
      lastC.add(r.get(r.size() - 1));
    }
    Operand none = n.filled(x.dtype(), Shape.of(0), 0);
    List<Operand> out = new ArrayList<>(List.of(x, n.concat(lastH, 0)));
    if (mode.equals("lstm")) {
      out.add(n.concat(lastC, 0));
    }
    if (!major) {
      out.replaceAll(o -> n.transpose(o, 1, 0, 2));
    }
    while (out.size() < 5) {
      out.add(none);
    }
    return out;
  }

  private static dev.nncc.graph.Op layer(String mode, int hidden, boolean both) {
    Direction d = both ? Direction.BIDIRECTIONAL : Direction.FORWARD;
    return switch (mode) {
      case "lstm" -> new Lstm(hidden, d);
      case "gru" -> new Gru(hidden, d, true);
      case "rnn_tanh" -> new Rnn(hidden, d, RnnActivation.TANH);
      case "rnn_relu" -> new Rnn(hidden, d, RnnActivation.RELU);
      default -> throw new UnsupportedFeature("rnn_mode=%s is not supported", mode);
    };
  }

  private static List<List<Layer>> layers(
      TensorflowNode n, int layers, int directions, int gates, long input, long hidden) {
    Parts all = new Parts(n, n.in(3));
    List<List<Layer>> out = new ArrayList<>();
    for (int l = 0; l < layers; l++) {
      List<Layer> here = new ArrayList<>();
      for (int d = 0; d < directions; d++) {
        Layer layer = new Layer();
        for (int g = 0; g < 2 * gates; g++) {
          long width = g >= gates ? hidden : l == 0 ? input : hidden * directions;
          layer.weights.add(all.next(hidden, width));
        }
        here.add(layer);
      }
      out.add(here);
    }
    for (List<Layer> here : out) {
      for (Layer layer : here) {
        for (int g = 0; g < 2 * gates; g++) {
          layer.biases.add(all.next(hidden));
        }
      }
    }
    return out;
  }

  /** Weights of the input, of the state, and both biases, in the graph's order of gates. */
  private static List<Operand> operands(
      TensorflowNode n, List<Layer> directions, List<Integer> gates) {
    List<Operand> w = new ArrayList<>();
    List<Operand> r = new ArrayList<>();
    List<Operand> b = new ArrayList<>();
    for (Layer d : directions) {
      List<Operand> wd = new ArrayList<>();
      List<Operand> rd = new ArrayList<>();
      List<Operand> bd = new ArrayList<>();
      gates.forEach(g -> wd.add(d.weights.get(g)));
      gates.forEach(g -> rd.add(d.weights.get(gates.size() + g)));
      gates.forEach(g -> bd.add(d.biases.get(g)));
      gates.forEach(g -> bd.add(d.biases.get(gates.size() + g)));
      w.add(n.concat(wd, 0));
      r.add(n.concat(rd, 0));
      b.add(n.concat(bd, 0));
    }
    return List.of(n.stack(w, 0), n.stack(r, 0), n.stack(b, 0));
  }
}
