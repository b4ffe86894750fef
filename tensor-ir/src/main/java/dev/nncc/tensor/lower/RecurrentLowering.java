package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Direction;
import dev.nncc.graph.op.Gru;
import dev.nncc.graph.op.RecurrentOp;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Recurrent layers: the input projection of all steps as one product, then for each direction the
 * steps ({@link RecurrentSteps}). A GRU whose reset gate multiplies the state first has two
 * products a step, one behind the other: a kernel that scans over time, with the state in worker
 * scratch.
 */
final class RecurrentLowering implements Lowering {
  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    Node node = region.requireAnchor();
    Layer layer = new Layer(region, context, node);
    if (layer.time == 0) {
      return layer.initialStates();
    }
    List<Phase> phases = new ArrayList<>();
    phases.add(layer.projection());
    for (int d = 0; d < layer.directions; d++) {
      if (RecurrentSteps.serves(node)) {
        boolean backwards = layer.reverse || d == 1;
        phases.addAll(new RecurrentSteps(region, context, node, d, backwards).phases());
      } else {
        phases.add(layer.scan(d));
      }
    }
    return phases;
  }

  /** One recurrent node. Gates lie in the order of ONNX: LSTM i o f c, GRU z r h. */
  private static final class Layer {
    /** The first operand that is an initial state. */
    private static final int INITIAL = 4;

    private final Region region;
    private final LowerContext context;
    private final Node node;
    private final DType type;
    private final long time;
    private final long batch;
    private final long input;
    private final long hidden;
    private final int gates;
    private final int directions;
    private final boolean reverse;

    /** What an empty sequence leaves: the states as they were given. */
    List<Phase> initialStates() {
      List<Phase> phases = new ArrayList<>();
      for (int i = 1; i < node.results().size(); i++) {
        PhaseBuilder phase = new PhaseBuilder(region, context);
        Domain out = Domain.of(phase.resultStorage(i), "i");
        Expr given = phase.read(node.operand(INITIAL + i - 1), out.logical());
        Stmt store =
            new Stmt.Store(phase.result(i), phase.resultStorage(i).index(out.logical()), given);
        phases.add(
            phase.build(
                "initial_state", out.nest(store), node.operand(INITIAL).shape().elements()));
      }
      return phases;
    }

    Layer(Region region, LowerContext context, Node node) {
      this.region = region;
      this.context = context;
      this.node = node;
      Value x = node.operand(0);
      type = x.dtype();
      time = x.shape().dim(0);
      batch = x.shape().dim(1);
      input = x.shape().dim(2);
      directions = Math.toIntExact(node.operand(1).shape().dim(0));
      hidden = node.operand(2).shape().dim(2);
      gates = Math.toIntExact(node.operand(1).shape().dim(1) / hidden);
      reverse = ((RecurrentOp) node.op()).direction() == Direction.REVERSE;
    }

    private boolean resetAfter() {
      return node.op() instanceof Gru g && g.linearBeforeReset();
    }

    /** Scratch [directions, time, batch, gates * hidden]: W x + the biases that need no state. */
    Phase projection() {
      PhaseBuilder phase = new PhaseBuilder(region, context);
      Buffer g = gatesIn(phase);
      List<String> vars = List.of("d", "t", "b", "j");
      List<Long> extents = List.of((long) directions, time, batch, gates * hidden);
      List<Expr> at = index(vars, extents);
      Expr d = at.get(0);
      Expr j = at.get(3);
      Expr k = Domain.at("k", input);
      Value from = region.narrow(node.operand(0));
      Expr x = Scalars.cast(type, phase.read(from, List.of(at.get(1), at.get(2), k)));
      Expr w = inputWeight(phase, from, d, k, j);
      Value b = node.operand(3);
      Expr bias = phase.read(b, List.of(d, j));
      Expr stateBias = phase.read(b, List.of(d, Exprs.add(j, Exprs.index(gates * hidden))));
      if (resetAfter()) {
        // The bias of the candidate's recurrent part is added before the reset gate multiplies it.
        stateBias =
            new Expr.Select(Exprs.lt(j, Exprs.index(2 * hidden)), stateBias, Exprs.number(type, 0));
      }
      Expr acc = new Expr.Var(Reduce.ACC, type);
      List<String> over = input == 1 ? List.of() : List.of("k");
      Stmt leaf =
          Reduce.of(g, at, BinOp.ADD, over, Exprs.add(bias, stateBias), Exprs.mul(x, w), acc);
      Stmt body = Domain.nest(vars, extents, Domain.nest(List.of("k"), List.of(input), leaf));
      double flops = 2.0 * directions * time * batch * gates * hidden * input;
      return phase.build("recurrent_input", body, flops);
    }

    private Buffer gatesIn(PhaseBuilder phase) {
      return phase.scratch(0, type, List.of((long) directions, time, batch, gates * hidden));
    }

    private static List<Expr> index(List<String> vars, List<Long> extents) {
      List<Expr> at = new ArrayList<>();
      for (int i = 0; i < vars.size(); i++) {
        at.add(Domain.at(vars.get(i), extents.get(i)));
      }
      return at;
    }

    private Expr inputWeight(PhaseBuilder phase, Value x, Expr d, Expr k, Expr j) {
      Value w = region.narrow(node.operand(1));
      Optional<Tensor> t = phase.constant(w);
      if (t.isEmpty()) {
        return Scalars.cast(type, phase.read(w, List.of(d, j, k)));
      }
      boolean pairs = input % 2 == 0 && MatMulLowering.multipliesPairs(x, w);
      WeightPacking packing = new WeightPacking(t.get()).axis(directions, 0, 1, d);
      return Scalars.cast(type, packing.panels(1, j, 2, k, pairs).read(phase));
    }

    /** Weights [d, rows, k] of the state, so that neighbouring gates are adjacent. */
    private Expr stateWeight(PhaseBuilder phase, Expr d, Expr k, Expr row) {
      Value w = region.narrow(node.operand(2));
      Optional<Tensor> t = phase.constant(w);
      if (t.isEmpty()) {
        return Scalars.cast(type, phase.read(w, List.of(d, row, k)));
      }
      WeightPacking packing = new WeightPacking(t.get()).axis(directions, 0, 1, d);
      packing.axis(hidden, 2, 1, k).axis(gates * hidden, 1, 1, row);
      return Scalars.cast(type, packing.read(phase));
    }

    /** All steps of one direction, for each element of the batch on its own. */
    Phase scan(int direction) {
      PhaseBuilder phase = new PhaseBuilder(region, context);
      Expr d = Exprs.index(direction);
      Expr b = Domain.at("b", batch);
      Buffer h = local("h", hidden);
      Buffer c = local("c", hidden);
      Buffer q = local("q", gates * hidden);
      Buffer in = gatesIn(phase);
      boolean backwards = reverse || direction == 1;
      Expr t = backwards ? Exprs.sub(Exprs.index(time - 1), Exprs.var("t")) : Exprs.var("t");
      List<Stmt> all = new ArrayList<>();
      all.add(each("u", hidden, u -> store(h, u, phase.read(node.operand(4), List.of(d, b, u)))));
      List<Stmt> step = new ArrayList<>();
      Recurrence cell = new Recurrence(phase, h, c, q, in, d, t, b);
      step.add(cell.product(0, 2 * hidden, "j"));
      step.add(each("m", hidden, u -> store(c, u, Exprs.mul(cell.gate(1, u), cell.load(h, u)))));
      step.add(cell.candidate("l"));
      step.add(each("w", hidden, cell::gru));
      all.add(new Stmt.For("t", Exprs.index(time), Stmt.Kind.SCAN, Stmt.Block.of(step)));
      all.add(
          each(
              "x",
              hidden,
              u ->
                  new Stmt.Store(
                      phase.result(1),
                      phase.resultStorage(1).index(List.of(d, b, u)),
                      cell.load(h, u))));
      Stmt body = Stmt.Block.of(all);
      for (Buffer l : List.of(q, c, h)) {
        body = new Stmt.Alloc(l, body);
      }
      double flops = 2.0 * time * batch * gates * hidden * hidden;
      return phase.build("recurrent", Domain.nest(List.of("b"), List.of(batch), body), flops);
    }

    private Buffer local(String name, long n) {
      return Buffer.of(name, type, Space.LOCAL, List.of(n));
    }

    private static Stmt store(Buffer to, Expr at, Expr value) {
      return new Stmt.Store(to, List.of(at), value);
    }

    private static Stmt each(String var, long n, java.util.function.Function<Expr, Stmt> leaf) {
      return n == 1 ? leaf.apply(Exprs.index(0)) : Stmt.For.of(var, n, leaf.apply(Exprs.var(var)));
    }

    /** The statements of one step. */
    private final class Recurrence {
      private final PhaseBuilder phase;
      private final Buffer h;
      private final Buffer c;
      private final Buffer q;
      private final Buffer in;
      private final Expr d;
      private final Expr t;
      private final Expr b;

      Recurrence(
          PhaseBuilder phase, Buffer h, Buffer c, Buffer q, Buffer in, Expr d, Expr t, Expr b) {
        this.phase = phase;
        this.h = h;
        this.c = c;
        this.q = q;
        this.in = in;
        this.d = d;
        this.t = t;
        this.b = b;
      }

      Expr load(Buffer from, Expr at) {
        return new Expr.Load(from, List.of(at));
      }

      /** q[from + j] = projection + R[from + j] h. */
      Stmt product(long from, long rows, String var) {
        return dot(h, from, rows, var);
      }

      /** The candidate, for which the reset gate has multiplied the state: c holds r * h. */
      Stmt candidate(String var) {
        return dot(c, 2 * hidden, hidden, var);
      }

      private Stmt dot(Buffer state, long from, long rows, String var) {
        Expr j = Exprs.add(Domain.at(var, rows), Exprs.index(from));
        Expr init = new Expr.Load(in, List.of(d, t, b, j));
        Expr k = Domain.at("k" + var, hidden);
        Expr value = Exprs.mul(load(state, k), stateWeight(phase, d, k, j));
        Expr acc = new Expr.Var(Reduce.ACC, type);
        List<String> over = hidden == 1 ? List.of() : List.of("k" + var);
        Stmt leaf = Reduce.of(q, List.of(j), BinOp.ADD, over, init, value, acc);
        return Domain.nest(List.of(var, "k" + var), List.of(rows, hidden), leaf);
      }

      Expr gate(int g, Expr u) {
        return new Expr.Call(Expr.Fn.SIGMOID, load(q, Exprs.add(u, Exprs.index(g * hidden))));
      }

      private Expr tanh(Expr e) {
        return new Expr.Call(Expr.Fn.TANH, e);
      }

      private Stmt output(Expr u, Expr value) {
        return new Stmt.Store(
            phase.result(0), phase.resultStorage(0).index(List.of(t, d, b, u)), value);
      }

      private Stmt next(Expr u, Expr value) {
        Expr v = new Expr.Var("hn", type);
        return new Stmt.Let("hn", value, Stmt.Block.of(List.of(store(h, u, v), output(u, v))));
      }

      Stmt gru(Expr u) {
        return blend(u, tanh(load(q, Exprs.add(u, Exprs.index(2 * hidden)))));
      }

      private Stmt blend(Expr u, Expr candidate) {
        Expr z = new Expr.Var("z", type);
        Expr mixed =
            Exprs.add(
                Exprs.mul(Exprs.sub(Exprs.number(type, 1), z), candidate),
                Exprs.mul(z, load(h, u)));
        return new Stmt.Let("z", gate(0, u), next(u, mixed));
      }
    }
  }
}
