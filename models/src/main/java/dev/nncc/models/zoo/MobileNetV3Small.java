package dev.nncc.models.zoo;

import java.util.List;
import java.util.Map;

/** MobileNet v3 small: inverted residuals with squeeze and excitation and the hard swish. */
final class MobileNetV3Small implements Architecture {
  private static final double EPSILON = 1e-3;

  private record Block(
      int kernel, int width, int out, boolean gated, boolean hardSwish, int stride) {}

  private static final List<Block> BLOCKS =
      List.of(
          new Block(3, 16, 16, true, false, 2),
          new Block(3, 72, 24, false, false, 2),
          new Block(3, 88, 24, false, false, 1),
          new Block(5, 96, 40, true, true, 2),
          new Block(5, 240, 40, true, true, 1),
          new Block(5, 240, 40, true, true, 1),
          new Block(5, 120, 48, true, true, 1),
          new Block(5, 144, 48, true, true, 1),
          new Block(5, 288, 96, true, true, 2),
          new Block(5, 576, 96, true, true, 1),
          new Block(5, 576, 96, true, true, 1));

  @Override
  public String name() {
    return "mobilenet-v3-small";
  }

  @Override
  public String summary() {
    return "MobileNet v3 small, 224x224, 2.5 M parameters";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L, "size", 224L);
  }

  @Override
  public void build(Net net, Dims dims) {
    Value x = net.input("input", dims.get("batch"), 3, dims.get("size"), dims.get("size"));
    x = net.hardSwish(unit(net, "features.0", x, Conv.of(16, 3).stride(2), 1));
    int layer = 1;
    for (Block block : BLOCKS) {
      x = block(net, "features." + layer++, x, block);
    }
    x = net.hardSwish(unit(net, "features." + layer, x, Conv.of(576, 1), 1));
    x = net.flatten(net.globalAveragePool(x));
    x = net.hardSwish(net.linear("classifier.0", x, 1024, 1));
    x = net.dropout(x, 0.2);
    net.output("output", net.softmax(net.linear("classifier.3", x, 1000, 2)));
  }

  private static Value block(Net net, String name, Value x, Block b) {
    boolean residual = b.stride() == 1 && x.dim(1) == b.out();
    Value y = x;
    if (b.width() != x.dim(1)) {
      y = activated(net, b, unit(net, name + ".expand", y, Conv.of(b.width(), 1), 1));
    }
    Conv depthwise = Conv.depthwise(b.width(), b.kernel()).stride(b.stride());
    y = activated(net, b, unit(net, name + ".depthwise", y, depthwise, 1));
    if (b.gated()) {
      // A quarter of the channels, rounded to a multiple of eight.
      int squeezed = Math.max(8, (b.width() / 4 + 4) / 8 * 8);
      y = Gates.apply(net, name + ".se", y, squeezed, net::relu, net::hardSigmoid);
    }
    y = unit(net, name + ".project", y, Conv.of(b.out(), 1), residual ? 0.7 : 1);
    return residual ? net.add(y, x) : y;
  }

  private static Value activated(Net net, Block b, Value x) {
    return b.hardSwish() ? net.hardSwish(x) : net.relu(x);
  }

  private static Value unit(Net net, String name, Value x, Conv conv, double gain) {
    return net.batchNorm(name + ".1", net.conv(name + ".0", x, conv), gain, EPSILON);
  }
}
