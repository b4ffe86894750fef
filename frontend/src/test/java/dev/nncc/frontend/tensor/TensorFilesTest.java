package dev.nncc.frontend.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorFilesTest {
  @TempDir Path folder;

  private static Tensor counting(DType dtype, long... extents) {
    TensorBuilder b = new TensorBuilder(TensorType.of(dtype, extents));
    for (long i = 0; i < Shape.of(extents).elements(); i++) {
      b.set(i, dtype == DType.BOOL ? i % 2 : i);
    }
    return b.build();
  }

  /** A .npy file as NumPy would write it. */
  private static ByteBuffer npy(int version, String header, byte[] data) {
    byte[] h = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer b = ByteBuffer.allocate(12 + h.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    b.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    if (version == 1) {
      b.putShort((short) h.length);
    } else {
      b.putInt(h.length);
    }
    return b.put(h).put(data).flip();
  }

  private static String header(String descr, boolean fortran, String shape) {
    return "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n"
        .formatted(descr, fortran ? "True" : "False", shape);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BF16")
  void everyTypeSurvivesWritingAndReading(DType dtype) throws IOException {
    for (long[] extents : new long[][] {{}, {5}, {2, 3, 4}, {0, 2}}) {
      Tensor t = counting(dtype, extents);
      Path file = folder.resolve("t.npy");
      TensorFiles.writeNpy(file, t);
      Tensor back = TensorFiles.read(file);
      assertThat(back.type()).isEqualTo(t.type());
      assertThat(back.payload().bytes()).isEqualTo(t.payload().bytes());
      assertThat((Files.size(file) - t.type().bytes()) % 64).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void everyVersionIsRead(int version) {
    Tensor t = TensorFiles.readNpy(npy(version, header("|u1", false, "2,"), new byte[] {3, 4}));
    assertThat(t.type()).isEqualTo(TensorType.of(DType.U8, 2));
    assertThat(t.toLongs()).containsExactly(3, 4);
  }

  @Test
  void columnMajorElementsAreTurned() {
    byte[] data = {1, 4, 2, 5, 3, 6};
    Tensor t = TensorFiles.readNpy(npy(1, header("|i1", true, "2, 3"), data));
    assertThat(t.toLongs()).containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void bigEndianElementsAreTurned() {
    Tensor t = TensorFiles.readNpy(npy(1, header(">i4", false, "1,"), new byte[] {0, 0, 1, 2}));
    assertThat(t.toLongs()).containsExactly(258);
  }

  @Test
  void damagedFilesAreRefused() throws IOException {
    refused(npy(1, header("<f4", false, "2, 2"), new byte[15]), "needs 16 bytes, there are 15");
    refused(npy(1, header("<c8", false, "1,"), new byte[8]), "'<c8' is not supported");
    refused(npy(4, header("<f4", false, "1,"), new byte[4]), "version 4");
    refused(npy(1, "{'descr': '<f4'}", new byte[4]), "no shape");
    refused(npy(1, header("<f4", false, "-1,"), new byte[4]), "negative");
    refused(npy(1, header("<f4", false, "9999999999, 9999999999"), new byte[4]), "counted");
    refused(npy(1, header("<f4", false, "9999999999999999999"), new byte[4]), "no list of numbers");
    refused(ByteBuffer.wrap(new byte[3]), "too short");
    refused(ByteBuffer.wrap(new byte[30]), "not a .npy file");
    ByteBuffer cut = npy(1, header("<f4", false, "1,"), new byte[4]);
    refused(cut.limit(30), "cut off");
    assertThatThrownBy(() -> TensorFiles.read(folder.resolve("no.npy")))
        .isInstanceOf(ModelException.class)
        .hasMessageEndingWith("no.npy: no such file");
    assertThatThrownBy(() -> TensorFiles.read(folder.resolve("no.txt")))
        .hasMessageContaining("not a tensor file");
  }

  private static void refused(ByteBuffer bytes, String message) {
    assertThatThrownBy(() -> TensorFiles.readNpy(bytes))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
  }

  @Test
  void tensorMessagesAreRead() throws IOException {
    Tensor t = counting(DType.F16, 3);
    Path file = Files.write(folder.resolve("t.pb"), TensorProtos.encode("t", t).toByteArray());
    assertThat(TensorFiles.read(file).toDoubles()).containsExactly(0, 1, 2);
    Files.write(file, new byte[] {(byte) 0xFF});
    assertThatThrownBy(() -> TensorFiles.read(file)).hasMessageContaining("not an ONNX tensor");
  }
}
