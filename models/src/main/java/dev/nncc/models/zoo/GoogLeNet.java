package dev.nncc.models.zoo;

import java.util.List;
import java.util.Map;

/**
 * GoogLeNet as first published: nine inception modules, two local response normalisations, no batch
 * norms.
 */
final class GoogLeNet implements Architecture {
  @Override
  public String name() {
    return "googlenet";
  }

  @Override
  public String summary() {
    return "GoogLeNet (2014, with its LRNs), 224x224, 7 M parameters";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L, "size", 224L);
  }

  @Override
  public void build(Net net, Dims dims) {
    Value x = net.input("input", dims.get("batch"), 3, dims.get("size"), dims.get("size"));
    x = net.relu(net.conv("conv1", x, Conv.of(64, 7).stride(2).biased()));
    x = net.lrn(net.maxPool(x, Pool.of(3, 2).ceiling()), 5, 1e-4, 0.75);
    x = net.relu(net.conv("conv2.reduce", x, Conv.of(64, 1).biased()));
    x = net.relu(net.conv("conv2", x, Conv.of(192, 3).biased()));
    x = net.maxPool(net.lrn(x, 5, 1e-4, 0.75), Pool.of(3, 2).ceiling());
    x = inception(net, "inception3a", x, 64, 96, 128, 16, 32, 32);
    x = inception(net, "inception3b", x, 128, 128, 192, 32, 96, 64);
    x = net.maxPool(x, Pool.of(3, 2).ceiling());
    x = inception(net, "inception4a", x, 192, 96, 208, 16, 48, 64);
    x = inception(net, "inception4b", x, 160, 112, 224, 24, 64, 64);
    x = inception(net, "inception4c", x, 128, 128, 256, 24, 64, 64);
    x = inception(net, "inception4d", x, 112, 144, 288, 32, 64, 64);
    x = inception(net, "inception4e", x, 256, 160, 320, 32, 128, 128);
    x = net.maxPool(x, Pool.of(3, 2).ceiling());
    x = inception(net, "inception5a", x, 256, 160, 320, 32, 128, 128);
    x = inception(net, "inception5b", x, 384, 192, 384, 48, 128, 128);
    x = net.dropout(net.globalAveragePool(x), 0.4);
    net.output("output", net.softmax(net.linear("fc", net.flatten(x), 1000, 2)));
  }

  private static Value inception(
      Net net,
      String name,
      Value x,
      int one,
      int three0,
      int three,
      int five0,
      int five,
      int pool) {
    Value a = convRelu(net, name + ".1x1", x, Conv.of(one, 1));
    Value b = convRelu(net, name + ".3x3.reduce", x, Conv.of(three0, 1));
    b = convRelu(net, name + ".3x3", b, Conv.of(three, 3));
    Value c = convRelu(net, name + ".5x5.reduce", x, Conv.of(five0, 1));
    c = convRelu(net, name + ".5x5", c, Conv.of(five, 5));
    Value d = net.maxPool(x, Pool.of(3, 1).pad(1));
    d = convRelu(net, name + ".pool", d, Conv.of(pool, 1));
    return net.concat(1, List.of(a, b, c, d));
  }

  private static Value convRelu(Net net, String name, Value x, Conv conv) {
    return net.relu(net.conv(name, x, conv.biased()));
  }
}
