package dev.nncc.compiler;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.tensor.winograd.Strassen;
import dev.nncc.tensor.winograd.StrassenProduct;
import dev.nncc.tensor.winograd.Winograd;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Convolutions of one tap by seven products of halves, or 49 of quarters, wherever possible. */
final class StrassenCases {
  private StrassenCases() {}

  /** Any way to share out the pairs of pixels, the same whenever it is asked. */
  private static void forced(FamilyCases r, FamilyCase c) {
    c.winograd = forced(r.pick(1, 2), r.random.nextInt(1 << 20));
  }

  /**
   * Of the ways to share out the pairs of pixels.
   *
   * @param levels where there are channels enough for them, else one
   */
  static Winograd.Choice forced(long levels, int any) {
    return new Winograd.Choice() {
      @Override
      public Optional<Winograd> of(Node conv) {
        return Optional.empty();
      }

      @Override
      public Optional<Strassen> halves(Node conv) {
        List<Strassen> all = Strassen.candidates(conv);
        List<Strassen> deep = all.stream().filter(s -> s.levels() == levels).toList();
        List<Strassen> some = deep.isEmpty() ? all : deep;
        return some.isEmpty() ? Optional.empty() : Optional.of(some.get(any % some.size()));
      }

      @Override
      public Optional<StrassenProduct> ofMatMul(Node product) {
        List<StrassenProduct> all = StrassenProduct.candidates(product);
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(any % all.size()));
      }
    };
  }

  private static Value blocks(FamilyCases r, FamilyCase c) {
    Value x = c.input(r.pick(1, 2), 4, r.pick(1, 5, 8, 13, 16), r.pick(3, 6, 7, 13));
    return c.act(ElementwiseKind.TANH, r.convOf(c, x, r.pick(32, 64, 128), 1, r.pick(1, 3), true));
  }

  private static Value conv(FamilyCases r, FamilyCase c, Value x, long stride, long out) {
    List<Long> none = List.of(0L, 0L);
    Conv op = new Conv(List.of(stride, stride), none, none, List.of(1L, 1L), 1);
    Value w = c.constant(out, x.shape().dim(1), 1, 1);
    return r.random.nextBoolean() ? c.add(op, x, w, c.constant(out)) : c.add(op, x, w);
  }

  static Graph one(FamilyCases r, FamilyCase c) {
    forced(r, c);
    Value y = conv(r, c, blocks(r, c), r.pick(1, 1, 2), r.pick(17, 24, 40, 48, 64, 100));
    return c.graph(r.random.nextBoolean() ? c.act(ElementwiseKind.HARD_SWISH, y) : y);
  }

  /** What the convolution reads is made in its own region, since another reads what it is of. */
  static Graph prologue(FamilyCases r, FamilyCase c) {
    forced(r, c);
    Value x = blocks(r, c);
    long n = x.shape().dim(1);
    Value scaled = c.add(Elementwise.of(ElementwiseKind.MUL), x, c.constant(1, n, 1, 1));
    Value moved = c.add(Elementwise.of(ElementwiseKind.ADD), scaled, c.constant(1, n, 1, 1));
    Value y = conv(r, c, c.act(ElementwiseKind.RELU, moved), 1, r.pick(24, 64));
    return c.graph(c.act(ElementwiseKind.RELU, y), x);
  }

  /** Of matrices: rows in two halves, that meet in one of them or not, for a batch or none. */
  static Graph product(FamilyCases r, FamilyCase c) {
    forced(r, c);
    long depth = r.pick(32, 64, 96, 1024);
    long columns = r.pick(32, 64, 96, 160);
    long rows = r.pick(1, 2, 7, 12, 25, 30);
    boolean left = r.random.nextBoolean();
    boolean right = r.random.nextBoolean();
    List<Long> dims = new ArrayList<>(r.random.nextBoolean() ? List.of(r.pick(1, 3)) : List.of());
    dims.addAll(left ? List.of(depth, rows) : List.of(rows, depth));
    Value x = c.input(dims.stream().mapToLong(d -> d).toArray());
    Value w = right ? c.constant(columns, depth) : c.constant(depth, columns);
    Value y = c.add(new MatMul(left, right), x, w);
    Value sum = c.add(Elementwise.of(ElementwiseKind.ADD), y, c.constant(columns));
    return c.graph(r.random.nextBoolean() ? c.act(ElementwiseKind.TANH, sum) : sum);
  }

  /** Its result and what it reads are added. */
  static Graph square(FamilyCases r, FamilyCase c) {
    forced(r, c);
    Value x = c.input(r.pick(1, 2), r.pick(6, 13), 64);
    Value y = c.add(new MatMul(false, false), c.act(ElementwiseKind.TANH, x), c.constant(64, 64));
    return c.graph(c.act(ElementwiseKind.RELU, c.add(Elementwise.of(ElementwiseKind.ADD), y, x)));
  }

  /** Reads and writes values with a border. */
  static Graph residual(FamilyCases r, FamilyCase c) {
    forced(r, c);
    Value x = blocks(r, c);
    Value z = r.convOf(c, x, r.pick(32, 64), 1, 3, true);
    Value y = conv(r, c, z, 1, z.shape().dim(1));
    Value sum = c.act(ElementwiseKind.RELU, c.add(Elementwise.of(ElementwiseKind.ADD), y, z));
    return c.graph(r.convOf(c, sum, 16, 1, 3, true));
  }

  /** One convolution of several results, with activations of their own. */
  static Graph siblings(FamilyCases r, FamilyCase c) {
    forced(r, c);
    Value x = blocks(r, c);
    Value p = conv(r, c, x, 1, r.pick(16, 20, 32));
    Value q = conv(r, c, x, 1, r.pick(16, 48));
    return c.graph(c.act(ElementwiseKind.RELU, p), c.act(ElementwiseKind.TANH, q));
  }
}
