package dev.nncc.models.zoo;

import java.util.function.UnaryOperator;

/**
 * Squeeze and excitation: each channel scaled by a number between 0 and 1 that depends on all
 * channels' means.
 */
final class Gates {
  private Gates() {}

  /**
   * x times its gate.
   *
   * @param squeezed channels in between
   * @param inner activation in between
   * @param gate last activation, a sigmoid of some kind
   */
  static Value apply(
      Net net,
      String name,
      Value x,
      int squeezed,
      UnaryOperator<Value> inner,
      UnaryOperator<Value> gate) {
    Value y = net.globalAveragePool(x);
    y = inner.apply(net.conv(name + ".fc1", y, Conv.of(squeezed, 1).biased()));
    y = gate.apply(net.conv(name + ".fc2", y, Conv.of(x.dim(1), 1).biased()));
    return net.mul(x, y);
  }
}
