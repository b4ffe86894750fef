package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Gru;
import dev.nncc.graph.op.Lstm;
import dev.nncc.graph.op.Rnn;
import dev.nncc.graph.op.RnnActivation;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * One direction of a recurrent layer as one kernel a step: the product with the recurrent weights,
 * all gates of a unit at once, and behind it the unit's new state. The steps are rounds of a loop
 * in the plan, so that each is shared out between the threads; a thread keeps its part of the
 * weights. Weights lie in panels of 16 units, {@code [panel][k][gate][unit]}; those of bf16 in
 * pairs {@code [panel][k pair][gate][unit][k in pair]}, which one load and two operations widen.
 *
 * <p>The hidden state has two places that take turns (a step reads all of it), the cell state one
 * (a unit reads its own). The first step reads the states that the caller gives, the last one
 * writes those that it gets.
 */
final class RecurrentSteps {
  private final Region region;
  private final LowerContext context;
  private final Node node;
  private final int direction;
  private final boolean backwards;
  private final DType type;
  private final long time;
  private final long batch;
  private final long hidden;
  private final int gates;
  private final int directions;

  /**
   * Positions of the state that a round of the sum takes, each with a sum of its own. Pairs of bf16
   * come so fast that the sums of four gates would wait for their additions.
   */
  private final int parts;

  RecurrentSteps(Region region, LowerContext context, Node node, int direction, boolean backwards) {
    this.region = region;
    this.context = context;
    this.node = node;
    this.direction = direction;
    this.backwards = backwards;
    Value x = node.operand(0);
    type = x.dtype();
    time = x.shape().dim(0);
    batch = x.shape().dim(1);
    hidden = node.operand(2).shape().dim(2);
    directions = Math.toIntExact(node.operand(1).shape().dim(0));
    gates = Math.toIntExact(node.operand(1).shape().dim(1) / hidden);
    boolean narrow = region.narrow(node.operand(2)).dtype() == DType.BF16;
    parts = narrow && hidden % 2 == 0 ? 2 : 1;
  }

  /**
   * Whether all gates of a unit need the hidden state only: a GRU whose reset gate comes first
   * needs all reset gates before any candidate.
   */
  static boolean serves(Node node) {
    return !(node.op() instanceof Gru g) || g.linearBeforeReset();
  }

  List<Phase> phases() {
    List<Phase> all = new ArrayList<>();
    if (time == 1) {
      all.add(step(at(0), true, true, 0, 1));
      return all;
    }
    all.add(step(at(0), true, false, 0, 1));
    long pairs = (time - 2) / 2;
    if (pairs > 0) {
      Expr twice = Exprs.mul(Domain.at(Phase.ROUND, pairs), Exprs.index(2));
      all.add(step(turned(Exprs.add(twice, Exprs.index(1))), false, false, 1, pairs));
      all.add(step(turned(Exprs.add(twice, Exprs.index(2))), false, false, 0, pairs));
    }
    if (time % 2 == 1) {
      all.add(step(at(time - 2), false, false, 1, 1));
    }
    all.add(step(at(time - 1), false, true, Math.toIntExact((time - 1) % 2), 1));
    return all;
  }

  private Expr at(long step) {
    return Exprs.index(backwards ? time - 1 - step : step);
  }

  private Expr turned(Expr step) {
    return backwards ? Exprs.sub(Exprs.index(time - 1), step) : step;
  }

  /**
   * @param t position in the sequence
   * @param to which place of the hidden state the step writes
   */
  private Phase step(Expr t, boolean first, boolean last, int to, long rounds) {
    return new Step(t, first, last, to).phase(rounds);
  }

  /** The statements of one step. */
  private final class Step {
    private final PhaseBuilder phase = new PhaseBuilder(region, context);
    private final Expr d = Exprs.index(direction);
    private final Expr b = Domain.at("b", batch);
    private final Expr u = Domain.at("u", hidden);
    private final Expr k = hidden == parts ? Exprs.index(0) : Exprs.var("k");
    private final Expr t;
    private final boolean first;
    private final boolean last;
    private final int to;
    private final List<Reduce.Binding> lets = new ArrayList<>();
    private final List<Reduce.Output> outputs = new ArrayList<>();

    Step(Expr t, boolean first, boolean last, int to) {
      this.t = t;
      this.first = first;
      this.last = last;
      this.to = to;
    }

    Phase phase(long rounds) {
      List<Reduce.State> states = new ArrayList<>();
      List<Expr> next = new ArrayList<>();
      List<Expr> merged = new ArrayList<>();
      for (int part = 0; part < parts; part++) {
        Expr at = Exprs.add(Exprs.mul(k, Exprs.index(parts)), Exprs.index(part));
        Expr h = hidden(at);
        for (int g = 0; g < gates; g++) {
          String name = name(g, part);
          Expr me = new Expr.Var(name, type);
          states.add(new Reduce.State(name, type, part == 0 ? start(g) : Exprs.number(type, 0)));
          next.add(Exprs.add(me, Exprs.mul(h, weight(g, part))));
          merged.add(Exprs.add(me, new Expr.Var(name + "'", type)));
        }
      }
      finish();
      List<Expr> zeros = Collections.nCopies(states.size(), Exprs.number(type, 0));
      List<String> over = hidden == parts ? List.of() : List.of("k");
      Stmt leaf =
          new Reduce(
              over,
              states,
              next,
              Optional.of(new Reduce.Combine(zeros, merged, Optional.empty())),
              lets,
              outputs);
      Stmt nest = Domain.nest(List.of("b", "u", "k"), List.of(batch, hidden, hidden / parts), leaf);
      double flops = 2.0 * batch * gates * hidden * hidden;
      return phase.build("recurrent", nest, flops, rounds);
    }

