package dev.nncc.models.zoo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * U-Net for segmentation: four halvings of the image, four doublings by transposed convolution,
 * each of which joins what the same size gave on the way down. The result is a probability for
 * every pixel.
 */
final class UNet implements Architecture {
  private static final int DEPTH = 4;

  @Override
  public String name() {
    return "unet";
  }

  @Override
  public String summary() {
    return "U-Net with batch normalisation, 256x256, 32 channels at the top";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L, "size", 256L, "width", 32L);
  }

  @Override
  public void build(Net net, Dims dims) {
    int size = dims.get("size");
    if (size % (1 << DEPTH) != 0) {
      throw new IllegalArgumentException("unet: size must be a multiple of 16");
    }
    int width = dims.get("width");
    Value x = net.input("input", dims.get("batch"), 3, size, size);
    List<Value> levels = new ArrayList<>();
    for (int level = 0; level < DEPTH; level++) {
      x = pair(net, "encoder" + (level + 1), x, width << level);
      levels.add(x);
      x = net.maxPool(x, Pool.of(2, 2));
    }
    x = pair(net, "bottleneck", x, width << DEPTH);
    for (int level = DEPTH - 1; level >= 0; level--) {
      x = net.upsample("upconv" + (level + 1), x, width << level, 2);
      x = net.concat(1, List.of(x, levels.get(level)));
      x = pair(net, "decoder" + (level + 1), x, width << level);
    }
    net.output("output", net.sigmoid(net.conv("conv", x, Conv.of(1, 1).biased(), 1)));
  }

  private static Value pair(Net net, String name, Value x, int out) {
    Value y = net.conv(name + ".conv1", x, Conv.of(out, 3));
    y = net.relu(net.batchNorm(name + ".norm1", y));
    y = net.conv(name + ".conv2", y, Conv.of(out, 3));
    return net.relu(net.batchNorm(name + ".norm2", y));
  }
}
