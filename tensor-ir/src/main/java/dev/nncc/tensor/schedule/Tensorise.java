package dev.nncc.tensor.schedule;

import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Ranges;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Cast;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code tensorise v}: a reduced loop of two steps over {@code f32(A[.. + v]) * f32(B[.. + v])},
 * both of bf16, becomes {@code dot_bf16} of one element each. A and B are then arrays of u32, two
 * elements in one; for the rest of the schedule they look like any operand of four bytes.
 *
 * <p>Legal when v moves both by one element, everything else by an even number of elements, and
 * nothing else in the kernel touches either.
 */
record Tensorise(String loop) implements Directive {
  private static final int PAIR = 2;

  @Override
  public Kernel apply(Kernel k) {
    For pair = Nests.find(k, loop).orElseThrow(() -> new Illegal("there is no such loop"));
    if (!pair.isConstant() || pair.trip() != PAIR || pair.kind() != Kind.FOR) {
      throw new Illegal("not a serial loop of two steps");
    }
    Reduce r =
        Nests.leaf(pair)
            .filter(x -> x.over().contains(loop))
            .orElseThrow(() -> new Illegal("no perfect nest of a reduction over it"));
    Product p = product(r).orElseThrow(() -> new Illegal("not a sum of products of bf16"));
    if (p.a.buffer().name().equals(p.b.buffer().name())) {
      throw new Illegal("both factors are of one array");
    }
    k.body()
        .rewrite(
            s -> {
              if (s instanceof Stmt.Prefetch h
                  && (h.buffer().equals(p.a.buffer()) || h.buffer().equals(p.b.buffer()))) {
                throw new Illegal("there are hints for " + h.buffer().name() + " already");
              }
              return s;
            });
    Ranges ranges = Deps.ranges(k.body());
    Load a = paired(k, p.a, ranges);
    Load b = paired(k, p.b, ranges);
    List<String> over = new ArrayList<>(r.over());
    over.remove(loop);
    Expr next = new Bin(BinOp.ADD, ((Bin) r.next().get(0)).a(), new Bin(BinOp.DOT_BF16, a, b));
    Reduce dot = new Reduce(over, r.states(), List.of(next), r.combine(), r.lets(), r.outputs());
    Stmt body =
        k.body()
            .rewrite(
                s -> s.equals(r) ? dot : s instanceof For f && f.var().equals(loop) ? f.body() : s);
    List<Buffer> args = new ArrayList<>();
    for (Buffer x : k.args()) {
      args.add(
          x.name().equals(a.buffer().name())
              ? a.buffer()
              : x.name().equals(b.buffer().name()) ? b.buffer() : x);
    }
    return new Kernel(k.name(), args, k.dims(), body);
  }

  /** The two factors of every step. */
  record Product(Load a, Load b) {}

  static Optional<Product> product(Reduce r) {
    Optional<Form> form = Form.of(r);
    if (form.isEmpty()
        || !form.get().ops().equals(List.of(BinOp.ADD))
        || !(form.get().values().get(0) instanceof Bin m)
        || m.op() != BinOp.MUL) {
      return Optional.empty();
    }
    Optional<Load> a = widened(m.a());
    Optional<Load> b = widened(m.b());
    return a.isPresent() && b.isPresent()
        ? Optional.of(new Product(a.get(), b.get()))
        : Optional.empty();
  }

  private static Optional<Load> widened(Expr e) {
    return e instanceof Cast c
            && c.type() == DType.F32
            && c.e() instanceof Load l
            && l.type() == DType.BF16
            && l.buffer().space() == Space.GLOBAL
        ? Optional.of(l)
        : Optional.empty();
  }

  /** The same place in an array of pairs. */
  private Load paired(Kernel k, Load l, Ranges ranges) {
    Buffer b = l.buffer();
    if (Deps.of(k.body()).accesses().stream()
            .filter(x -> x.buffer().name().equals(b.name()))
            .count()
        != 1) {
      throw new Illegal(b.name() + " is used elsewhere too");
    }
    int last = b.rank() - 1;
    List<Long> strides = new ArrayList<>();
    List<Expr> index = new ArrayList<>();
    for (int d = 0; d < b.rank(); d++) {
      Affine at = Affine.of(l.index().get(d), ranges);
      if (d < last && (at.coefficient(loop) != 0 || !at.isLinearIn(loop))) {
        throw new Illegal(loop + " moves " + b.name() + " along an outer dimension");
      }
      boolean single = b.shape().get(d) == 1 && b.lo().get(d) == 0 && b.hi().get(d) == 0;
      boolean even = d == last ? isPaired(b, at) : single || isEven(b.strides().get(d));
      if (!even) {
        throw new Illegal(b.name() + " is not in pairs along dimension " + d);
      }
      strides.add(d < last ? b.strides().get(d) / PAIR : 1);
      index.add(d < last ? l.index().get(d) : half(at.without(loop)));
    }
    if (!isEven(b.offset())) {
      throw new Illegal(b.name() + " begins within a pair");
    }
    Buffer pairs =
        new Buffer(
            b.name(),
            DType.U32,
            b.space(),
            halved(b.shape()),
            halved(b.lo()),
            halved(b.hi()),
            strides,
            b.offset() / PAIR,
            0,
            List.of());
    return new Load(pairs, index);
  }

  private boolean isPaired(Buffer b, Affine at) {
    int last = b.rank() - 1;
    Affine rest = at.without(loop);
    return b.strides().get(last) == 1
        && isEven(b.shape().get(last))
        && isEven(b.lo().get(last))
        && isEven(b.hi().get(last))
        && at.isLinearIn(loop)
        && at.coefficient(loop) == 1
        && isEven(rest.constant())
        && rest.terms().values().stream().allMatch(t -> isEven(t.k()));
  }

  private static boolean isEven(long n) {
    return n % PAIR == 0;
  }

  private static Expr half(Affine a) {
    Affine h = Affine.constant(a.constant() / PAIR);
    for (Affine.Term t : a.terms().values()) {
      h = h.plus(Affine.atom(t.atom()).times(t.k() / PAIR));
    }
    return h.expr();
  }

  private static List<Long> halved(List<Long> extents) {
    List<Long> h = new ArrayList<>(extents);
    h.set(h.size() - 1, h.get(h.size() - 1) / PAIR);
    return h;
  }

  @Override
  public String toString() {
    return "tensorise " + loop;
  }
}
