package dev.nncc.models.zoo;

import java.util.List;
import java.util.Map;

/**
 * Inception v3: modules with factorised kernels (1x7 after 7x1), every convolution
 * batch-normalised.
 */
final class InceptionV3 implements Architecture {
  private static final double EPSILON = 1e-3;

  @Override
  public String name() {
    return "inception-v3";
  }

  @Override
  public String summary() {
    return "Inception v3, 299x299, 24 M parameters";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L, "size", 299L);
  }

  @Override
  public void build(Net net, Dims dims) {
    Value x = net.input("input", dims.get("batch"), 3, dims.get("size"), dims.get("size"));
    x = unit(net, "Conv2d_1a_3x3", x, Conv.of(32, 3).stride(2).valid());
    x = unit(net, "Conv2d_2a_3x3", x, Conv.of(32, 3).valid());
    x = unit(net, "Conv2d_2b_3x3", x, Conv.of(64, 3));
    x = net.maxPool(x, Pool.of(3, 2));
    x = unit(net, "Conv2d_3b_1x1", x, Conv.of(80, 1));
    x = unit(net, "Conv2d_4a_3x3", x, Conv.of(192, 3).valid());
    x = net.maxPool(x, Pool.of(3, 2));
    x = a(net, "Mixed_5b", x, 32);
    x = a(net, "Mixed_5c", x, 64);
    x = a(net, "Mixed_5d", x, 64);
    x = b(net, "Mixed_6a", x);
    x = c(net, "Mixed_6b", x, 128);
    x = c(net, "Mixed_6c", x, 160);
    x = c(net, "Mixed_6d", x, 160);
    x = c(net, "Mixed_6e", x, 192);
    x = d(net, "Mixed_7a", x);
    x = e(net, "Mixed_7b", x);
    x = e(net, "Mixed_7c", x);
    x = net.flatten(net.dropout(net.globalAveragePool(x), 0.5));
    net.output("output", net.softmax(net.linear("fc", x, 1000, 2)));
  }

  /** 35x35: 1x1, 5x5, two 3x3, pooled 1x1. */
  private static Value a(Net net, String name, Value x, int pool) {
    Value one = unit(net, name + ".branch1x1", x, Conv.of(64, 1));
    Value five = unit(net, name + ".branch5x5_1", x, Conv.of(48, 1));
    five = unit(net, name + ".branch5x5_2", five, Conv.of(64, 5));
    Value three = unit(net, name + ".branch3x3dbl_1", x, Conv.of(64, 1));
    three = unit(net, name + ".branch3x3dbl_2", three, Conv.of(96, 3));
    three = unit(net, name + ".branch3x3dbl_3", three, Conv.of(96, 3));
    Value pooled = net.averagePool(x, Pool.of(3, 1).pad(1));
    pooled = unit(net, name + ".branch_pool", pooled, Conv.of(pool, 1));
    return net.concat(1, List.of(one, five, three, pooled));
  }

  /** 35x35 to 17x17. */
  private static Value b(Net net, String name, Value x) {
    Value three = unit(net, name + ".branch3x3", x, Conv.of(384, 3).stride(2).valid());
    Value twice = unit(net, name + ".branch3x3dbl_1", x, Conv.of(64, 1));
    twice = unit(net, name + ".branch3x3dbl_2", twice, Conv.of(96, 3));
    twice = unit(net, name + ".branch3x3dbl_3", twice, Conv.of(96, 3).stride(2).valid());
    return net.concat(1, List.of(three, twice, net.maxPool(x, Pool.of(3, 2))));
  }

  /** 17x17 with 7x7 kernels factorised into rows and columns, {@code c} channels between them. */
  private static Value c(Net net, String name, Value x, int c) {
    Value one = unit(net, name + ".branch1x1", x, Conv.of(192, 1));
    Value seven = unit(net, name + ".branch7x7_1", x, Conv.of(c, 1));
    seven = unit(net, name + ".branch7x7_2", seven, Conv.of(c, 1, 7));
    seven = unit(net, name + ".branch7x7_3", seven, Conv.of(192, 7, 1));
    Value twice = unit(net, name + ".branch7x7dbl_1", x, Conv.of(c, 1));
    twice = unit(net, name + ".branch7x7dbl_2", twice, Conv.of(c, 7, 1));
    twice = unit(net, name + ".branch7x7dbl_3", twice, Conv.of(c, 1, 7));
    twice = unit(net, name + ".branch7x7dbl_4", twice, Conv.of(c, 7, 1));
    twice = unit(net, name + ".branch7x7dbl_5", twice, Conv.of(192, 1, 7));
    Value pooled = net.averagePool(x, Pool.of(3, 1).pad(1));
    pooled = unit(net, name + ".branch_pool", pooled, Conv.of(192, 1));
    return net.concat(1, List.of(one, seven, twice, pooled));
  }

  /** 17x17 to 8x8. */
  private static Value d(Net net, String name, Value x) {
    Value three = unit(net, name + ".branch3x3_1", x, Conv.of(192, 1));
    three = unit(net, name + ".branch3x3_2", three, Conv.of(320, 3).stride(2).valid());
    Value seven = unit(net, name + ".branch7x7x3_1", x, Conv.of(192, 1));
    seven = unit(net, name + ".branch7x7x3_2", seven, Conv.of(192, 1, 7));
    seven = unit(net, name + ".branch7x7x3_3", seven, Conv.of(192, 7, 1));
    seven = unit(net, name + ".branch7x7x3_4", seven, Conv.of(192, 3).stride(2).valid());
    return net.concat(1, List.of(three, seven, net.maxPool(x, Pool.of(3, 2))));
  }

  /** 8x8, with branches that split again into a row and a column. */
  private static Value e(Net net, String name, Value x) {
    Value one = unit(net, name + ".branch1x1", x, Conv.of(320, 1));
    Value three = unit(net, name + ".branch3x3_1", x, Conv.of(384, 1));
    three = fork(net, name + ".branch3x3_2", three);
    Value twice = unit(net, name + ".branch3x3dbl_1", x, Conv.of(448, 1));
    twice = unit(net, name + ".branch3x3dbl_2", twice, Conv.of(384, 3));
    twice = fork(net, name + ".branch3x3dbl_3", twice);
    Value pooled = net.averagePool(x, Pool.of(3, 1).pad(1));
    pooled = unit(net, name + ".branch_pool", pooled, Conv.of(192, 1));
    return net.concat(1, List.of(one, three, twice, pooled));
  }

  private static Value fork(Net net, String name, Value x) {
    Value row = unit(net, name + "a", x, Conv.of(384, 1, 3));
    Value column = unit(net, name + "b", x, Conv.of(384, 3, 1));
    return net.concat(1, List.of(row, column));
  }

  private static Value unit(Net net, String name, Value x, Conv conv) {
    Value y = net.conv(name + ".conv", x, conv);
    return net.relu(net.batchNorm(name + ".bn", y, 1, EPSILON));
  }
}
