package dev.nncc.tensor.ir;

import dev.nncc.graph.DType;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The unscheduled reduction: for each combination of the enclosing loops not named in {@code over},
 * the states start at their {@code init}, each combination of the loops in {@code over} replaces
 * all of them at once by {@code next} (expressions of the states as {@link Expr.Var} by name, and
 * of loads), and after the last one every output is stored. All enclosing loops form a perfect nest
 * down to this leaf.
 *
 * <p>Order: with {@code combine} the iterations may be taken in any order and partial results
 * merged; without it the order of the loops is kept.
 *
 * @param next one expression a state
 * @param combine how two partial results merge; empty keeps the order
 * @param lets named values of the states, computed in order once after the last iteration and used
 *     by later ones and by the outputs, so that an epilogue is no tree of repeated expressions
 */
public record Reduce(
    List<String> over,
    List<State> states,
    List<Expr> next,
    Optional<Combine> combine,
    List<Binding> lets,
    List<Output> outputs)
    implements Stmt {
  /**
   * An accumulator; {@code init} may be any expression without reduced variables (a bias goes
   * here).
   */
  public record State(String name, DType type, Expr init) {
    State map(UnaryOperator<Expr> e) {
      Expr i = e.apply(init);
      return i == init ? this : new State(name, type, i);
    }
  }

  /**
   * Merging of partial results: {@code identity} is what a partial result starts from, {@code
   * merged} the states after merging, as expressions of the states {@code name} (one part) and
   * {@code name'} (the other).
   *
   * @param op for a single state the operator when {@code next = op(state, value)} and {@code
   *     merged = op(state, state')}: then updates can be made in place
   */
  public record Combine(List<Expr> identity, List<Expr> merged, Optional<Expr.BinOp> op) {
    public Combine {
      identity = List.copyOf(identity);
      merged = List.copyOf(merged);
    }
  }

  /**
   * {@code buffer[index] = value}, an expression of the states.
   *
   * @param when condition of the enclosing loops under which it is stored, so that parts of a
   *     result go to different buffers
   */
  public record Output(Buffer buffer, List<Expr> index, Expr value, Optional<Expr> when) {
    public Output {
      index = List.copyOf(index);
    }

    public Output(Buffer buffer, List<Expr> index, Expr value) {
      this(buffer, index, value, Optional.empty());
    }

    Output map(UnaryOperator<Expr> e) {
      List<Expr> i = Exprs.map(index, e);
      Expr v = e.apply(value);
      Optional<Expr> w = when.map(e);
      boolean same = i == index && v == value && (w.isEmpty() || w.get() == when.orElseThrow());
      return same ? this : new Output(buffer, i, v, w);
    }

    /** As a statement, once the states have values. */
    public Stmt store(UnaryOperator<Expr> states) {
      Stmt s = new Stmt.Store(buffer, Exprs.map(index, states), states.apply(value));
      return when.<Stmt>map(c -> new Stmt.If(c, s, Optional.empty())).orElse(s);
    }
  }

  /** {@code name = value} in the epilogue. */
  public record Binding(String name, Expr value) {
    Binding map(UnaryOperator<Expr> e) {
      Expr v = e.apply(value);
      return v == value ? this : new Binding(name, v);
    }
  }

  public static final String ACC = "acc";

  public Reduce(
      List<String> over,
      List<State> states,
      List<Expr> next,
      Optional<Combine> combine,
      List<Output> outputs) {
    this(over, states, next, combine, List.of(), outputs);
  }

  public Reduce {
    over = List.copyOf(over);
    states = List.copyOf(states);
    next = List.copyOf(next);
    lets = List.copyOf(lets);
    outputs = List.copyOf(outputs);
    if (next.size() != states.size()) {
      throw new IllegalArgumentException("one next value for each state");
    }
  }

  /**
   * One accumulator named {@code acc} with an associative and commutative operator.
   *
   * @param finish what is stored, an expression of {@code acc}
   */
  public static Reduce of(
      Buffer buffer,
      List<Expr> index,
      Expr.BinOp op,
      List<String> over,
      Expr init,
      Expr value,
      Expr finish) {
    Expr acc = new Expr.Var(ACC, value.type());
    Expr other = new Expr.Var(ACC + "'", value.type());
    return new Reduce(
        over,
        List.of(new State(ACC, value.type(), init)),
        List.of(new Expr.Bin(op, acc, value)),
        Optional.of(
            new Combine(
                List.of(Exprs.identity(op, value.type())),
                List.of(new Expr.Bin(op, acc, other)),
                Optional.of(op))),
        List.of(new Output(buffer, index, finish)));
  }

  @Override
  public Stmt mapStatements(UnaryOperator<Stmt> f) {
    return this;
  }

  @Override
  public Stmt mapChildren(UnaryOperator<Stmt> s, UnaryOperator<Expr> e) {
    List<State> st = Exprs.mapAll(states, x -> x.map(e));
    List<Expr> n = Exprs.map(next, e);
    List<Output> o = Exprs.mapAll(outputs, x -> x.map(e));
    List<Binding> l = Exprs.mapAll(lets, x -> x.map(e));
    boolean same = st == states && n == next && o == outputs && l == lets;
    return same ? this : new Reduce(over, st, n, combine, l, o);
  }

  @Override
  public <R> R accept(Visitor<R> v) {
    return v.onReduce(this);
  }
}
