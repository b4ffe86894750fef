package dev.nncc.models.zoo;

import static dev.nncc.models.onnx.Attributes.integer;

import dev.nncc.frontend.onnx.proto.TensorProto.DataType;
import dev.nncc.models.onnx.OnnxGraphBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Stacked recurrent layers over a sequence, with their states as inputs and outputs, as streaming
 * models carry them from one call to the next.
 *
 * @param cell the ONNX operator, LSTM or GRU
 * @param gates row blocks in its weights
 * @param cells whether it carries a cell state beside the hidden one
 */
record Recurrent(String name, String cell, int gates, boolean cells) implements Architecture {
  static Recurrent lstm() {
    return new Recurrent("lstm", "LSTM", 4, true);
  }

  static Recurrent gru() {
    return new Recurrent("gru", "GRU", 3, false);
  }

  @Override
  public String summary() {
    return cell + " layers over a sequence, states in and out";
  }

  @Override
  public Map<String, Long> dims() {
    return Map.of("batch", 1L, "steps", 128L, "input", 256L, "hidden", 256L, "layers", 1L);
  }

  @Override
  public void build(Net net, Dims dims) {
    OnnxGraphBuilder graph = net.graph();
    int hidden = dims.get("hidden");
    int batch = dims.get("batch");
    Value x = net.input("input", dims.get("steps"), batch, dims.get("input"));
    List<Runnable> outputs = new ArrayList<>();
    for (int i = 0; i < dims.get("layers"); i++) {
      String layer = "layer" + i;
      List<String> operands = new ArrayList<>(List.of(x.name()));
      operands.add(weight(net, layer + ".input.weight", hidden, x));
      operands.add(weight(net, layer + ".state.weight", hidden, state(x, hidden)));
      int biases = 2 * gates * hidden;
      operands.add(
          net.parameter(
              layer + ".bias",
              net.weights().uniform(layer + ".bias", biases, -0.1, 0.1),
              1,
              biases));
      operands.add("");
      operands.add(net.input("h" + i, 1, batch, hidden).name());
      if (cells) {
        operands.add(net.input("c" + i, 1, batch, hidden).name());
      }
      List<String> results =
          graph.nodes(cell, operands, cells ? 3 : 2, integer("hidden_size", hidden));
      String flat = graph.node("Squeeze", List.of(results.get(0), net.indices(1)));
      int layerNumber = i;
      outputs.add(() -> output(net, "h" + layerNumber + "_next", results.get(1), batch, hidden));
      if (cells) {
        outputs.add(() -> output(net, "c" + layerNumber + "_next", results.get(2), batch, hidden));
      }
      x = new Value(flat, Net.box(x.dim(0), batch, hidden), new Moments(0, 0.1));
    }
    net.output("y", x);
    outputs.forEach(Runnable::run);
  }

  /** What the layer sees of its own state: smaller than an input of unit size. */
  private static Value state(Value x, int hidden) {
    return new Value(x.name(), Net.box(1, hidden), new Moments(0, 0.3));
  }

  private String weight(Net net, String name, int hidden, Value x) {
    int in = x.dim(-1);
    int rows = gates * hidden;
    double deviation = 1 / Math.sqrt(2 * in * x.moments().meanSquare());
    return net.parameter(
        name, net.weights().normal(name, (long) rows * in, 0, deviation), 1, rows, in);
  }

  private static void output(Net net, String name, String value, int batch, int hidden) {
    net.graph().namedNode(name, "Identity", List.of(value));
    net.graph().output(name, DataType.FLOAT, 1, batch, hidden);
  }
}