    private String name(int g, int part) {
      return (part == 0 ? "g" : "o") + g;
    }

    /** What a gate's sums come to. */
    private Expr state(int g) {
      Expr sum = new Expr.Var(name(g, 0), type);
      return parts == 1 ? sum : Exprs.add(sum, new Expr.Var(name(g, 1), type));
    }

    /** The weight of position {@code k * parts + part} of the state. */
    private Expr weight(int g, int part) {
      Value w = region.narrow(node.operand(2));
      Optional<Tensor> constant = phase.constant(w);
      if (constant.isEmpty()) {
        Expr at = Exprs.add(Exprs.mul(k, Exprs.index(parts)), Exprs.index(part));
        Expr row = Exprs.add(u, Exprs.index(g * hidden));
        return Scalars.cast(type, phase.read(w, List.of(d, row, at)));
      }
      long panel = hidden % Storage.BLOCK == 0 ? Storage.BLOCK : hidden;
      boolean one = panel == hidden;
      WeightPacking packing =
          new WeightPacking(constant.get())
              .axis(directions, 0, 1, d)
              .axis(hidden / panel, 1, panel, one ? Exprs.index(0) : Exprs.floorDiv(u, panel))
              .axis(hidden / parts, 2, parts, k);
      packing
          .axis(gates, 1, hidden, Exprs.index(g))
          .axis(panel, 1, 1, one ? u : Exprs.mod(u, panel));
      if (parts > 1) {
        packing.axis(parts, 2, 1, Exprs.index(part));
      }
      return Scalars.cast(type, packing.read(phase));
    }

    /** The projection of the input, or the bias where a reset gate multiplies what is summed. */
    private Expr start(int g) {
      Expr row = Exprs.add(u, Exprs.index(g * hidden));
      if (node.op() instanceof Gru && g == 2) {
        Expr bias = Exprs.add(row, Exprs.index(gates * hidden));
        return phase.read(node.operand(3), List.of(d, bias));
      }
      return projected(row);
    }

    private Expr projected(Expr row) {
      Buffer in = phase.scratch(0, type, List.of((long) directions, time, batch, gates * hidden));
      return new Expr.Load(in, List.of(d, t, b, row));
    }

    private Buffer place(int number) {
      return phase.scratch(1 + 3 * direction + number, type, List.of(batch, hidden));
    }

    /** The hidden state that the step finds. */
    private Expr hidden(Expr at) {
      return first
          ? phase.read(node.operand(4), List.of(d, b, at))
          : new Expr.Load(place(1 - to), List.of(b, at));
    }

    private void finish() {
      if (node.op() instanceof Lstm) {
        lstm();
      } else if (node.op() instanceof Rnn rnn) {
        boolean tanh = rnn.activation() == RnnActivation.TANH;
        let("hn", tanh ? tanh(state(0)) : Exprs.max(Exprs.number(type, 0), state(0)));
      } else {
        gru();
      }
      Expr h = new Expr.Var("hn", type);
      outputs.add(
          new Reduce.Output(phase.result(0), phase.resultStorage(0).index(List.of(t, d, b, u)), h));
      leave(1, to, h);
    }

    /** Writes a state where the next step or the caller finds it. */
    private void leave(int result, int place, Expr value) {
      outputs.add(
          last
              ? new Reduce.Output(
                  phase.result(result), phase.resultStorage(result).index(List.of(d, b, u)), value)
              : new Reduce.Output(place(place), List.of(b, u), value));
    }

    private void lstm() {
      Expr old =
          first
              ? phase.read(node.operand(5), List.of(d, b, u))
              : new Expr.Load(place(2), List.of(b, u));
      Expr kept = Exprs.mul(sigmoid(state(2)), old);
      let("cn", Exprs.add(kept, Exprs.mul(sigmoid(state(0)), tanh(state(3)))));
      Expr c = new Expr.Var("cn", type);
      let("hn", Exprs.mul(sigmoid(state(1)), tanh(c)));
      leave(2, 2, c);
    }

    private void gru() {
      Expr row = Exprs.add(u, Exprs.index(2 * hidden));
      let("z", sigmoid(state(0)));
      let("n", tanh(Exprs.add(projected(row), Exprs.mul(sigmoid(state(1)), state(2)))));
      Expr z = new Expr.Var("z", type);
      Expr n = new Expr.Var("n", type);
      Expr fresh = Exprs.mul(Exprs.sub(Exprs.number(type, 1), z), n);
      let("hn", Exprs.add(fresh, Exprs.mul(z, hidden(u))));
    }

    private void let(String name, Expr value) {
      lets.add(new Reduce.Binding(name, value));
    }

    private Expr sigmoid(Expr e) {
      return new Expr.Call(Expr.Fn.SIGMOID, e);
    }

    private Expr tanh(Expr e) {
      return new Expr.Call(Expr.Fn.TANH, e);
    }
  }
}
