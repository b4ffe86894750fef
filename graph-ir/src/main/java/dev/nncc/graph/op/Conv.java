package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * Convolution of x[N,C,spatial..] with w[O,C/groups,kernel..] and optionally a bias b[O]; spatial
 * rank 1 to 3, zero padding.
 */
public record Conv(
    List<Long> strides, List<Long> padsBegin, List<Long> padsEnd, List<Long> dilations, int groups)
    implements ContractionOp {
  public Conv {
    int n = strides.size();
    require(n >= 1 && n <= 3, "Conv has 1 to 3 spatial axes, not %d", n);
    Checks.sizes("Conv", n, padsBegin, padsEnd, dilations);
    strides = Checks.atLeast("strides", strides, 1);
    padsBegin = Checks.atLeast("padsBegin", padsBegin, 0);
    padsEnd = Checks.atLeast("padsEnd", padsEnd, 0);
    dilations = Checks.atLeast("dilations", dilations, 1);
    require(groups >= 1, "Conv: groups is %d", groups);
  }

  @Override
  public String name() {
    return "Conv";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .window(strides, padsBegin, padsEnd, dilations)
        .put("groups", groups, 1)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 2, 3);
    Checks.sameDtype(name(), operands);
    TensorType x = operands.get(0);
    TensorType w = operands.get(1);
    int n = strides.size();
    Checks.isNumber(name(), x);
    require(x.rank() == n + 2 && w.rank() == n + 2, "Conv of %s with %s in %d axes", x, w, n);
    long c = x.dim(1);
    require(
        c == w.dim(1) * groups && w.dim(0) % groups == 0,
        "Conv of %s with %s in %d groups",
        x,
        w,
        groups);
    List<Dim> out = new ArrayList<>(List.of(x.shape().dims().get(0), w.shape().dims().get(0)));
    for (int i = 0; i < n; i++) {
      out.add(Dim.of(extent(x.dim(i + 2), w.dim(i + 2), i)));
    }
    if (operands.size() == 3) {
      Checks.shape(name(), "bias", operands.get(2), out.subList(1, 2));
    }
    return List.of(x.withShape(new Shape(out)));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        ConvLoops.conv(this, operands, infer(operands.stream().map(Tensor::type).toList()).get(0)));
  }

  private long extent(long in, long kernel, int i) {
    require(kernel >= 1, "Conv: kernel of extent %d", kernel);
    long room = in + padsBegin.get(i) + padsEnd.get(i) - (dilations.get(i) * (kernel - 1) + 1);
    require(room >= 0, "Conv: kernel of extent %d does not fit spatial axis %d", kernel, i);
    return room / strides.get(i) + 1;
  }
}
