package dev.nncc.frontend.tensor;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.nncc.frontend.files.MappedFiles;
import dev.nncc.frontend.files.Messages;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Reads and writes single tensors: {@code .npy} (NumPy) and {@code .pb} (ONNX TensorProto). */
public final class TensorFiles {
  private TensorFiles() {}

  /**
   * Reads a tensor; the name's ending tells the format.
   *
   * @throws ModelException if the file cannot be read or is malformed; the message names the file
   */
  public static Tensor read(Path file) {
    String name = MappedFiles.name(file).toLowerCase(Locale.ROOT);
    try {
      if (name.endsWith(".npy")) {
        return Npy.read(MappedFiles.map(file));
      }
      if (name.endsWith(".pb")) {
        return readProto(MappedFiles.map(file));
      }
    } catch (ModelException e) {
      throw new ModelException(file + ": " + e.getMessage(), e);
    }
    throw new ModelException(file + ": not a tensor file (.npy or .pb)");
  }

  /** Reads the bytes of a {@code .npy} file. The tensor may keep reading from the buffer. */
  public static Tensor readNpy(ByteBuffer bytes) {
    return Npy.read(bytes);
  }

  /** Reads a serialised {@code TensorProto}. The tensor may keep reading from the buffer. */
  public static Tensor readProto(ByteBuffer bytes) {
    try {
      return TensorProtos.decode(Messages.parse(bytes, TensorProto.parser()), ExternalData.NONE);
    } catch (InvalidProtocolBufferException e) {
      throw new ModelException("not an ONNX tensor, or damaged (" + Messages.damage(e) + ")", e);
    }
  }

  /** Writes version 1.0, little endian, C order. There is no NumPy name for bfloat16. */
  public static void writeNpy(Path file, Tensor tensor) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      Npy.write(out, tensor);
    }
  }
}
