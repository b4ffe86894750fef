package dev.nncc.models.zoo;

import java.util.Map;

/**
 * The first convolutional network for digits, 1998, in its usual later form with ReLU and max
 * pooling.
 */
final class LeNet implements Architecture {
  @Override
  public String name() {
    return "lenet";
  }

  @Override
  public String summary() {
    return "LeNet-5 for 28x28 digits";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L);
  }

  @Override
  public void build(Net net, Dims dims) {
    Value x = net.input("input", dims.get("batch"), 1, 28, 28);
    x = net.relu(net.conv("conv1", x, Conv.of(6, 5).biased()));
    x = net.maxPool(x, Pool.of(2, 2));
    x = net.relu(net.conv("conv2", x, Conv.of(16, 5).valid().biased()));
    x = net.maxPool(x, Pool.of(2, 2));
    x = net.flattenByShape(x);
    x = net.relu(net.linear("fc1", x, 120, 1));
    x = net.relu(net.linear("fc2", x, 84, 1));
    net.output("output", net.softmax(net.linear("fc3", x, 10, 1)));
  }
}
