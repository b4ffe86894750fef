package dev.nncc.models.zoo;

import java.util.List;
import java.util.Map;

/**
 * SqueezeNet 1.1: fire modules, a 1x1 convolution that feeds a 1x1 and a 3x3 one whose results are
 * joined.
 */
final class SqueezeNet implements Architecture {
  @Override
  public String name() {
    return "squeezenet1.1";
  }

  @Override
  public String summary() {
    return "SqueezeNet 1.1, 224x224, 1.2 M parameters";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L, "size", 224L);
  }

  @Override
  public void build(Net net, Dims dims) {
    Value x = net.input("input", dims.get("batch"), 3, dims.get("size"), dims.get("size"));
    x = net.relu(net.conv("features.0", x, Conv.of(64, 3).stride(2).valid().biased()));
    x = net.maxPool(x, Pool.of(3, 2).ceiling());
    x = fire(net, 3, x, 16, 64);
    x = fire(net, 4, x, 16, 64);
    x = net.maxPool(x, Pool.of(3, 2).ceiling());
    x = fire(net, 6, x, 32, 128);
    x = fire(net, 7, x, 32, 128);
    x = net.maxPool(x, Pool.of(3, 2).ceiling());
    x = fire(net, 9, x, 48, 192);
    x = fire(net, 10, x, 48, 192);
    x = fire(net, 11, x, 64, 256);
    x = fire(net, 12, x, 64, 256);
    x = net.dropout(x, 0.5);
    // The classes' ReLU and mean shrink the scores again, hence the larger gain.
    x = net.relu(net.conv("classifier.1", x, Conv.of(1000, 1).biased(), 4));
    x = net.flatten(net.globalAveragePool(x));
    net.output("output", net.softmax(x));
  }

  private static Value fire(Net net, int layer, Value x, int squeeze, int expand) {
    String name = "features." + layer;
    Value s = net.relu(net.conv(name + ".squeeze", x, Conv.of(squeeze, 1).biased()));
    Value one = net.relu(net.conv(name + ".expand1x1", s, Conv.of(expand, 1).biased()));
    Value three = net.relu(net.conv(name + ".expand3x3", s, Conv.of(expand, 3).biased()));
    return net.concat(1, List.of(one, three));
  }
}
