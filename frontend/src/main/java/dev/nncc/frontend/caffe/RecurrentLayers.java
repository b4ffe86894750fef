package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.Direction;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Lstm;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Rnn;
import dev.nncc.graph.op.RnnActivation;
import java.util.ArrayList;
import java.util.List;

/**
 * Recurrent layers over x[T,N,..] with marks [T,N], 0 where a sequence begins: the state in front
 * of such a step counts as zero. Where no sequence begins behind the first step, the layer is one
 * operator; where that is not known, its steps are written out.
 */
final class RecurrentLayers {
  private static final long MOST_STEPS = 512;

  private RecurrentLayers() {}

  static void addTo(LayerTable t) {
    t.add("LSTM", l -> new Layer(l, 4, 2).lstm());
    t.add("RNN", l -> new Layer(l, 1, 1).rnn());
    t.limit("LSTM", "marks that are computed at run time: 512 steps at most");
    t.limit("RNN", "marks that are computed at run time: 512 steps at most");
  }

  /** What both have in common; the state of a step is a list of [N,D]. */
  private static final class Layer {
    private final CaffeLayer l;
    private final int gates;
    private final long time;
    private final long batch;
    private final long hidden;
    private final Operand marks;
    private final List<Operand> initial = new ArrayList<>();

    /** [T,N,I], the static input behind the one of each step. */
    private final Operand x;

    private final Operand w;
    private final Operand bias;

    /** Number of the first tensor of weights behind those of the inputs. */
    private final int next;

    Layer(CaffeLayer l, int gates, int states) {
      this.l = l;
      this.gates = gates;
      Operand in = l.in(0);
      marks = l.in(1);
      require(in.rank() >= 2, "%s has no time and batch", in.type());
      time = in.dim(0);
      batch = in.dim(1);
      require(time > 0 && batch > 0, "%s is empty", in.type());
      require(
          marks.shape().equals(Shape.of(time, batch)), "marks %s for %s", marks.type(), in.type());
      hidden = l.proto().getRecurrentParam().getNumOutput();
      require(hidden > 0 && hidden <= Integer.MAX_VALUE / 8, "num_output is %d", hidden);
      boolean exposed = l.proto().getRecurrentParam().getExposeHidden();
      int still = l.inputs() - 2 - (exposed ? states : 0);
      require(still == 0 || still == 1, "%d bottoms", l.inputs());
      for (int i = 0; i < states; i++) {
        initial.add(
            exposed
                ? l.reshape(l.in(2 + still + i), batch, hidden)
                : l.filled(DType.F32, Shape.of(batch, hidden), 0));
      }
      long inputs = CaffeLayer.count(in, 2, in.rank());
      Operand own = l.weights(0, Shape.of(gates * hidden, inputs));
      bias = l.weights(1, Shape.of(gates * hidden));
      Operand flat = l.reshape(in, time, batch, inputs);
      if (still == 0) {
        x = flat;
        w = own;
      } else {
        Operand fixed = l.in(2);
        require(fixed.rank() >= 1 && fixed.dim(0) == batch, "static input %s", fixed.type());
        long n = CaffeLayer.count(fixed, 1, fixed.rank());
        Operand all = l.emit(new Expand(Shape.of(time, batch, n)), l.reshape(fixed, 1, batch, n));
        x = l.concat(List.of(flat, all), 2);
        w = l.concat(List.of(own, l.weights(2, Shape.of(gates * hidden, n))), 1);
      }
      next = 2 + still;
    }

    private Operand recurrent() {
      return l.weights(next, Shape.of(gates * hidden, hidden));
    }

    /** Whether it is known that no sequence begins behind the first step. */
    private boolean unbroken() {
      if (time == 1) {
        return true;
      }
      Tensor t = marks.tensor();
      if (t == null) {
        return false;
      }
      Tensor.Elements e = t.reader();
      for (long i = batch; i < t.elements(); i++) {
        if (e.number(i) != 1) {
          return false;
        }
      }
      return true;
    }

    /** The marks of a step, [N,1]. */
    private Operand mark(long step) {
      return l.reshape(l.slice(marks, 0, step, 1), batch, 1);
    }

    /** The states in front of the first step, [1,N,D] as operators have them. */
    private Operand start(int state) {
      return l.reshape(l.mul(mark(0), initial.get(state)), 1, batch, hidden);
    }

