package dev.nncc.models.zoo;

import java.util.List;
import java.util.Map;

/** ShuffleNet v2, width 1: half of the channels pass by, then both halves are interleaved. */
final class ShuffleNetV2 implements Architecture {
  private static final int[][] STAGES = {{4, 116}, {8, 232}, {4, 464}};

  @Override
  public String name() {
    return "shufflenet-v2";
  }

  @Override
  public String summary() {
    return "ShuffleNet v2 x1.0, 224x224, 2.3 M parameters";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L, "size", 224L);
  }

  @Override
  public void build(Net net, Dims dims) {
    Value x = net.input("input", dims.get("batch"), 3, dims.get("size"), dims.get("size"));
    x = net.relu(unit(net, "conv1", x, Conv.of(24, 3).stride(2)));
    x = net.maxPool(x, Pool.of(3, 2).pad(1));
    for (int stage = 0; stage < STAGES.length; stage++) {
      String name = "stage" + (stage + 2) + ".";
      x = shrink(net, name + 0, x, STAGES[stage][1]);
      for (int i = 1; i < STAGES[stage][0]; i++) {
        x = keep(net, name + i, x);
      }
    }
    x = net.relu(unit(net, "conv5", x, Conv.of(1024, 1)));
    x = net.flatten(net.globalAveragePool(x));
    net.output("output", net.softmax(net.linear("fc", x, 1000, 2)));
  }

  /** Halves the image: both branches read all channels. */
  private static Value shrink(Net net, String name, Value x, int out) {
    int half = out / 2;
    Conv first = Conv.depthwise(x.dim(1), 3).stride(2);
    Value left = unit(net, name + ".branch1.0", x, first);
    left = net.relu(unit(net, name + ".branch1.2", left, Conv.of(half, 1)));
    Value right = branch(net, name + ".branch2", x, half, 2);
    return shuffle(net, net.concat(1, List.of(left, right)));
  }

  private static Value keep(Net net, String name, Value x) {
    List<Value> halves = net.halves(x);
    Value right = branch(net, name + ".branch2", halves.get(1), x.dim(1) / 2, 1);
    return shuffle(net, net.concat(1, List.of(halves.get(0), right)));
  }

  private static Value branch(Net net, String name, Value x, int out, int stride) {
    Value y = net.relu(unit(net, name + ".0", x, Conv.of(out, 1)));
    y = unit(net, name + ".3", y, Conv.depthwise(out, 3).stride(stride));
    return net.relu(unit(net, name + ".5", y, Conv.of(out, 1)));
  }

  /** C = 2 x C/2 becomes C/2 x 2; the shapes are computed from x's. */
  private static Value shuffle(Net net, Value x) {
    Extent batch = net.shapes().extent(x.name(), 0, x.dim(0));
    Extent channels = net.shapes().extent(x.name(), 1, x.dim(1));
    Extent height = net.shapes().extent(x.name(), 2, x.dim(2));
    Extent width = net.shapes().extent(x.name(), 3, x.dim(3));
    Extent half = net.shapes().divided(channels, 2);
    Value y = net.reshape(x, batch, Extent.of(2), half, height, width);
    y = net.transpose(y, 0, 2, 1, 3, 4);
    return net.reshape(y, batch, Extent.rest(x.dim(1)), height, width);
  }

  private static Value unit(Net net, String name, Value x, Conv conv) {
    return net.batchNorm(name + ".bn", net.conv(name + ".conv", x, conv));
  }
}
