package dev.nncc.tensor.lower;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ScalarExpr;
import dev.nncc.graph.op.Slice;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The elementwise part of a region at one logical index: from the anchor's value there (if the
 * region has one) and the operands to what is stored. Values that are used more than once get a
 * name, so that the expressions stay small.
 */
final class Epilogue {
  private static final int CHANNELS = 1;

  private final PhaseBuilder phase;
  private final List<Expr> index;
  private final int loose;
  private final boolean blocks;
  private final Map<Value, Expr> known = new LinkedHashMap<>();
  private final List<Reduce.Binding> lets = new ArrayList<>();

  /**
   * @param domain loops that stand at the index of the region's results
   */
  Epilogue(PhaseBuilder phase, Domain domain) {
    this(phase, domain.logical(), domain.paddedAxis(), domain.storage().isBlocked());
  }

  /**
   * At a logical index of the results; {@code loose} as in {@link PhaseBuilder#read(Value, List,
   * int)}.
   */
  Epilogue(PhaseBuilder phase, List<Expr> index, int loose) {
    this(phase, index, loose, false);
  }

  /** At a logical index whose channels are visited in whole blocks. */
  static Epilogue ofBlocks(PhaseBuilder phase, List<Expr> index, int loose) {
    return new Epilogue(phase, index, loose, true);
  }

  private Epilogue(PhaseBuilder phase, List<Expr> index, int loose, boolean blocks) {
    this.phase = phase;
    this.index = index;
    this.loose = loose;
    this.blocks = blocks;
  }

  /** States the anchor's result, of the accumulator's type, before anything else. */
  Epilogue anchor(Expr value) {
    Value v = phase.region().requireAnchor().result();
    known.put(v, named(Scalars.cast(v.dtype(), value), uses(v)));
    return this;
  }

  List<Reduce.Binding> lets() {
    return lets;
  }

  /** What is stored for each result; computes {@link #lets} on the way. */
  List<Reduce.Output> outputs() {
    List<Reduce.Output> out = new ArrayList<>();
    List<Value> results = results();
    boolean behind = phase.region().anchor().isEmpty();
    for (Node n : phase.region().body().nodes()) {
      behind |= Optional.of(n).equals(phase.region().anchor());
      if (behind) {
        n.results().forEach(this::at);
      }
    }
    for (int i = 0; i < results.size(); i++) {
      Optional<Slice> part = phase.region().part(i);
      if (part.isPresent()) {
        out.add(part(i, part.get()));
        continue;
      }
      Storage s = phase.resultStorage(i);
      Expr value = withoutPadding(at(results.get(i)), s, index);
      Optional<Expr> when = blocks ? existing(s, index) : Optional.empty();
      out.add(new Reduce.Output(phase.result(i), s.index(index), value, when));
    }
    return out;
  }

  /** Whether there is an element at all: a storage without blocks has no padding lanes. */
  private static Optional<Expr> existing(Storage s, List<Expr> at) {
    long channels = s.shape().get(CHANNELS);
    return s.isBlocked() || channels % Storage.BLOCK == 0
        ? Optional.empty()
        : Optional.of(Exprs.lt(at.get(CHANNELS), Exprs.index(channels)));
  }

  /** The store of a result that is a part: its blocks of channels, at its own indices. */
  private Reduce.Output part(int i, Slice slice) {
    Storage s = phase.resultStorage(i);
    int axis = CHANNELS;
    long unit = blocks ? Storage.BLOCK : 1;
    long first = slice.starts().get(axis) / unit;
    long size = slice.sizes().get(axis);
    long end = first + (size + unit - 1) / unit;
    // Of the block and not the channel: the same for all lanes.
    Expr block = Exprs.floorDiv(index.get(axis), unit);
    Expr inside =
        Exprs.and(Exprs.lt(Exprs.index(first - 1), block), Exprs.lt(block, Exprs.index(end)));
    List<Expr> at = new ArrayList<>(index);
    at.set(axis, Exprs.sub(index.get(axis), Exprs.index(first * unit)));
    Expr value = withoutPadding(at(results().get(i)), s, at);
    Expr when =
        (blocks ? existing(s, at) : Optional.<Expr>empty())
            .map(e -> Exprs.and(inside, e))
            .orElse(inside);
    return new Reduce.Output(phase.result(i), s.index(at), value, Optional.of(when));
  }

  /** Zero in lanes of the last block that hold no element. */
  private static Expr withoutPadding(Expr value, Storage s, List<Expr> at) {
    if (!s.hasPaddingLanes()) {
      return value;
    }
    Expr inside = Exprs.lt(at.get(s.blockAxis()), Exprs.index(s.shape().get(s.blockAxis())));
    return new Expr.Select(inside, value, Exprs.number(s.dtype(), 0));
  }

  private List<Value> results() {
    return phase.region().body().outputs();
  }

  /** The stores of all results under their lets. */
  Stmt stores() {
    List<Stmt> stores = new ArrayList<>();
    for (Reduce.Output o : outputs()) {
      stores.add(o.store(e -> e));
    }
    Stmt s = Stmt.Block.of(stores);
    for (int i = lets.size() - 1; i >= 0; i--) {
      s = new Stmt.Let(lets.get(i).name(), lets.get(i).value(), s);
    }
    return s;
  }

  private Expr at(Value v) {
    Expr e = known.get(v);
    if (e == null) {
      e = compute(v);
      known.put(v, e);
    }
    return e;
  }

  private Expr compute(Value v) {
    Optional<Node> made = phase.region().body().producer(v);
    if (made.isEmpty() || made.get().op() instanceof Constant) {
      return named(phase.readBroadcast(v, index, loose), uses(v));
    }
    Node n = made.get();
    if (n.op() instanceof Slice && !made.equals(phase.region().anchor())) {
      // A part, at the index of the whole.
      return at(n.operand(0));
    }
    List<Expr> args = new ArrayList<>();
    for (Value o : n.operands()) {
      args.add(at(o));
    }
    if (n.op() instanceof Cast c) {
      return named(Scalars.cast(c.to(), args.get(0)), uses(v));
    }
    if (n.op() instanceof Elementwise e) {
      return named(Scalars.inline(scalar(e, n), args), uses(v));
    }
    throw new IllegalStateException(
        n.op().name() + " is not elementwise and its value is not known");
  }

  private static ScalarExpr scalar(Elementwise e, Node n) {
    List<Value> operands = n.operands();
    return e.kind().expr(operands.get(operands.size() - 1).dtype(), e.params());
  }

  /** How often the value occurs in what is computed from it. */
  private int uses(Value v) {
    int n = 0;
    for (Node user : phase.region().body().uses(v)) {
      if (user.op() instanceof Elementwise e) {
        ScalarExpr s = scalar(e, user);
        for (int i = 0; i < user.operands().size(); i++) {
          n += user.operand(i).equals(v) ? Scalars.occurrences(s, i) : 0;
        }
      } else {
        n++;
      }
    }
    return n + (int) phase.region().body().outputs().stream().filter(v::equals).count();
  }

  private Expr named(Expr e, int uses) {
    if (uses < 2 || e instanceof Expr.Var || e instanceof Expr.Const) {
      return e;
    }
    String name = "t" + lets.size();
    lets.add(new Reduce.Binding(name, e));
    return new Expr.Var(name, e.type());
  }
}
