package dev.nncc.compiler.peer;

import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A copy of a model that also gives values between its nodes as outputs.
 *
 * @param file the copy
 * @param names of its outputs, in order: those of the model, then the others
 */
public record ExposedModel(Path file, List<String> names) {
  public ExposedModel {
    names = List.copyOf(names);
  }

  /**
   * Writes the copy into a folder.
   *
   * @param wanted names of values; those that no node makes are left out
   * @throws PeerException when weights lie in other files, which the copy would not find
   */
  public static ExposedModel write(Path model, Path folder, Set<String> wanted) throws IOException {
    ModelProto proto = ModelProto.parseFrom(Files.readAllBytes(model));
    GraphProto.Builder graph = proto.getGraph().toBuilder();
    for (TensorProto t : graph.getInitializerList()) {
      if (t.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
        throw new PeerException(
            model + " keeps weights in other files; comparing values needs them inside",
            new IllegalArgumentException(t.getName()));
      }
    }
    List<String> names = new ArrayList<>();
    graph.getOutputList().forEach(o -> names.add(o.getName()));
    Set<String> left = new TreeSet<>(wanted);
    names.forEach(left::remove);
    for (NodeProto n : graph.getNodeList()) {
      for (String value : n.getOutputList()) {
        if (left.remove(value)) {
          names.add(value);
          graph.addOutput(ValueInfoProto.newBuilder().setName(value));
        }
      }
    }
    Path file = folder.resolve("exposed.onnx");
    Files.write(file, proto.toBuilder().setGraph(graph).build().toByteArray());
    return new ExposedModel(file, names);
  }
}
