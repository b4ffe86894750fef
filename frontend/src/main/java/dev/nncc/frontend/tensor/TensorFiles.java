package dev.nncc.frontend.tensor;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
    String name = String.valueOf(file.getFileName());
    try {
      if (name.toLowerCase(Locale.ROOT).endsWith(".npy")) {
        return Npy.read(map(file));
      }
      if (name.toLowerCase(Locale.ROOT).endsWith(".pb")) {
        return readProto(map(file));
      }
    } catch (ModelException e) {
      throw new ModelException(file + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new ModelException(file + ": cannot be read: " + reason(e), e);
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
      CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
      in.enableAliasing(true);
      return TensorProtos.decode(TensorProto.parseFrom(in), ExternalData.NONE);
    } catch (InvalidProtocolBufferException e) {
      throw new ModelException("not an ONNX tensor: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new ModelException("not an ONNX tensor", e);
    }
  }

  /** Writes version 1.0, little endian, C order. There is no NumPy name for bfloat16. */
  public static void writeNpy(Path file, Tensor tensor) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      Npy.write(out, tensor);
    }
  }

  /** Maps a whole file read-only. */
  private static ByteBuffer map(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new ModelException(Files.exists(file) ? "not a regular file" : "no such file");
    }
    try (FileChannel c = FileChannel.open(file, StandardOpenOption.READ)) {
      if (c.size() > Integer.MAX_VALUE) {
        throw new ModelException("above the limit of 2 GB");
      }
      return LfsPointer.refuse(c.map(FileChannel.MapMode.READ_ONLY, 0, c.size()));
    }
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
