package dev.nncc.models.zoo;

import java.util.Map;

/**
 * AlexNet in its one-column form: five convolutions, three fully connected layers that hold most
 * weights.
 */
final class AlexNet implements Architecture {
  @Override
  public String name() {
    return "alexnet";
  }

  @Override
  public String summary() {
    return "AlexNet (one column), 224x224, 61 M parameters";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L);
  }

  @Override
  public void build(Net net, Dims dims) {
    Value x = net.input("input", dims.get("batch"), 3, 224, 224);
    x = net.relu(net.conv("features.0", x, Conv.of(64, 11).stride(4).pad(2).biased()));
    x = net.maxPool(x, Pool.of(3, 2));
    x = net.relu(net.conv("features.3", x, Conv.of(192, 5).biased()));
    x = net.maxPool(x, Pool.of(3, 2));
    x = net.relu(net.conv("features.6", x, Conv.of(384, 3).biased()));
    x = net.relu(net.conv("features.8", x, Conv.of(256, 3).biased()));
    x = net.relu(net.conv("features.10", x, Conv.of(256, 3).biased()));
    x = net.maxPool(x, Pool.of(3, 2));
    // Adaptive pooling to 6x6 of what is 6x6 already: exporters leave a pooling of one element.
    x = net.averagePool(x, Pool.of(1, 1));
    x = net.dropout(net.flatten(x), 0.5);
    x = net.dropout(net.relu(net.linear("classifier.1", x, 4096, 1)), 0.5);
    x = net.relu(net.linear("classifier.4", x, 4096, 1));
    net.output("output", net.softmax(net.linear("classifier.6", x, 1000, 2)));
  }
}
