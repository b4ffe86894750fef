package dev.nncc.compiler;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.tensor.winograd.Winograd;
import java.util.List;
import java.util.Optional;

/** Convolutions by any minimal filtering algorithm that there is for them, be it cheap or not. */
final class WinogradCases {
  private WinogradCases() {}

  /** The next of all candidates, the same whenever it is asked. */
  private static void forced(FamilyCases r, FamilyCase c) {
    int any = r.random.nextInt(1 << 20);
    c.winograd =
        conv -> {
          List<Winograd> all = Winograd.candidates(conv);
          return all.isEmpty() ? Optional.empty() : Optional.of(all.get(any % all.size()));
        };
  }

  private static Value blocks(FamilyCases r, FamilyCase c, long channels) {
    Value x = c.input(r.pick(1, 2), 4, r.pick(5, 8, 13, 17), r.pick(6, 7, 12, 17));
    return r.convOf(c, x, channels, 1, 1, true);
  }

  private static Value conv(FamilyCases r, FamilyCase c, Value x, long out, boolean bias) {
    long[] window = WINDOWS[r.random.nextInt(WINDOWS.length)];
    List<Long> strides = List.of(window[2], window[2]);
    List<Long> before = List.of(window[0] / 2, window[1] / 2);
    List<Long> behind = List.of(window[0] / 2, r.pick(0, window[1] / 2));
    Conv op = new Conv(strides, before, behind, List.of(1L, 1L), 1);
    Value w = c.constant(out, x.shape().dim(1), window[0], window[1]);
    return bias ? c.add(op, x, w, c.constant(out)) : c.add(op, x, w);
  }

  /** Height, width, stride. */
  private static final long[][] WINDOWS = {
    {3, 3, 1}, {3, 3, 1}, {3, 3, 2}, {3, 3, 2}, {5, 5, 1}, {1, 7, 1}, {7, 1, 1}, {1, 3, 1},
    {3, 1, 1}
  };

  static Graph anyAlgorithm(FamilyCases r, FamilyCase c) {
    forced(r, c);
    Value x = blocks(r, c, r.pick(16, 24, 33, 48));
    Value y = conv(r, c, x, r.pick(7, 16, 32, 40, 48), r.random.nextBoolean());
    return c.graph(r.random.nextBoolean() ? c.act(ElementwiseKind.SIGMOID, y) : y);
  }

  /** Filters that go to frequencies in each run; sometimes in several chunks of channels. */
  static Graph filtersInRun(FamilyCases r, FamilyCase c) {
    int any = r.random.nextInt(1 << 20);
    c.winograd =
        conv -> {
          List<Winograd> all =
              Winograd.candidates(conv).stream().filter(Winograd::filtersInRun).toList();
          return all.isEmpty() ? Optional.empty() : Optional.of(all.get(any % all.size()));
        };
    Value x = c.input(r.pick(1, 2), 4, r.pick(3, 7, 8), r.pick(4, 7, 9));
    Value y = conv(r, c, r.convOf(c, x, r.pick(16, 40, 304), 1, 1, true), r.pick(7, 16, 40), true);
    return c.graph(c.act(ElementwiseKind.RELU, y));
  }

  static Graph residual(FamilyCases r, FamilyCase c) {
    forced(r, c);
    Value x = blocks(r, c, r.pick(16, 24, 32));
    Value y = conv(r, c, x, r.pick(16, 24, 64), true);
    Value z =
        c.add(
            new Conv(List.of(1L, 1L), List.of(1L, 1L), List.of(1L, 1L), List.of(1L, 1L), 1),
            y,
            c.constant(y.shape().dim(1), y.shape().dim(1), 3, 3));
    Value sum = c.add(Elementwise.of(ElementwiseKind.ADD), z, y);
    return c.graph(c.act(ElementwiseKind.RELU, sum));
  }

  /** A picture of few channels, filtered along its rows. */
  static Graph picture(FamilyCases r, FamilyCase c) {
    long kernel = r.pick(5, 7);
    Value x = c.input(r.pick(1, 2), r.pick(1, 3), r.pick(12, 31, 48), r.pick(16, 24, 40));
    Conv op =
        new Conv(
            List.of(2L, 2L),
            List.of(kernel / 2, kernel / 2),
            List.of(kernel / 2, kernel / 2),
            List.of(1L, 1L),
            1);
    Value w = c.constant(r.pick(16, 24, 48), x.shape().dim(1), kernel, kernel);
    return c.graph(c.act(ElementwiseKind.RELU, c.add(op, x, w, c.constant(w.shape().dim(0)))));
  }

  /** One convolution of several results, with activations of their own. */
  static Graph siblings(FamilyCases r, FamilyCase c) {
    forced(r, c);
    Value x = blocks(r, c, 16);
    Conv op = new Conv(List.of(1L, 1L), List.of(1L, 1L), List.of(1L, 1L), List.of(1L, 1L), 1);
    Value p = c.add(op, x, c.constant(r.pick(16, 20, 32), 16, 3, 3));
    Value q = c.add(op, x, c.constant(r.pick(16, 32), 16, 3, 3));
    return c.graph(c.act(ElementwiseKind.RELU, p), c.act(ElementwiseKind.TANH, q));
  }
}
