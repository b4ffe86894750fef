package dev.nncc.models.digits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import dev.nncc.frontend.onnx.proto.StringStringEntryProto;
import dev.nncc.models.OrtModel;
import java.awt.image.Raster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class DigitsModelTest {
  private static final Path FOLDER = Path.of("digits");
  private static final int SIZE = HeldOutDigits.SIZE;

  @Test
  void recognisesHeldOutDigits() throws Exception {
    List<HeldOutDigits.Digit> digits = HeldOutDigits.read(FOLDER.resolve("held-out"));
    int right = 0;
    try (OrtModel model = new OrtModel(FOLDER.resolve("digits.onnx"))) {
      for (HeldOutDigits.Digit digit : digits) {
        right += best(probabilities(model, digit.input())) == digit.label() ? 1 : 0;
      }
    }
    assertThat(digits).hasSize(2000);
    assertThat((double) right / digits.size()).isGreaterThan(0.97);
  }

  @Test
  void theExampleIsAThreeHoweverItIsMadeSmaller() throws Exception {
    Raster picture = ImageIO.read(FOLDER.resolve("three.png").toFile()).getRaster();
    int factor = picture.getWidth() / SIZE;
    float[] averaged = new float[SIZE * SIZE];
    float[] nearest = new float[SIZE * SIZE];
    for (int i = 0; i < averaged.length; i++) {
      int left = i % SIZE * factor;
      int top = i / SIZE * factor;
      double sum = 0;
      for (int y = 0; y < factor; y++) {
        for (int x = 0; x < factor; x++) {
          sum += picture.getSample(left + x, top + y, 0);
        }
      }
      averaged[i] = (float) (sum / (factor * factor) / 127.5 - 1);
      nearest[i] = (float) (picture.getSample(left, top, 0) / 127.5 - 1);
    }
    try (OrtModel model = new OrtModel(FOLDER.resolve("digits.onnx"))) {
      assertThat(probabilities(model, averaged)[3]).isGreaterThan(0.9f);
      assertThat(probabilities(model, nearest)[3]).isGreaterThan(0.9f);
    }
  }

  @Test
  void theFileIsUnfusedAndSaysHowToUseIt() throws Exception {
    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(FOLDER.resolve("digits.onnx")));

    assertThat(model.getGraph().getNodeList())
        .extracting(NodeProto::getOpType)
        .contains("Conv", "BatchNormalization", "Relu", "Concat", "Add", "MaxPool", "Gemm")
        .endsWith("Softmax");
    assertThat(model.getMetadataPropsList())
        .extracting(StringStringEntryProto::getKey)
        .contains("nncc.image.layout", "nncc.image.mean", "nncc.image.scale", "nncc.labels");
  }

  private static float[] probabilities(OrtModel model, float[] input) throws Exception {
    float[] result = model.run("image", input, 1, 1, SIZE, SIZE).get("probabilities");
    Supplier<String> missing = () -> "the model has no output 'probabilities'";
    assertThat(result).as(missing).isNotNull();
    return result == null ? new float[0] : result;
  }

  private static int best(float[] values) {
    return IntStream.range(0, values.length)
        .reduce((a, b) -> values[b] > values[a] ? b : a)
        .orElseThrow();
  }
}