    /** Rows of weights in the order of the operator. */
    private Operand ordered(Operand rows, int... order) {
      List<Operand> parts = new ArrayList<>();
      for (int gate : order) {
        parts.add(l.slice(rows, 0, gate * hidden, hidden));
      }
      return l.concat(parts, 0);
    }

    private Operand single(Operand o) {
      List<Long> extents = CaffeLayer.extents(o);
      extents.add(0, 1L);
      return l.reshape(o, Shape.of(extents));
    }

    private Operand withoutStateBias(Operand b) {
      return single(l.concat(List.of(b, l.filled(DType.F32, b.shape(), 0)), 0));
    }

    /** Gates lie in the order input, forget, output, cell; the operator has the output second. */
    List<Operand> lstm() {
      if (!unbroken()) {
        return lstmSteps();
      }
      int[] order = {0, 2, 1, 3};
      List<Operand> out =
          l.emitAll(
              new Lstm((int) hidden, Direction.FORWARD),
              List.of(
                  x,
                  single(ordered(w, order)),
                  single(ordered(recurrent(), order)),
                  withoutStateBias(ordered(bias, order)),
                  start(0),
                  start(1)));
      return List.of(l.reshape(out.get(0), time, batch, hidden), out.get(1), out.get(2));
    }

    private List<Operand> lstmSteps() {
      Operand products = products();
      Operand h = initial.get(0);
      Operand c = initial.get(1);
      List<Operand> all = new ArrayList<>();
      for (long t = 0; t < time; t++) {
        Operand mark = mark(t);
        Operand sum = step(products, t, l.mul(mark, h));
        Operand in = l.apply(ElementwiseKind.SIGMOID, gate(sum, 0));
        Operand forget = l.mul(mark, l.apply(ElementwiseKind.SIGMOID, gate(sum, 1)));
        Operand out = l.apply(ElementwiseKind.SIGMOID, gate(sum, 2));
        Operand cell = l.apply(ElementwiseKind.TANH, gate(sum, 3));
        c = l.add(l.mul(forget, c), l.mul(in, cell));
        h = l.mul(out, l.apply(ElementwiseKind.TANH, c));
        all.add(single(h));
      }
      return List.of(l.concat(all, 0), single(h), single(c));
    }

    /** A second product, with a bias and tanh of its own, makes results of states. */
    List<Operand> rnn() {
      Operand states;
      Operand last;
      if (unbroken()) {
        List<Operand> out =
            l.emitAll(
                new Rnn((int) hidden, Direction.FORWARD, RnnActivation.TANH),
                List.of(x, single(w), single(recurrent()), withoutStateBias(bias), start(0)));
        states = l.reshape(out.get(0), time, batch, hidden);
        last = out.get(1);
      } else {
        Operand products = products();
        Operand h = initial.get(0);
        List<Operand> all = new ArrayList<>();
        for (long t = 0; t < time; t++) {
          h = l.apply(ElementwiseKind.TANH, step(products, t, l.mul(mark(t), h)));
          all.add(single(h));
        }
        states = l.concat(all, 0);
        last = single(h);
      }
      Operand out = l.weights(next + 1, Shape.of(hidden, hidden));
      Operand y = l.emit(new MatMul(false, true), l.reshape(states, time * batch, hidden), out);
      Operand sum = l.add(y, l.weights(next + 2, Shape.of(hidden)));
      return List.of(l.reshape(l.apply(ElementwiseKind.TANH, sum), time, batch, hidden), last);
    }

    /** What the inputs of all steps add to the gates, [T,N,G*D]. */
    private Operand products() {
      UnsupportedFeature.when(
          time > MOST_STEPS, "%d steps with marks that are not constant are not supported", time);
      Operand rows = l.reshape(x, time * batch, x.dim(2));
      Operand y = l.add(l.emit(new MatMul(false, true), rows, w), bias);
      return l.reshape(y, time, batch, gates * hidden);
    }

    private Operand step(Operand products, long t, Operand h) {
      Operand of = l.reshape(l.slice(products, 0, t, 1), batch, gates * hidden);
      return l.add(of, l.emit(new MatMul(false, true), h, recurrent()));
    }

    private Operand gate(Operand sum, int gate) {
      return l.slice(sum, 1, gate * hidden, hidden);
    }
  }
}
