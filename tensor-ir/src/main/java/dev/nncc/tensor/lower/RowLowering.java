package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.InstanceNorm;
import dev.nncc.graph.op.LayerNorm;
import dev.nncc.graph.op.LogSoftmax;
import dev.nncc.graph.op.RmsNorm;
import dev.nncc.graph.op.Softmax;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Operators that need whole rows: softmax and the normalisations. A row is all elements that share
 * the outer index; the kernel visits a row several times while it is in the cache.
 */
final class RowLowering implements Lowering {
  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    return List.of(new Rows(region, context).phase());
  }

  /** The lowering of one node. */
  private static final class Rows {
    private static final int CHANNELS = 1;

    private final PhaseBuilder phase;
    private final Node node;
    private final Value x;
    private final DType acc;
    private final List<Integer> rowAxes = new ArrayList<>();
    private final List<String> outerVars = new ArrayList<>();
    private final List<Long> outerExtents = new ArrayList<>();
    private final List<Buffer> locals = new ArrayList<>();

    /**
     * Whether the rows of a block of channels are visited together, element by element: they lie
     * side by side.
     */
    private final boolean lanes;

    private int visits;

    Rows(Region region, LowerContext context) {
      phase = new PhaseBuilder(region, context);
      node = region.requireAnchor();
      x = node.operand(0);
      acc = Reductions.accumulator(x.dtype());
      int rank = x.shape().rank();
      if (node.op() instanceof Softmax s) {
        rowAxes.add(s.axis());
      } else if (node.op() instanceof LogSoftmax s) {
        rowAxes.add(s.axis());
      } else {
        int first = firstOfRow();
        for (int a = first; a < rank; a++) {
          rowAxes.add(a);
        }
      }
      lanes = node.op() instanceof InstanceNorm && liesInWholeBlocks();
      for (int a = 0; a < rank; a++) {
        if (!rowAxes.contains(a)) {
          outerVars.add("i" + a);
          outerExtents.add(x.shape().dim(a) / (lanes && a == CHANNELS ? Storage.BLOCK : 1));
        }
      }
    }

    private int firstOfRow() {
      if (node.op() instanceof LayerNorm l) {
        return l.axis();
      }
      return node.op() instanceof RmsNorm r ? r.axis() : 2;
    }

    private boolean liesInWholeBlocks() {
      if (phase.region().outerOf(x).isEmpty() || phase.constant(x).isPresent()) {
        return false;
      }
      Storage s = phase.storage(x);
      return s.blockAxis() == CHANNELS && !s.hasPaddingLanes();
    }

    Phase phase() {
      List<Stmt> visitsOfRow =
          node.op() instanceof Softmax || node.op() instanceof LogSoftmax
              ? softmax()
              : node.op() instanceof RmsNorm r ? rootMeanSquare(r) : norm();
      Stmt s = Stmt.Block.of(visitsOfRow);
      for (int i = locals.size() - 1; i >= 0; i--) {
        s = new Stmt.Alloc(locals.get(i), s);
      }
      double flops = 8.0 * x.shape().elements();
      return phase.build(
          node.op().name().toLowerCase(java.util.Locale.ROOT),
          Domain.nest(outerVars, outerExtents, s),
          flops);
    }

    private List<Stmt> softmax() {
      boolean log = node.op() instanceof LogSoftmax;
      Buffer max = scalar("m");
      Buffer sum = scalar("s");
      Buffer row = local("e");
      List<Stmt> out = new ArrayList<>();
      out.add(reduce(max, BinOp.MAX, at -> input(at), e -> e));
      Expr m = get(max);
      out.add(
          visit(
              (at, inRow) -> {
                Expr shifted = Exprs.sub(input(at), m);
                return new Stmt.Store(
                    row, inRow, log ? shifted : new Expr.Call(Expr.Fn.EXP, shifted));
              }));
      out.add(
          reduceRow(
              sum,
              inRow -> {
                Expr e = new Expr.Load(row, inRow);
                return log ? new Expr.Call(Expr.Fn.EXP, e) : e;
              },
              e ->
                  log
                      ? new Expr.Call(Expr.Fn.LOG, e)
                      : new Expr.Bin(BinOp.DIV, Exprs.number(acc, 1), e)));
      Expr s = get(sum);
      out.add(
          visit(
              (at, inRow) -> {
                Expr e = new Expr.Load(row, inRow);
                return new Epilogue(phase, at, -1)
                    .anchor(log ? Exprs.sub(e, s) : Exprs.mul(e, s))
                    .stores();
              }));
      return out;
    }

    private List<Stmt> norm() {
      double n = 1;
      for (int a : rowAxes) {
        n *= x.shape().dim(a);
      }
      Expr count = Exprs.number(acc, n);
      double epsilon =
          node.op() instanceof LayerNorm l ? l.epsilon() : ((InstanceNorm) node.op()).epsilon();
      Buffer mean = scalar("m");
      Buffer scale = scalar("s");
      List<Stmt> out = new ArrayList<>();
      out.add(reduce(mean, BinOp.ADD, at -> input(at), e -> new Expr.Bin(BinOp.DIV, e, count)));
      out.add(
          reduce(
              scale,
              BinOp.ADD,
              at -> {
                Expr d = Exprs.sub(input(at), get(mean, at));
                return Exprs.mul(d, d);
              },
              e -> {
                Expr variance =
                    Exprs.add(new Expr.Bin(BinOp.DIV, e, count), Exprs.number(acc, epsilon));
                return new Expr.Bin(
                    BinOp.DIV, Exprs.number(acc, 1), new Expr.Call(Expr.Fn.SQRT, variance));
              }));
      out.add(
          visit(
              (at, inRow) -> {
                Expr y = Exprs.mul(Exprs.sub(input(at), get(mean, at)), get(scale, at));
                y = Exprs.add(Exprs.mul(y, parameter(1, at)), parameter(2, at));
                return new Epilogue(phase, at, -1).anchor(y).stores();
              }));
      return out;
    }

    private List<Stmt> rootMeanSquare(RmsNorm op) {
      double n = 1;
      for (int a : rowAxes) {
        n *= x.shape().dim(a);
      }
      Expr count = Exprs.number(acc, n);
      Buffer scale = scalar("s");
      List<Stmt> out = new ArrayList<>();
      out.add(
          reduce(
              scale,
              BinOp.ADD,
              at -> Exprs.mul(input(at), input(at)),
              e -> {
                Expr mean = new Expr.Bin(BinOp.DIV, e, count);
                Expr least =
                    op.floor() > 0
                        ? new Expr.Bin(BinOp.MAX, mean, Exprs.number(acc, op.floor()))
                        : mean;
                Expr root =
                    new Expr.Call(Expr.Fn.SQRT, Exprs.add(least, Exprs.number(acc, op.epsilon())));
                return new Expr.Bin(BinOp.DIV, Exprs.number(acc, 1), root);
              }));
      Expr s = get(scale);
      out.add(
          visit(
              (at, inRow) -> {
                Expr y = Exprs.mul(Exprs.mul(input(at), s), parameter(1, at));
                return new Epilogue(phase, at, -1).anchor(y).stores();
              }));
      return out;
    }

    /** Scale or bias: along the row for layer norm, along channels for instance norm. */
    private Expr parameter(int operand, List<Expr> at) {
      Value v = node.operand(operand);
      List<Expr> index =
          node.op() instanceof InstanceNorm
              ? List.of(at.get(1))
              : PhaseBuilder.broadcast(at, v.shape());
      return Scalars.cast(acc, phase.read(v, index));
    }

    private Expr input(List<Expr> at) {
      return Scalars.cast(acc, phase.read(x, at));
    }

    private Buffer scalar(String name) {
      Buffer b =
          lanes
              ? Buffer.of(name, acc, Space.LOCAL, List.of((long) Storage.BLOCK))
              : Buffer.of(name, acc, Space.REG, List.of(1L));
      locals.add(b);
      return b;
    }

    private Buffer local(String name) {
      List<Long> shape = rowAxes.stream().map(a -> x.shape().dim(a)).toList();
      Buffer b = Buffer.of(name, acc, Space.LOCAL, shape);
      locals.add(b);
      return b;
    }

    private static Expr get(Buffer b) {
      return new Expr.Load(b, List.of(Exprs.index(0)));
    }

    /** The number of the row that an element is of. */
    private Expr get(Buffer b, List<Expr> at) {
      return new Expr.Load(b, List.of(rowOf(at)));
    }

    private Expr rowOf(List<Expr> at) {
      return lanes ? Exprs.mod(at.get(CHANNELS), Storage.BLOCK) : Exprs.index(0);
    }

    /** A leaf at each element of the row. */
    private interface Visitor {
      Stmt at(List<Expr> logical, List<Expr> inRow);
    }

    private Stmt visit(Visitor leaf) {
      List<String> vars = rowVars();
      String lane = lane();
      Stmt each = inLanes(lane, leaf.at(logical(vars, lane), inRow(vars)));
      return Domain.nest(vars, rowExtents(), each);
    }

    /** The loop variable over the channels of a block in the visit that has just begun. */
    private String lane() {
      return "l" + visits;
    }

    private Stmt inLanes(String lane, Stmt s) {
      return lanes ? Stmt.For.of(lane, Storage.BLOCK, s) : s;
    }

    private Stmt reduce(
        Buffer into, BinOp op, Function<List<Expr>, Expr> value, Function<Expr, Expr> finish) {
      List<String> vars = rowVars();
      String lane = lane();
      List<Expr> at = logical(vars, lane);
      return inLanes(lane, reduction(into, rowOf(at), op, vars, value.apply(at), finish));
    }

    private Stmt reduceRow(
        Buffer into, Function<List<Expr>, Expr> value, Function<Expr, Expr> finish) {
      List<String> vars = rowVars();
      return reduction(into, Exprs.index(0), BinOp.ADD, vars, value.apply(inRow(vars)), finish);
    }

    private Stmt reduction(
        Buffer into,
        Expr row,
        BinOp op,
        List<String> vars,
        Expr value,
        Function<Expr, Expr> finish) {
      List<Long> extents = rowExtents();
      List<String> over = new ArrayList<>();
      for (int i = 0; i < vars.size(); i++) {
        if (extents.get(i) != 1) {
          over.add(vars.get(i));
        }
      }
      return Domain.nest(
          vars, extents, Reductions.into(into, List.of(row), op, over, value, finish::apply));
    }

    private List<String> rowVars() {
      int visit = visits++;
      return rowAxes.stream().map(a -> "r" + a + "v" + visit).toList();
    }

    private List<Long> rowExtents() {
      return rowAxes.stream().map(a -> x.shape().dim(a)).toList();
    }

    private List<Expr> logical(List<String> rowVars, String lane) {
      List<Expr> at = new ArrayList<>();
      for (int a = 0; a < x.shape().rank(); a++) {
        int r = rowAxes.indexOf(a);
        String v = r >= 0 ? rowVars.get(r) : "i" + a;
        if (lanes && a == CHANNELS) {
          boolean one = x.shape().dim(a) == Storage.BLOCK;
          Expr block = one ? Exprs.index(0) : Exprs.var(v);
          Expr first = Exprs.mul(block, Exprs.index(Storage.BLOCK));
          at.add(Exprs.add(first, Exprs.var(lane)));
        } else {
          at.add(Domain.at(v, x.shape().dim(a)));
        }
      }
      return at;
    }

    private List<Expr> inRow(List<String> rowVars) {
      List<Expr> at = new ArrayList<>();
      List<Long> extents = rowExtents();
      for (int i = 0; i < rowVars.size(); i++) {
        at.add(Domain.at(rowVars.get(i), extents.get(i)));
      }
      return at;
    }
  }
}
