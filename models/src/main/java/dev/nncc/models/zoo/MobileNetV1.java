package dev.nncc.models.zoo;

import java.util.Map;

/** MobileNet v1: thirteen depthwise convolutions, each followed by a 1x1. */
final class MobileNetV1 implements Architecture {
  /** Output channels and stride of each pair. */
  private static final int[][] PAIRS = {
    {64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}, {512, 1}, {512, 1},
    {512, 1}, {512, 1}, {1024, 2}, {1024, 1}
  };

  @Override
  public String name() {
    return "mobilenet-v1";
  }

  @Override
  public String summary() {
    return "MobileNet v1, 224x224, 4.2 M parameters";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L, "size", 224L);
  }

  @Override
  public void build(Net net, Dims dims) {
    Value x = net.input("input", dims.get("batch"), 3, dims.get("size"), dims.get("size"));
    x = unit(net, "model.0", x, Conv.of(32, 3).stride(2));
    int layer = 1;
    for (int[] pair : PAIRS) {
      String name = "model." + layer++;
      x = unit(net, name + ".depthwise", x, Conv.depthwise(x.dim(1), 3).stride(pair[1]));
      x = unit(net, name + ".pointwise", x, Conv.of(pair[0], 1));
    }
    x = net.flattenByShape(net.globalAveragePool(x));
    net.output("output", net.softmax(net.linear("fc", net.dropout(x, 0.001), 1000, 2)));
  }

  private static Value unit(Net net, String name, Value x, Conv conv) {
    return net.relu(net.batchNorm(name + ".bn", net.conv(name + ".conv", x, conv)));
  }
}
