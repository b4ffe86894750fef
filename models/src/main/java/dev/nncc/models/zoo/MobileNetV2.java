package dev.nncc.models.zoo;

import java.util.Map;

/** MobileNet v2: inverted residuals, wide in the middle, no activation at their end. */
final class MobileNetV2 implements Architecture {
  /** Expansion, output channels, repetitions, stride of the first. */
  private static final int[][] STAGES = {
    {1, 16, 1, 1},
    {6, 24, 2, 2},
    {6, 32, 3, 2},
    {6, 64, 4, 2},
    {6, 96, 3, 1},
    {6, 160, 3, 2},
    {6, 320, 1, 1}
  };

  @Override
  public String name() {
    return "mobilenet-v2";
  }

  @Override
  public String summary() {
    return "MobileNet v2, 224x224, 3.5 M parameters";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L, "size", 224L);
  }

  @Override
  public void build(Net net, Dims dims) {
    Value x = net.input("input", dims.get("batch"), 3, dims.get("size"), dims.get("size"));
    x = unit(net, "features.0", x, Conv.of(32, 3).stride(2));
    int layer = 1;
    for (int[] stage : STAGES) {
      for (int i = 0; i < stage[2]; i++) {
        x = block(net, "features." + layer++, x, stage[0], stage[1], i == 0 ? stage[3] : 1);
      }
    }
    x = unit(net, "features." + layer, x, Conv.of(1280, 1));
    x = net.dropout(net.flatten(net.globalAveragePool(x)), 0.2);
    net.output("output", net.softmax(net.linear("classifier.1", x, 1000, 2)));
  }

  private static Value block(Net net, String name, Value x, int expand, int out, int stride) {
    int width = x.dim(1) * expand;
    boolean residual = stride == 1 && x.dim(1) == out;
    Value y = expand == 1 ? x : unit(net, name + ".conv.0", x, Conv.of(width, 1));
    y = unit(net, name + ".conv.1", y, Conv.depthwise(width, 3).stride(stride));
    y = net.conv(name + ".conv.2", y, Conv.of(out, 1));
    y = net.batchNorm(name + ".conv.3", y, residual ? 0.7 : 1, 1e-5);
    return residual ? net.add(x, y) : y;
  }

  private static Value unit(Net net, String name, Value x, Conv conv) {
    return net.relu6(net.batchNorm(name + ".1", net.conv(name + ".0", x, conv)));
  }
}
