package dev.nncc.models.zoo;

import java.util.Map;

/** EfficientNet-B0: inverted residuals with squeeze and excitation and SiLU, kernels of 3 and 5. */
final class EfficientNetB0 implements Architecture {
  /** Expansion, kernel, stride of the first, output channels, repetitions. */
  private static final int[][] STAGES = {
    {1, 3, 1, 16, 1},
    {6, 3, 2, 24, 2},
    {6, 5, 2, 40, 2},
    {6, 3, 2, 80, 3},
    {6, 5, 1, 112, 3},
    {6, 5, 2, 192, 4},
    {6, 3, 1, 320, 1}
  };

  @Override
  public String name() {
    return "efficientnet-b0";
  }

  @Override
  public String summary() {
    return "EfficientNet-B0, 224x224, 5.3 M parameters";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L, "size", 224L);
  }

  @Override
  public void build(Net net, Dims dims) {
    Value x = net.input("input", dims.get("batch"), 3, dims.get("size"), dims.get("size"));
    x = net.silu(unit(net, "features.0", x, Conv.of(32, 3).stride(2), 1));
    for (int stage = 0; stage < STAGES.length; stage++) {
      int[] s = STAGES[stage];
      for (int i = 0; i < s[4]; i++) {
        String name = "features." + (stage + 1) + "." + i;
        x = block(net, name, x, s[0], s[3], Conv.of(1, s[1]).stride(i == 0 ? s[2] : 1));
      }
    }
    x = net.silu(unit(net, "features.8", x, Conv.of(1280, 1), 1));
    x = net.dropout(net.flatten(net.globalAveragePool(x)), 0.2);
    net.output("output", net.softmax(net.linear("classifier.1", x, 1000, 2)));
  }

  /** {@code window} gives the depthwise convolution's kernel and stride. */
  private static Value block(Net net, String name, Value x, int expand, int out, Conv window) {
    int width = x.dim(1) * expand;
    boolean residual = window.stride() == 1 && x.dim(1) == out;
    Value y = x;
    if (expand != 1) {
      y = net.silu(unit(net, name + ".expand", y, Conv.of(width, 1), 1));
    }
    Conv depthwise = Conv.depthwise(width, window.kernelH()).stride(window.stride());
    y = net.silu(unit(net, name + ".depthwise", y, depthwise, 1));
    y = Gates.apply(net, name + ".se", y, Math.max(1, x.dim(1) / 4), net::silu, net::sigmoid);
    y = unit(net, name + ".project", y, Conv.of(out, 1), residual ? 0.7 : 1);
    return residual ? net.add(y, x) : y;
  }

  private static Value unit(Net net, String name, Value x, Conv conv, double gain) {
    return net.batchNorm(name + ".1", net.conv(name + ".0", x, conv), gain, 1e-5);
  }
}
