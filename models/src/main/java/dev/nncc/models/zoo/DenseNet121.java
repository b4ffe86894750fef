package dev.nncc.models.zoo;

import java.util.List;
import java.util.Map;

/**
 * DenseNet-121: every layer of a block reads what all layers before it wrote, joined by
 * concatenation.
 */
final class DenseNet121 implements Architecture {
  private static final int GROWTH = 32;
  private static final int[] BLOCKS = {6, 12, 24, 16};

  @Override
  public String name() {
    return "densenet121";
  }

  @Override
  public String summary() {
    return "DenseNet-121, 224x224, 8 M parameters";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L, "size", 224L);
  }

  @Override
  public void build(Net net, Dims dims) {
    Value x = net.input("input", dims.get("batch"), 3, dims.get("size"), dims.get("size"));
    x = net.batchNorm("features.norm0", net.conv("features.conv0", x, Conv.of(64, 7).stride(2)));
    x = net.maxPool(net.relu(x), Pool.of(3, 2).pad(1));
    for (int block = 1; block <= BLOCKS.length; block++) {
      for (int layer = 1; layer <= BLOCKS[block - 1]; layer++) {
        String name = "features.denseblock%d.denselayer%d".formatted(block, layer);
        x = net.concat(1, List.of(x, layer(net, name, x)));
      }
      if (block < BLOCKS.length) {
        String name = "features.transition" + block;
        Value y = net.relu(net.batchNorm(name + ".norm", x));
        y = net.conv(name + ".conv", y, Conv.of(x.dim(1) / 2, 1));
        x = net.averagePool(y, Pool.of(2, 2));
      }
    }
    x = net.relu(net.batchNorm("features.norm5", x));
    x = net.flatten(net.globalAveragePool(x));
    net.output("output", net.softmax(net.linear("classifier", x, 1000, 2)));
  }

  private static Value layer(Net net, String name, Value x) {
    Value y = net.relu(net.batchNorm(name + ".norm1", x));
    y = net.conv(name + ".conv1", y, Conv.of(4 * GROWTH, 1));
    y = net.relu(net.batchNorm(name + ".norm2", y));
    return net.conv(name + ".conv2", y, Conv.of(GROWTH, 3));
  }
}
