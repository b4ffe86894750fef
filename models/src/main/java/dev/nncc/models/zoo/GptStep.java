package dev.nncc.models.zoo;

import static dev.nncc.models.onnx.Attributes.integer;
import static dev.nncc.models.onnx.Attributes.integers;
import static dev.nncc.models.onnx.Attributes.real;

import dev.nncc.frontend.onnx.proto.TensorProto.DataType;
import dev.nncc.models.onnx.OnnxGraphBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One step of a GPT-2 decoder: a token and the keys and values of the {@code past} positions before
 * it in; the next token's scores and the caches grown by one position out. Tiny by default;
 * layers=12 width=768 heads=12 vocab=50257 context=1024 is GPT-2 small.
 */
final class GptStep implements Architecture {
  private static final double EPSILON = 1e-5;

  /** What all layers share: {@code past} and {@code total} are extents computed in the graph. */
  private record Step(Transformer layers, int heads, String causal, Extent past, Extent total) {}

  /** A layer's result and its caches, past and present. */
  private record Attended(Value result, Value key, Value value) {}

  @Override
  public String name() {
    return "gpt";
  }

  @Override
  public String summary() {
    return "GPT-2 decoder step with a key-value cache, tiny by default";
  }

  @Override
  public Map<String, Long> dims() {
    Map<String, Long> dims = new TreeMap<>();
    dims.put("batch", 1L);
    dims.put("past", 16L);
    dims.put("layers", 2L);
    dims.put("width", 64L);
    dims.put("heads", 4L);
    dims.put("vocab", 512L);
    dims.put("context", 128L);
    return dims;
  }

