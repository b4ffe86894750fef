package dev.nncc.graph.op;

import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * Convolutions in three spatial axes, lower ranks padded in front with axes of extent 1. The
 * innermost loop runs along a row of the result (Conv) or the operand (ConvTranspose).
 */
final class ConvLoops {
  /** Steps along one spatial axis: source {@code at * stride + tap * dilation - pad}. */
  private record Axis(int from, int to, int taps, int stride, int dilation, int pad) {
    int source(int at, int tap) {
      return at * stride + tap * dilation - pad;
    }

    /** The first {@code at} whose source for the tap is not negative. */
    int begin(int tap) {
      int lack = pad - tap * dilation;
      return lack <= 0 ? 0 : Math.min(to, (lack + stride - 1) / stride);
    }

    /** The end of those whose source is within the operand. */
    int end(int tap) {
      int room = from - 1 + pad - tap * dilation;
      return room < 0 ? 0 : Math.min(to, room / stride + 1);
    }
  }

  private final Tensor x;
  private final Tensor w;
  private final List<Tensor> bias;
  private final int groups;
  private final List<Axis> axes;

  private ConvLoops(List<Tensor> operands, int groups, List<Axis> axes) {
    this.x = operands.get(0);
    this.w = operands.get(1);
    this.bias = operands.subList(2, operands.size());
    this.groups = groups;
    this.axes = axes;
  }

  static Tensor conv(Conv op, List<Tensor> operands, TensorType result) {
    List<Axis> axes = axes(op.strides(), op.dilations(), op.padsBegin(), operands, result, false);
    return new ConvLoops(operands, op.groups(), axes).gather(result);
  }

  /** The same axes with source and result exchanged. */
  static Tensor transposed(ConvTranspose op, List<Tensor> operands, TensorType result) {
    List<Axis> axes = axes(op.strides(), op.dilations(), op.padsBegin(), operands, result, true);
    return new ConvLoops(operands, op.groups(), axes).spread(result);
  }

  private static List<Axis> axes(
      List<Long> strides,
      List<Long> dilations,
      List<Long> pads,
      List<Tensor> operands,
      TensorType result,
      boolean transposed) {
    List<Axis> axes = new ArrayList<>();
    for (int i = 0; i < strides.size(); i++) {
      int in = Math.toIntExact(operands.get(0).shape().dim(i + 2));
      int out = Math.toIntExact(result.dim(i + 2));
      axes.add(
          new Axis(
              transposed ? out : in,
              transposed ? in : out,
              Math.toIntExact(operands.get(1).shape().dim(i + 2)),
              Math.toIntExact(strides.get(i)),
              Math.toIntExact(dilations.get(i)),
              Math.toIntExact(pads.get(i))));
    }
    return longRows(axes);
  }

  /** Three axes, such that the innermost one is long: it is the loop that runs fast. */
  private static List<Axis> longRows(List<Axis> axes) {
    Axis one = new Axis(1, 1, 1, 1, 1, 0);
    boolean pointwise =
        axes.stream().allMatch(a -> a.taps == 1 && a.stride == 1 && a.pad == 0 && a.from == a.to);
    if (pointwise) {
      int all = axes.stream().mapToInt(Axis::from).reduce(1, Math::multiplyExact);
      return List.of(one, one, new Axis(all, all, 1, 1, 1, 0));
    }
    List<Axis> three = new ArrayList<>(axes);
    three.removeIf(a -> a.from == 1 && a.to == 1 && a.taps == 1 && a.pad == 0);
    while (three.size() < 3) {
      three.add(0, one);
    }
    return three;
  }

  private Tensor gather(TensorType result) {
    Sums sums = Sums.of(w, x, result.shape().elements());
    int images = Math.toIntExact(result.dim(0));
    int outs = Math.toIntExact(result.dim(1));
    int ins = Math.toIntExact(w.shape().dim(1));
    int plane = axes.get(0).to * axes.get(1).to * axes.get(2).to;
    int source = axes.get(0).from * axes.get(1).from * axes.get(2).from;
    int taps = axes.get(0).taps * axes.get(1).taps * axes.get(2).taps;
    for (int n = 0; n < images; n++) {
      for (int o = 0; o < outs; o++) {
        int at = (n * outs + o) * plane;
        int first = n * ins * groups + o / (outs / groups) * ins;
        for (int c = 0; c < ins; c++) {
          onePlane(sums, true, at, (o * ins + c) * taps, (first + c) * source);
        }
        if (!bias.isEmpty()) {
          sums.add(at, bias.get(0), o, plane);
        }
      }
    }
    return sums.result(result);
  }

  private Tensor spread(TensorType result) {
    Sums sums = Sums.of(w, x, result.shape().elements());
    int images = Math.toIntExact(result.dim(0));
    int ins = Math.toIntExact(w.shape().dim(0));
    int outs = Math.toIntExact(w.shape().dim(1));
    int plane = axes.get(0).from * axes.get(1).from * axes.get(2).from;
    int source = axes.get(0).to * axes.get(1).to * axes.get(2).to;
    int taps = axes.get(0).taps * axes.get(1).taps * axes.get(2).taps;
    for (int n = 0; n < images; n++) {
      for (int c = 0; c < ins; c++) {
        int first = n * outs * groups + c / (ins / groups) * outs;
        for (int o = 0; o < outs; o++) {
          onePlane(sums, false, (n * ins + c) * source, (c * outs + o) * taps, (first + o) * plane);
        }
      }
      for (int o = 0; o < outs * groups && !bias.isEmpty(); o++) {
        sums.add((n * outs * groups + o) * plane, bias.get(0), o, plane);
      }
    }
    return sums.result(result);
  }

  /**
   * One channel with one channel. {@code at} is where the plane with extents {@code to} begins,
   * {@code from} where the one with extents {@code from}.
   */
  private void onePlane(Sums sums, boolean gather, int at, int weight, int from) {
    Axis d = axes.get(0);
    Axis h = axes.get(1);
    int k = weight;
    for (int kd = 0; kd < d.taps; kd++) {
      for (int kh = 0; kh < h.taps; kh++, k += axes.get(2).taps) {
        for (int od = d.begin(kd); od < d.end(kd); od++) {
          for (int oh = h.begin(kh); oh < h.end(kh); oh++) {
            int row = (d.source(od, kd) * h.from + h.source(oh, kh)) * axes.get(2).from;
            oneRow(sums, gather, at + (od * h.to + oh) * axes.get(2).to, k, from + row);
          }
        }
      }
    }
  }

  private void oneRow(Sums sums, boolean gather, int at, int weight, int from) {
    Axis a = axes.get(2);
    for (int k = 0; k < a.taps; k++) {
      int begin = a.begin(k);
      int n = a.end(k) - begin;
      if (n <= 0) {
        continue;
      }
      int there = from + a.source(begin, k);
      if (gather) {
        sums.axpy(at + begin, weight + k, there, a.stride, n);
      } else {
        sums.spread(there, a.stride, weight + k, at + begin, n);
      }
    }
  }
}
