package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import java.util.ArrayList;
import java.util.List;

/** Convolutions over one to three spatial axes. */
final class ConvolutionImports {
  private ConvolutionImports() {}

  static void addTo(OperatorTable t) {
    t.one("Conv", 1, ConvolutionImports::conv);
    t.one("ConvTranspose", 1, ConvolutionImports::convTranspose);
    t.limit("Conv", "1 to 3 spatial axes");
    t.limit("ConvTranspose", "1 to 3 spatial axes");
  }

  /** The extents of the weights; an attribute may repeat them. */
  private static List<Long> kernel(OnnxNode n, Operand x, Operand w) {
    require(w.rank() == x.rank(), "weights %s for %s", w.type(), x.type());
    List<Long> kernel = Windows.spatial(w);
    List<Long> said = n.attrs().integers("kernel_shape");
    require(
        said.isEmpty() || said.equals(kernel), "kernel_shape %s for weights %s", said, w.type());
    for (long k : kernel) {
      require(k > 0, "weights %s are empty", w.type());
    }
    return kernel;
  }

  private static int groups(OnnxNode n) {
    long g = n.attrs().integer("group", 1);
    require(g >= 1 && g <= Integer.MAX_VALUE, "group is %d", g);
    return (int) g;
  }

  private static Operand conv(OnnxNode n) {
    Operand x = n.in(0);
    Operand w = n.in(1);
    List<Long> extents = Windows.spatial(x);
    Windows v = Windows.of(n, extents, kernel(n, x, w));
    Conv conv = new Conv(v.strides(), v.padsBegin(), v.padsEnd(), v.dilations(), groups(n));
    return n.has(2) ? n.emit(conv, x, w, n.in(2)) : n.emit(conv, x, w);
  }

  private static Operand convTranspose(OnnxNode n) {
    Operand x = n.in(0);
    Operand w = n.in(1);
    List<Long> extents = Windows.spatial(x);
    List<Long> kernel = kernel(n, x, w);
    int rank = extents.size();
    List<Long> strides = Windows.listed(n, "strides", rank, 1);
    List<Long> dilations = Windows.listed(n, "dilations", rank, 1);
    List<Long> outputPadding = new ArrayList<>(Windows.listed(n, "output_padding", rank, 0));
    List<Long> wanted = n.attrs().integers("output_shape");
    if (wanted.size() == rank + 2) {
      wanted = wanted.subList(2, rank + 2);
    }
    Windows.AutoPad auto = Windows.AutoPad.of(n);
    boolean same = auto == Windows.AutoPad.SAME_UPPER || auto == Windows.AutoPad.SAME_LOWER;
    List<Long> begin = new ArrayList<>();
    List<Long> end = new ArrayList<>();
    if (wanted.isEmpty() && !same) {
      Windows v = Windows.of(n, extents, kernel);
      begin.addAll(v.padsBegin());
      end.addAll(v.padsEnd());
    } else {
      require(wanted.isEmpty() || wanted.size() == rank, "output_shape is %s", wanted);
      for (int i = 0; i < rank; i++) {
        long out =
            wanted.isEmpty() ? Math.multiplyExact(extents.get(i), strides.get(i)) : wanted.get(i);
        long full =
            strides.get(i) * (extents.get(i) - 1)
                + outputPadding.get(i)
                + (kernel.get(i) - 1) * dilations.get(i)
                + 1;
        long total = full - out;
        if (total < 0) {
          // Nothing reaches the rest of the result.
          outputPadding.set(i, outputPadding.get(i) - total);
          total = 0;
        }
        begin.add(auto == Windows.AutoPad.SAME_UPPER ? total / 2 : total - total / 2);
        end.add(total - begin.get(i));
      }
    }
    ConvTranspose conv =
        new ConvTranspose(strides, begin, end, dilations, outputPadding, groups(n));
    return n.has(2) ? n.emit(conv, x, w, n.in(2)) : n.emit(conv, x, w);
  }
}