  @Override
  public void build(Net net, Dims dims) {
    int width = dims.get("width");
    if (width % dims.get("heads") != 0) {
      throw new IllegalArgumentException("gpt: width must be a multiple of heads");
    }
    if (dims.get("past") >= dims.get("context")) {
      throw new IllegalArgumentException("gpt: past must be below context");
    }
    OnnxGraphBuilder graph = net.graph();
    String ids = graph.input("input_ids", DataType.INT64, dims.get("batch"), 1);
    List<Value> keys = new ArrayList<>();
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < dims.get("layers"); i++) {
      keys.add(cache(net, dims, "past_key_values." + i + ".key"));
      values.add(cache(net, dims, "past_key_values." + i + ".value"));
    }
    Transformer layers = new Transformer(net);
    Extent past = net.shapes().extent(keys.get(0).name(), 2, dims.get("past"));
    String sum = graph.node("Add", List.of(past.value(), net.index(1)));
    Extent total = new Extent(sum, dims.get("past") + 1, false);
    Step step = new Step(layers, dims.get("heads"), causal(net, dims), past, total);
    Value words = layers.table("wte.weight", dims.get("vocab"), width, 2 / Math.sqrt(width));
    Value x = embed(step, dims, words, ids);
    List<Attended> attended = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      String name = "h." + i;
      Value normal = layers.layerNorm(name + ".ln_1", x, EPSILON);
      attended.add(attention(step, name + ".attn", normal, keys.get(i), values.get(i)));
      x = net.add(attended.get(i).result(), x);
      Value y = layers.layerNorm(name + ".ln_2", x, EPSILON);
      y = layers.tanhGelu(rows(net, name + ".mlp.c_fc", y, 4 * width));
      x = net.add(x, net.dropout(rows(net, name + ".mlp.c_proj", y, width), 0.1));
    }
    x = layers.layerNorm("ln_f", x, EPSILON);
    net.output("logits", scores(net, x, words));
    for (int i = 0; i < attended.size(); i++) {
      net.output("present." + i + ".key", attended.get(i).key());
      net.output("present." + i + ".value", attended.get(i).value());
    }
  }

  private static Value cache(Net net, Dims dims, String name) {
    long depth = dims.get("width") / dims.get("heads");
    return net.input(name, dims.get("batch"), dims.get("heads"), dims.get("past"), depth);
  }

  /** The lower triangle: position i (row) may look at position j (column). */
  private static String causal(Net net, Dims dims) {
    int context = dims.get("context");
    return net.graph()
        .initializer(
            "causal_mask",
            DataType.BOOL,
            new long[] {1, 1, context, context},
            out -> {
              for (int i = 0; i < context; i++) {
                for (int j = 0; j < context; j++) {
                  out.putByte((byte) (j <= i ? 1 : 0));
                }
              }
            });
  }

  private static Value embed(Step step, Dims dims, Value words, String ids) {
    Net net = step.layers().net();
    String range =
        net.graph().node("Range", List.of(step.past().value(), step.total().value(), net.index(1)));
    String positions = net.graph().node("Unsqueeze", List.of(range, net.indices(0)));
    double deviation = 0.5 * words.moments().deviation();
    Value places = step.layers().table("wpe.weight", dims.get("context"), words.dim(1), deviation);
    Value word = step.layers().embedding(words, ids, dims.get("batch"), 1);
    Value place = step.layers().embedding(places, positions, 1, 1);
    return net.dropout(net.add(word, place), 0.1);
  }

  private static Attended attention(
      Step step, String name, Value x, Value pastKey, Value pastValue) {
    Transformer layers = step.layers();
    Net net = layers.net();
    int width = x.dim(-1);
    List<Value> parts = thirds(net, rows(net, name + ".c_attn", x, 3 * width), width);
    Value query = net.transpose(layers.splitHeads(parts.get(0), step.heads()), 0, 2, 1, 3);
    Value key = net.transpose(layers.splitHeads(parts.get(1), step.heads()), 0, 2, 1, 3);
    Value value = net.transpose(layers.splitHeads(parts.get(2), step.heads()), 0, 2, 1, 3);
    key = net.concat(2, List.of(pastKey, key));
    value = net.concat(2, List.of(pastValue, value));
    int depth = query.dim(-1);
    Value scores = layers.matmul(query, net.transpose(key, 0, 1, 3, 2), new Moments(0, depth));
    Value weights = net.softmax(masked(step, layers.divided(scores, Math.sqrt(depth))));
    Value context = layers.matmul(net.dropout(weights, 0.1), value, new Moments(0, 0.3));
    Value result = rows(net, name + ".c_proj", layers.joinHeads(context), width);
    return new Attended(net.dropout(result, 0.1), key, value);
  }

  /**
   * Scores where the causal mask's rows past..total and columns 0..total allow them, else very
   * small.
   */
  private static Value masked(Step step, Value scores) {
    Net net = step.layers().net();
    OnnxGraphBuilder graph = net.graph();
    String from = net.shapes().list(step.past());
    String to = net.shapes().list(step.total());
    String one = net.indices(1);
    String lines = graph.node("Slice", List.of(step.causal(), from, to, net.indices(2), one));
    String allowed = graph.node("Slice", List.of(lines, net.indices(0), to, net.indices(3), one));
    String result = graph.node("Where", List.of(allowed, scores.name(), net.constant(-10000)));
    return new Value(result, scores.shape(), scores.moments());
  }

  /** GPT-2's fully connected layer: flattened to rows, a Gemm with a K x N weight, shaped back. */
  private static Value rows(Net net, String name, Value x, int out) {
    int in = x.dim(-1);
    Value flat = net.reshape(x, Extent.rest((long) x.dim(0) * x.dim(1)), Extent.of(in));
    double deviation = 1 / Math.sqrt(in * x.moments().meanSquare());
    String weightName = name + ".weight";
    String weight =
        net.parameter(
            weightName, net.weights().normal(weightName, (long) in * out, 0, deviation), in, out);
    String product =
        net.graph()
            .node(
                "Gemm",
                List.of(flat.name(), weight, net.bias(name, out, 0.1)),
                real("alpha", 1),
                real("beta", 1));
    Value result = new Value(product, Net.box(flat.dim(0), out), Moments.STANDARD);
    return net.reshape(
        result,
        net.shapes().extent(x.name(), 0, x.dim(0)),
        net.shapes().extent(x.name(), 1, x.dim(1)),
        Extent.of(out));
  }

  private static List<Value> thirds(Net net, Value x, int width) {
    return net
        .graph()
        .nodes("Split", List.of(x.name(), net.indices(width, width, width)), 3, integer("axis", 2))
        .stream()
        .map(name -> new Value(name, Net.box(x.dim(0), x.dim(1), width), x.moments()))
        .toList();
  }

  /** Products with the word table, transposed in the graph: one table serves both ends. */
  private static Value scores(Net net, Value x, Value words) {
    String columns = net.graph().node("Transpose", List.of(words.name()), integers("perm", 1, 0));
    String product = net.graph().node("MatMul", List.of(x.name(), columns));
    return new Value(product, Net.box(x.dim(0), x.dim(1), words.dim(0)), new Moments(0, 4));
  }
}
