package dev.nncc.compiler.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.compiler.conformance.OnnxFiles;
import dev.nncc.graph.Compare;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxRuntimeTest {
  private static final Tensor X = Tensor.ofFloats(Shape.of(3), -1, 0, 2);

  @TempDir Path folder;

  private static Path jar() throws Exception {
    return Path.of(
        ai.onnxruntime.OrtEnvironment.class
            .getProtectionDomain()
            .getCodeSource()
            .getLocation()
            .toURI());
  }

  @Test
  void runsAModelFromAJarThatIsOnNoClassPath() throws Exception {
    Path model = OnnxFiles.unary(folder.resolve("m.onnx"), "Relu");
    OnnxRuntime peer = OnnxRuntime.load(jar());
    try (Peer.Session session = peer.open(model, List.of(X), 1)) {
      session.run();
      Tensor y = session.outputs().get(0);
      assertThat(Compare.relativeL2(y, Tensor.ofFloats(Shape.of(3), 0, 0, 2))).isZero();
    }
    assertThat(peer.name()).isEqualTo("onnxruntime");
  }

  @Test
  void itsRefusalKeepsItsWords() throws Exception {
    Path model = OnnxFiles.unary(folder.resolve("m.onnx"), "Frobnicate");
    OnnxRuntime peer = OnnxRuntime.load(jar());
    assertThatThrownBy(() -> peer.open(model, List.of(X), 1))
        .isInstanceOf(PeerException.class)
        .hasMessageContaining("Frobnicate");
  }

  @Test
  void anotherJarIsNamed() throws Exception {
    Path jar = Files.writeString(folder.resolve("x.jar"), "no jar");
    assertThatThrownBy(() -> OnnxRuntime.load(jar))
        .isInstanceOf(PeerException.class)
        .hasMessageStartingWith(jar + " is not ONNX Runtime");
  }
}
