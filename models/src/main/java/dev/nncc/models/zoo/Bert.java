package dev.nncc.models.zoo;

import static dev.nncc.models.onnx.Attributes.integer;

import dev.nncc.frontend.onnx.proto.TensorProto.DataType;
import dev.nncc.models.onnx.OnnxGraphBuilder;
import dev.nncc.models.onnx.TensorContent;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * BERT's encoder with its pooler: tokens, mask and segment in; every position's vector and the
 * first's out.
 */
final class Bert implements Architecture {
  private static final double EPSILON = 1e-12;
  private static final int POSITIONS = 512;

  @Override
  public String name() {
    return "bert-base";
  }

  @Override
  public String summary() {
    return "BERT base encoder, 109 M parameters";
  }

  @Override
  public Map<String, Long> dims() {
    Map<String, Long> dims = new TreeMap<>();
    dims.put("batch", 1L);
    dims.put("sequence", 128L);
    dims.put("layers", 12L);
    dims.put("width", 768L);
    dims.put("heads", 12L);
    dims.put("vocab", 30522L);
    return dims;
  }

  @Override
  public void build(Net net, Dims dims) {
    int width = dims.get("width");
    int heads = dims.get("heads");
    if (width % heads != 0) {
      throw new IllegalArgumentException("bert-base: width must be a multiple of heads");
    }
    long[] tokens = {dims.get("batch"), dims.get("sequence")};
    OnnxGraphBuilder graph = net.graph();
    String ids = graph.input("input_ids", DataType.INT64, tokens);
    String attended = graph.input("attention_mask", DataType.INT64, tokens);
    String segments = graph.input("token_type_ids", DataType.INT64, tokens);
    Transformer layers = new Transformer(net);
    String mask = mask(layers, attended);
    Value x = embed(layers, dims, ids, segments);
    for (int i = 0; i < dims.get("layers"); i++) {
      x = encoder(layers, "encoder.layer." + i, x, heads, mask);
    }
    net.output("last_hidden_state", x);
    net.output("pooler_output", pool(net, x));
  }

  /** 0 where attended, a large negative number elsewhere; N x 1 x 1 x T, added to the scores. */
  private static String mask(Transformer layers, String attended) {
    Net net = layers.net();
    OnnxGraphBuilder graph = net.graph();
    String rows = graph.node("Unsqueeze", List.of(attended, net.indices(1)));
    String planes = graph.node("Unsqueeze", List.of(rows, net.indices(2)));
    String inverted = graph.node("Sub", List.of(net.constant(1), layers.toFloat(planes)));
    return graph.node("Mul", List.of(inverted, net.constant(-10000)));
  }

  private static Value embed(Transformer layers, Dims dims, String ids, String segments) {
    Net net = layers.net();
    OnnxGraphBuilder graph = net.graph();
    int width = dims.get("width");
    long sequence = dims.get("sequence");
    int positions = (int) Math.max(POSITIONS, sequence);
    String all =
        graph.initializer(
            "embeddings.position_ids",
            DataType.INT64,
            new long[] {1, positions},
            TensorContent.of(LongStream.range(0, positions).toArray()));
    String length = net.shapes().list(net.shapes().extent(ids, 1, sequence));
    String used =
        graph.node("Slice", List.of(all, net.indices(0), length, net.indices(1), net.indices(1)));
    long batch = dims.get("batch");
    String prefix = "embeddings.";
    Value words =
        layers.embedding(
            layers.table(prefix + "word_embeddings.weight", dims.get("vocab"), width, 0.05),
            ids,
            batch,
            sequence);
    Value kinds =
        layers.embedding(
            layers.table(prefix + "token_type_embeddings.weight", 2, width, 0.02),
            segments,
            batch,
            sequence);
    Value places =
        layers.embedding(
            layers.table(prefix + "position_embeddings.weight", positions, width, 0.02),
            used,
            1,
            sequence);
    Value sum = net.add(net.add(words, kinds), places);
    return net.dropout(layers.layerNorm(prefix + "LayerNorm", sum, EPSILON), 0.1);
  }

  private static Value encoder(Transformer layers, String name, Value x, int heads, String mask) {
    Net net = layers.net();
    Value attended = attention(layers, name + ".attention.self", x, heads, mask);
    Value y = layers.dense(name + ".attention.output.dense", attended, x.dim(-1), 0.5);
    y = net.add(net.dropout(y, 0.1), x);
    y = layers.layerNorm(name + ".attention.output.LayerNorm", y, EPSILON);
    Value z = layers.gelu(layers.dense(name + ".intermediate.dense", y, 4 * x.dim(-1), 1));
    z = net.dropout(layers.dense(name + ".output.dense", z, x.dim(-1), 0.5), 0.1);
    return layers.layerNorm(name + ".output.LayerNorm", net.add(z, y), EPSILON);
  }

  private static Value attention(Transformer layers, String name, Value x, int heads, String mask) {
    Net net = layers.net();
    int width = x.dim(-1);
    Value query = layers.splitHeads(layers.dense(name + ".query", x, width, 1.5), heads);
    Value key = layers.splitHeads(layers.dense(name + ".key", x, width, 1.5), heads);
    Value value = layers.splitHeads(layers.dense(name + ".value", x, width, 1), heads);
    int depth = query.dim(-1);
    Value scores =
        layers.matmul(
            net.transpose(query, 0, 2, 1, 3),
            net.transpose(key, 0, 2, 3, 1),
            new Moments(0, 5.0 * depth));
    scores = layers.divided(scores, Math.sqrt(depth));
    String masked = net.graph().node("Add", List.of(scores.name(), mask));
    Value weights = net.softmax(new Value(masked, scores.shape(), scores.moments()));
    weights = net.dropout(weights, 0.1);
    // A weighted mean of many positions is smaller than each of them.
    Value context = layers.matmul(weights, net.transpose(value, 0, 2, 1, 3), new Moments(0, 0.2));
    return layers.joinHeads(context);
  }

  private static Value pool(Net net, Value x) {
    String first = net.graph().node("Gather", List.of(x.name(), net.index(0)), integer("axis", 1));
    Value row = new Value(first, Net.box(x.dim(0), x.dim(2)), x.moments());
    return net.tanh(net.linear("pooler.dense", row, x.dim(2), 1));
  }
}
