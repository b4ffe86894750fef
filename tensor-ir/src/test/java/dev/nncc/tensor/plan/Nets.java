package dev.nncc.tensor.plan;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.standard.Pipelines;
import dev.nncc.tensor.placement.Placement;
import java.util.Collections;
import java.util.List;

/** Small networks for tests of plans. */
public final class Nets {
  private final GraphBuilder b = new GraphBuilder("net");
  private int inputs;

  Value input(long... dims) {
    return b.input("x" + inputs++, new TensorType(DType.F32, Shape.of(dims)));
  }

  Value op(Op op, Value... operands) {
    return b.add(Origin.of("n" + operands.length, op.name()), op, operands);
  }

  Value conv(Value x, long channels, long kernel) {
    return conv(x, channels, kernel, 1);
  }

  Value conv(Value x, long channels, long kernel, long stride) {
    Shape w = Shape.of(channels, x.shape().dim(1), kernel, kernel);
    List<Long> pads = Collections.nCopies(2, kernel / 2);
    Conv c = new Conv(Collections.nCopies(2, stride), pads, pads, Collections.nCopies(2, 1L), 1);
    return op(c, x, b.constant(Tensor.filled(new TensorType(DType.F32, w), 0.01)));
  }

  Value relu(Value x) {
    return op(Elementwise.of(ElementwiseKind.RELU), x);
  }

  Value add(Value x, Value y) {
    return op(Elementwise.of(ElementwiseKind.ADD), x, y);
  }

  /** As it is. */
  Graph plain(Value... outputs) {
    for (int i = 0; i < outputs.length; i++) {
      b.output("y" + i, outputs[i]);
    }
    return b.build();
  }

  /** After all passes, with storages. */
  Placement placed(Value... outputs) {
    Graph g = plain(outputs);
    return Placement.of(
        Pipelines.standard(PassOptions.DEFAULT).run(g, new PassContext(PassOptions.DEFAULT)));
  }

  /** Values with borders of several geometries, which a small arena makes share memory. */
  public static Placement pyramid() {
    Nets n = new Nets();
    Value x = n.relu(n.conv(n.input(1, 3, 20, 20), 16, 3));
    Value y = n.relu(n.conv(x, 16, 3));
    Value z = n.relu(n.conv(y, 32, 3, 2));
    Value u = n.relu(n.conv(z, 32, 3));
    Value v = n.relu(n.conv(n.relu(n.conv(u, 48, 3, 2)), 48, 3));
    return n.placed(n.relu(n.conv(v, 16, 1)));
  }

  /** Two blocks whose second convolution adds what the first one read. */
  public static Placement residual() {
    Nets n = new Nets();
    Value x = n.relu(n.conv(n.input(1, 3, 12, 12), 16, 3));
    Value y = n.relu(n.add(n.conv(n.relu(n.conv(x, 16, 3)), 16, 3), x));
    Value z = n.relu(n.add(n.conv(n.relu(n.conv(y, 16, 3)), 16, 3), y));
    return n.placed(n.conv(z, 4, 1));
  }
}
