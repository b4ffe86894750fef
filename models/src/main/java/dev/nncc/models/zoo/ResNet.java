package dev.nncc.models.zoo;

import java.util.List;
import java.util.Map;

/**
 * Residual networks for 224x224 images.
 *
 * @param blocks residual blocks in each of the four stages
 * @param bottleneck 1x1, 3x3, 1x1 with four times the width at the end, instead of two 3x3
 * @param strideFirst whether a stage's stride sits in the first 1x1 (as first published) or in the
 *     3x3 (as today); only matters for bottlenecks
 */
record ResNet(String name, List<Integer> blocks, boolean bottleneck, boolean strideFirst)
    implements Architecture {
  ResNet {
    blocks = List.copyOf(blocks);
  }

  @Override
  public String summary() {
    int weighted = 2 + blocks.stream().mapToInt(n -> n * (bottleneck ? 3 : 2)).sum();
    return "ResNet-%d, 224x224%s"
        .formatted(weighted, strideFirst ? ", stride in the first 1x1 (2015)" : "");
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L, "size", 224L);
  }

  @Override
  public void build(Net net, Dims dims) {
    Value x = net.input("input", dims.get("batch"), 3, dims.get("size"), dims.get("size"));
    x = net.batchNorm("bn1", net.conv("conv1", x, Conv.of(64, 7).stride(2)));
    x = net.maxPool(net.relu(x), Pool.of(3, 2).pad(1));
    for (int stage = 0; stage < blocks.size(); stage++) {
      for (int block = 0; block < blocks.get(stage); block++) {
        String layer = "layer" + (stage + 1) + "." + block;
        int stride = stage > 0 && block == 0 ? 2 : 1;
        x = block(net, layer, x, 64 << stage, stride);
      }
    }
    x = net.flatten(net.globalAveragePool(x));
    net.output("output", net.softmax(net.linear("fc", x, 1000, 2)));
  }

  private Value block(Net net, String name, Value x, int width, int stride) {
    int out = bottleneck ? 4 * width : width;
    Value skip = x;
    if (stride != 1 || x.dim(1) != out) {
      Value projected = net.conv(name + ".downsample.0", x, Conv.of(out, 1).stride(stride));
      skip = net.batchNorm(name + ".downsample.1", projected);
    }
    Value y = bottleneck ? thin(net, name, x, width, stride) : plain(net, name, x, width, stride);
    return net.relu(net.add(y, skip));
  }

  private static Value plain(Net net, String name, Value x, int width, int stride) {
    Value y = net.conv(name + ".conv1", x, Conv.of(width, 3).stride(stride));
    y = net.relu(net.batchNorm(name + ".bn1", y));
    y = net.conv(name + ".conv2", y, Conv.of(width, 3));
    return branchEnd(net, name + ".bn2", y);
  }

  private Value thin(Net net, String name, Value x, int width, int stride) {
    Value y = net.conv(name + ".conv1", x, Conv.of(width, 1).stride(strideFirst ? stride : 1));
    y = net.relu(net.batchNorm(name + ".bn1", y));
    y = net.conv(name + ".conv2", y, Conv.of(width, 3).stride(strideFirst ? 1 : stride));
    y = net.relu(net.batchNorm(name + ".bn2", y));
    y = net.conv(name + ".conv3", y, Conv.of(4 * width, 1));
    return branchEnd(net, name + ".bn3", y);
  }

  /**
   * Trained networks add little in each block; so do these, or the sum would grow with every one.
   */
  private static Value branchEnd(Net net, String name, Value y) {
    return net.batchNorm(name, y, 0.4, 1e-5);
  }
}
