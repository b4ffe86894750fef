package dev.nncc.compiler.peer;

import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A copy of a model whose weights are not also inputs. We take such weights for constants, ONNX
 * Runtime does not and then folds nothing: without the copy the comparison would not be of the
 * same.
 */
public final class FrozenModel {
  private FrozenModel() {}

  /**
   * Writes the copy into a folder; empty where the model needs none, or keeps weights in other
   * files that the copy would not find.
   */
  public static Optional<Path> write(Path model, Path folder) throws IOException {
    ModelProto proto = ModelProto.parseFrom(Files.readAllBytes(model));
    GraphProto graph = proto.getGraph();
    Set<String> weights = new TreeSet<>();
    boolean external = false;
    for (TensorProto t : graph.getInitializerList()) {
      weights.add(t.getName());
      external |= t.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
    }
    List<ValueInfoProto> inputs = new ArrayList<>(graph.getInputList());
    if (external || !inputs.removeIf(i -> weights.contains(i.getName()))) {
      return Optional.empty();
    }
    GraphProto frozen = graph.toBuilder().clearInput().addAllInput(inputs).build();
    Path file = folder.resolve("frozen.onnx");
    Files.write(file, proto.toBuilder().setGraph(frozen).build().toByteArray());
    return Optional.of(file);
  }
}
