package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.EmbedParameter;
import dev.nncc.frontend.caffe.proto.InnerProductParameter;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.MatMul;
import java.util.ArrayList;
import java.util.List;

/** Products with a matrix of weights, and rows of one. */
final class ProductLayers {
  private ProductLayers() {}

  static void addTo(LayerTable t) {
    t.one("InnerProduct", ProductLayers::innerProduct);
    t.one("Embed", ProductLayers::embed);
  }

  private static Operand innerProduct(CaffeLayer l) {
    Operand x = l.in(0);
    InnerProductParameter p = l.proto().getInnerProductParam();
    int axis = CaffeLayer.axis(p.getAxis(), x.rank());
    long n = p.getNumOutput();
    require(n > 0, "num_output is %d", n);
    long k = CaffeLayer.count(x, axis, x.rank());
    boolean transposed = p.getTranspose();
    Operand w =
        l.weights(
            0,
            transposed ? Shape.of(k, n) : Shape.of(n, k),
            p.hasWeightFiller(),
            p.getWeightFiller());
    Operand y =
        l.emit(new MatMul(false, !transposed), l.reshape(x, CaffeLayer.count(x, 0, axis), k), w);
    if (p.getBiasTerm()) {
      y = l.add(y, l.weights(1, Shape.of(n), p.hasBiasFiller(), p.getBiasFiller()));
    }
    List<Long> extents = new ArrayList<>(CaffeLayer.extents(x).subList(0, axis));
    extents.add(n);
    return l.reshape(y, Shape.of(extents));
  }

  private static Operand embed(CaffeLayer l) {
    EmbedParameter p = l.proto().getEmbedParam();
    require(
        p.getNumOutput() > 0 && p.getInputDim() > 0,
        "num_output %d, input_dim %d",
        p.getNumOutput(),
        p.getInputDim());
    Operand table =
        l.weights(
            0,
            Shape.of(p.getInputDim(), p.getNumOutput()),
            p.hasWeightFiller(),
            p.getWeightFiller());
    Operand y = l.emit(new Gather(0), table, l.cast(l.in(0), DType.I64));
    return p.getBiasTerm()
        ? l.add(y, l.weights(1, Shape.of(p.getNumOutput()), p.hasBiasFiller(), p.getBiasFiller()))
        : y;
  }
}
