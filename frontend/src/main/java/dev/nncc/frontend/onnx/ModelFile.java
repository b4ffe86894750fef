package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.nncc.frontend.files.MappedFiles;
import dev.nncc.frontend.files.Messages;
import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.StringStringEntryProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A model's file and the files with external data beside it. The file is mapped and the parsed
 * message refers to the mapping, so weights are never copied to the heap.
 */
final class ModelFile {
  private final Path path;
  private final Path folder;
  private final ModelProto proto;
  private final TreeSet<String> external = new TreeSet<>();

  private ModelFile(Path path, Path folder, ModelProto proto) {
    this.path = path;
    this.folder = folder;
    this.proto = proto;
  }

  static ModelFile open(Path path) {
    return MappedFiles.named(path, () -> read(path));
  }

  private static ModelFile read(Path path) {
    try {
      require(
          !Files.isRegularFile(path) || Files.size(path) <= Integer.MAX_VALUE,
          "above 2 GB; store the weights as external data (the format allows no more)");
      ModelProto proto = Messages.parse(MappedFiles.mapFilled(path), ModelProto.parser());
      require(proto.hasGraph(), "not an ONNX model: there is no graph in it");
      Path parent = path.toAbsolutePath().getParent();
      if (parent == null) {
        throw new ModelException("not a file");
      }
      return new ModelFile(path, parent.toRealPath(), proto);
    } catch (InvalidProtocolBufferException e) {
      throw new ModelException("not an ONNX model, or damaged (" + Messages.damage(e) + ")", e);
    } catch (IOException e) {
      throw MappedFiles.unreadable(e);
    }
  }

  ModelProto proto() {
    return proto;
  }

  /** The file's name without its folder: what messages begin with. */
  String name() {
    return MappedFiles.name(path);
  }

  Tensor tensor(TensorProto p) {
    return TensorProtos.decode(p, this::external);
  }

  private Payload external(String location, long offset, long length) {
    Path file = resolve(location);
    try (FileChannel c = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = c.size();
      require(
          offset <= size && length <= size - offset,
          "external data '%s' has %d bytes, too few for %d at offset %d",
          location,
          size,
          length,
          offset);
      external.add(location);
      ByteBuffer bytes = c.map(FileChannel.MapMode.READ_ONLY, offset, length);
      return Payload.of(bytes);
    } catch (IOException e) {
      throw new ModelException(
          "external data '" + location + "' " + MappedFiles.unreadable(e).getMessage(), e);
    }
  }

  /** The file for a location: a regular file below the model's folder, links resolved. */
  private Path resolve(String location) {
    try {
      Path relative = Path.of(location);
      boolean up = false;
      for (Path part : relative) {
        up |= part.toString().equals("..");
      }
      require(
          !location.isEmpty() && !relative.isAbsolute() && !up && location.indexOf('\\') < 0,
          "external data '%s' is outside the model's folder",
          location);
      Path file = folder.resolve(relative);
      require(Files.exists(file), "external data '%s' does not exist", location);
      Path real = file.toRealPath();
      require(
          real.startsWith(folder), "external data '%s' is outside the model's folder", location);
      require(Files.isRegularFile(real), "external data '%s' is no regular file", location);
      return real;
    } catch (InvalidPathException e) {
      throw new ModelException("external data has a location that is no path", e);
    } catch (IOException e) {
      throw new ModelException(
          "external data '" + location + "' " + MappedFiles.unreadable(e).getMessage(), e);
    }
  }

  /** The files that tensors of the model say their data is in, as far as they are there. */
  List<Path> externalFiles() {
    Set<String> locations = new TreeSet<>();
    collect(proto, locations);
    List<Path> files = new ArrayList<>();
    for (String location : locations) {
      try {
        files.add(resolve(location));
      } catch (ModelException e) {
        // Whoever needs the tensor says so.
      }
    }
    return List.copyOf(files);
  }

  /** Wherever tensors may be: initialisers, attributes, sub-graphs, functions. */
  private static void collect(Message message, Set<String> locations) {
    if (message instanceof TensorProto tensor) {
      for (StringStringEntryProto e : tensor.getExternalDataList()) {
        if (e.getKey().equals("location")) {
          locations.add(e.getValue());
        }
      }
      return;
    }
    for (Object field : message.getAllFields().values()) {
      List<?> values = field instanceof List<?> all ? all : List.of(field);
      for (Object value : values) {
        if (value instanceof Message inner) {
          collect(inner, locations);
        }
      }
    }
  }

  /** SHA-256 over the model file and then the external files that were used, sorted by name. */
  String sha256() {
    List<Path> files = new ArrayList<>(List.of(path));
    external.forEach(location -> files.add(resolve(location)));
    return MappedFiles.named(path, () -> MappedFiles.sha256(files));
  }
}
