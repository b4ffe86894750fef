package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.DType;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * Maximum or average over windows of x[N,C,spatial..], spatial rank 1 to 3. Padding never wins a
 * maximum and never adds to an average; {@code countPad} counts it in the divisor. With {@code
 * ceilMode} the last window may reach past the padding, if it starts before it; what lies there is
 * never counted.
 */
public record Pool(
    PoolKind kind,
    List<Long> kernel,
    List<Long> strides,
    List<Long> padsBegin,
    List<Long> padsEnd,
    List<Long> dilations,
    boolean countPad,
    boolean ceilMode)
    implements ReductionOp {
  public Pool {
    int n = kernel.size();
    require(n >= 1 && n <= 3, "Pool has 1 to 3 spatial axes, not %d", n);
    Checks.sizes("Pool", n, strides, padsBegin, padsEnd, dilations);
    kernel = Checks.atLeast("kernel", kernel, 1);
    strides = Checks.atLeast("strides", strides, 1);
    padsBegin = Checks.atLeast("padsBegin", padsBegin, 0);
    padsEnd = Checks.atLeast("padsEnd", padsEnd, 0);
    dilations = Checks.atLeast("dilations", dilations, 1);
  }

  @Override
  public String name() {
    return "Pool";
  }

  @Override
  public Attributes attributes() {
    return new AttributeReader.Writer()
        .put("kind", kind)
        .put("kernel", kernel)
        .list("strides", strides, 1)
        .pads(padsBegin, padsEnd)
        .list("dilations", dilations, 1)
        .put("countPad", countPad, false)
        .put("ceilMode", ceilMode, false)
        .done();
  }

  @Override
  public List<TensorType> infer(List<TensorType> operands) {
    Checks.operands(name(), operands, 1, 1);
    TensorType x = operands.get(0);
    int n = kernel.size();
    Checks.isNumber(name(), x);
    require(x.dtype() != DType.I64 && x.dtype() != DType.U64, "Pool of %s", x);
    require(x.rank() == n + 2, "Pool of %s in %d axes", x, n);
    List<Dim> out = new ArrayList<>(x.shape().dims().subList(0, 2));
    for (int i = 0; i < n; i++) {
      out.add(Dim.of(extent(x.dim(i + 2), i)));
    }
    return List.of(x.withShape(new Shape(out)));
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> operands) {
    return List.of(
        PoolLoops.evaluate(
            this, operands.get(0), infer(operands.stream().map(Tensor::type).toList()).get(0)));
  }

  private long extent(long in, int i) {
    long reach = dilations.get(i) * (kernel.get(i) - 1) + 1;
    long room = in + padsBegin.get(i) + padsEnd.get(i) - reach;
    long stride = strides.get(i);
    require(
        room >= 0 || ceilMode && room > -stride,
        "Pool: window of extent %d does not fit spatial axis %d",
        reach,
        i);
    if (!ceilMode) {
      return room / stride + 1;
    }
    long e = Math.floorDiv(room + stride - 1, stride) + 1;
    return (e - 1) * stride >= in + padsBegin.get(i) ? e - 1 : e;
  }
}
