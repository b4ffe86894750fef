package dev.nncc.graph.op;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Op;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The operators by name, for the text form. */
public final class Ops {
  private static final Map<String, Function<AttributeReader, Op>> BY_NAME = byName();

  private Ops() {}

  /** All names that {@link #parse} knows, in a fixed order. */
  public static List<String> names() {
    return List.copyOf(BY_NAME.keySet());
  }

  /**
   * The inverse of {@link Op#name} and {@link Op#attributes}; attributes left out have their
   * defaults.
   *
   * @throws ModelException if there is no such operator or the attributes do not fit it
   */
  public static Op parse(String name, Attributes attributes) {
    Function<AttributeReader, Op> make = BY_NAME.get(name);
    if (make == null) {
      throw new ModelException("no operator " + name);
    }
    AttributeReader reader = new AttributeReader(attributes);
    Op op = make.apply(reader);
    reader.finish(name);
    return op;
  }

  private static Map<String, Function<AttributeReader, Op>> byName() {
    Map<String, Function<AttributeReader, Op>> m = new LinkedHashMap<>();
    for (ElementwiseKind kind : ElementwiseKind.values()) {
      m.put(
          kind.text(), a -> new Elementwise(kind, kind.params().stream().map(a::number).toList()));
    }
    m.put("Cast", a -> new Cast(a.dtype("to")));
    contractions(m);
    reductions(m);
    normalisations(m);
    movements(m);
    indexing(m);
    recurrent(m);
    return Collections.unmodifiableMap(m);
  }

  private static void contractions(Map<String, Function<AttributeReader, Op>> m) {
    m.put(
        "Conv",
        a -> {
          int n = a.spatialRank();
          return new Conv(
              a.integers("strides", n, 1),
              a.pads(n, false),
              a.pads(n, true),
              a.integers("dilations", n, 1),
              Math.toIntExact(a.integer("groups", 1)));
        });
    m.put(
        "ConvTranspose",
        a -> {
          int n = a.spatialRank();
          return new ConvTranspose(
              a.integers("strides", n, 1),
              a.pads(n, false),
              a.pads(n, true),
              a.integers("dilations", n, 1),
              a.integers("outputPadding", n, 0),
              Math.toIntExact(a.integer("groups", 1)));
        });
    m.put("MatMul", a -> new MatMul(a.flag("transposeA"), a.flag("transposeB")));
  }

  private static void reductions(Map<String, Function<AttributeReader, Op>> m) {
    m.put(
        "Reduce",
        a -> new Reduce(a.choice("kind", ReduceKind.class), a.axes("axes"), a.flag("keepDims")));
    m.put(
        "ArgReduce",
        a -> new ArgReduce(a.flag("max"), a.axis("axis"), a.flag("keepDims"), a.flag("last")));
    m.put("CumSum", a -> new CumSum(a.axis("axis"), a.flag("exclusive"), a.flag("reverse")));
    m.put(
        "Pool",
        a -> {
          List<Long> kernel = a.integers("kernel");
          int n = kernel.size();
          return new Pool(
              a.choice("kind", PoolKind.class),
              kernel,
              a.integers("strides", n, 1),
              a.pads(n, false),
              a.pads(n, true),
              a.integers("dilations", n, 1),
              a.flag("countPad"),
              a.flag("ceilMode"));
        });
  }

  private static void normalisations(Map<String, Function<AttributeReader, Op>> m) {
    m.put("Softmax", a -> new Softmax(a.axis("axis")));
    m.put("LogSoftmax", a -> new LogSoftmax(a.axis("axis")));
    m.put("BatchNorm", a -> new BatchNorm(a.number("epsilon")));
    m.put("LayerNorm", a -> new LayerNorm(a.axis("axis"), a.number("epsilon")));
    m.put("RmsNorm", a -> new RmsNorm(a.axis("axis"), a.number("epsilon"), a.number("floor", 0)));
    m.put("InstanceNorm", a -> new InstanceNorm(a.number("epsilon")));
    m.put(
        "Lrn",
        a ->
            new Lrn(
                Math.toIntExact(a.integer("size")),
                a.number("alpha"),
                a.number("beta"),
                a.number("bias")));
  }

  private static void movements(Map<String, Function<AttributeReader, Op>> m) {
    m.put("Reshape", a -> new Reshape(a.shape("shape")));
    m.put("Transpose", a -> new Transpose(a.axes("perm")));
    m.put(
        "Slice",
        a -> {
          List<Long> starts = a.integers("starts");
          return new Slice(starts, a.integers("sizes"), a.integers("steps", starts.size(), 1));
        });
    m.put(
        "Pad",
        a ->
            new Pad(
                a.integers("before"),
                a.integers("after"),
                a.choice("mode", PadMode.CONSTANT),
                a.number("value", 0)));
    m.put("Concat", a -> new Concat(a.axis("axis")));
    m.put("Expand", a -> new Expand(a.shape("shape")));
    m.put("Tile", a -> new Tile(a.integers("repeats")));
    m.put(
        "Resize",
        a ->
            new Resize(
                a.choice("mode", ResizeMode.class),
                a.integers("sizes"),
                a.numbers("scales"),
                a.choice("coordinates", ResizeCoordinates.HALF_PIXEL),
                a.choice("rounding", ResizeRounding.ROUND_PREFER_FLOOR),
                a.number("cubicA", -0.75),
                a.flag("excludeOutside")));
  }

  private static void indexing(Map<String, Function<AttributeReader, Op>> m) {
    m.put("Gather", a -> new Gather(a.axis("axis")));
    m.put("GatherElements", a -> new GatherElements(a.axis("axis")));
    m.put("GatherNd", a -> new GatherNd(Math.toIntExact(a.integer("batchDims", 0))));
    m.put(
        "ScatterElements",
        a -> new ScatterElements(a.axis("axis"), a.choice("kind", ScatterKind.NONE)));
    m.put("ScatterNd", a -> new ScatterNd(a.choice("kind", ScatterKind.NONE)));
    m.put("OneHot", a -> new OneHot(a.axis("axis"), a.integer("depth")));
    m.put("TopK", a -> new TopK(a.axis("axis"), a.integer("k"), a.flag("largest")));
    m.put("Suppress", a -> new Suppress());
  }

  private static void recurrent(Map<String, Function<AttributeReader, Op>> m) {
    m.put("Lstm", a -> new Lstm(a.axis("hidden"), a.choice("direction", Direction.FORWARD)));
    m.put(
        "Gru",
        a ->
            new Gru(
                a.axis("hidden"),
                a.choice("direction", Direction.FORWARD),
                a.flag("linearBeforeReset")));
    m.put(
        "Rnn",
        a ->
            new Rnn(
                a.axis("hidden"),
                a.choice("direction", Direction.FORWARD),
                a.choice("activation", RnnActivation.TANH)));
  }
}
