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
 * Transposed convolution: x[N,C,spatial..] spread by w[C,O/groups,kernel..], optionally plus a bias
 * b[O]. The pads are cut from the result, {@code outputPadding} is added at its end.
 */
public record ConvTranspose(
    List<Long> strides,
    List<Long> padsBegin,
    List<Long> padsEnd,
    List<Long> dilations,
    List<Long> outputPadding,
    int groups)
    implements ContractionOp {
  public ConvTranspose {
    int n = strides.size();
    require(n >= 1 && n <= 3, "ConvTranspose has 1 to 3 spatial axes, not %d", n);
    Checks.sizes("ConvTranspose", n, padsBegin, padsEnd, dilations, outputPadding);
    strides = Checks.atLeast("strides", strides, 1);
    padsBegin = Checks.atLeast("padsBegin", padsBegin, 0);
    padsEnd = Checks.atLeast("padsEnd", padsEnd, 0);
    dilations = Checks.atLeast("dilations", dilations, 1);
    outputPadding = Checks.atLeast("outputPadding", outputPadding, 0);
    require(groups >= 1, "ConvTranspose: groups is %d", groups);
  }

  @Override
  public String name() {
    return "ConvTranspose";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .window(strides, padsBegin, padsEnd, dilations)
        .list("outputPadding", outputPadding, 0)
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
    require(
        x.rank() == n + 2 && w.rank() == n + 2, "ConvTranspose of %s with %s in %d axes", x, w, n);
    require(
        x.dim(1) == w.dim(0) && x.dim(1) % groups == 0,
        "ConvTranspose of %s with %s in %d groups",
        x,
        w,
        groups);
    List<Dim> out = new ArrayList<>(List.of(x.shape().dims().get(0), Dim.of(w.dim(1) * groups)));
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
        ConvLoops.transposed(
            this, operands, infer(operands.stream().map(Tensor::type).toList()).get(0)));
  }

  private long extent(long in, long kernel, int i) {
    long e =
        strides.get(i) * (in - 1)
            + dilations.get(i) * (kernel - 1)
            + 1
            + outputPadding.get(i)
            - padsBegin.get(i)
            - padsEnd.get(i);
    require(e >= 0 && kernel >= 1, "ConvTranspose: extent %d in spatial axis %d", e, i);
    return e;
  }
}
