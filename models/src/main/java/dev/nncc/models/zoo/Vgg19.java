package dev.nncc.models.zoo;

import java.util.Map;

/** VGG-19: sixteen 3x3 convolutions in five stages, three fully connected layers. */
final class Vgg19 implements Architecture {
  private static final int[][] STAGES = {
    {64, 64}, {128, 128}, {256, 256, 256, 256}, {512, 512, 512, 512}, {512, 512, 512, 512}
  };

  @Override
  public String name() {
    return "vgg19";
  }

  @Override
  public String summary() {
    return "VGG-19, 224x224, 144 M parameters";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L);
  }

  @Override
  public void build(Net net, Dims dims) {
    Value x = net.input("input", dims.get("batch"), 3, 224, 224);
    int layer = 0;
    for (int[] stage : STAGES) {
      for (int channels : stage) {
        x = net.relu(net.conv("features." + layer, x, Conv.of(channels, 3).biased()));
        layer += 2;
      }
      x = net.maxPool(x, Pool.of(2, 2));
      layer++;
    }
    x = net.flatten(net.averagePool(x, Pool.of(1, 1)));
    x = net.dropout(net.relu(net.linear("classifier.0", x, 4096, 1)), 0.5);
    x = net.dropout(net.relu(net.linear("classifier.3", x, 4096, 1)), 0.5);
    net.output("output", net.softmax(net.linear("classifier.6", x, 1000, 2)));
  }
}
