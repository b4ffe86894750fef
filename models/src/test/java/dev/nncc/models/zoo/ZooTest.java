package dev.nncc.models.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.models.OrtModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZooTest {
  /** Small enough for every build; the tag {@code full} runs all at full size. */
  private static final ZooOptions SMALL_BERT =
      new ZooOptions(
          1, Map.of("layers", 2L, "width", 64L, "heads", 4L, "vocab", 200L, "sequence", 16L));

  @TempDir Path folder;

  /**
   * Published parameter counts (those of torchvision and transformers; normalisation statistics
   * aren't parameters).
   */
  @ParameterizedTest
  @CsvSource({
    "lenet, 61706",
    "alexnet, 61100840",
    "vgg19, 143667240",
    "squeezenet1.1, 1235496",
    "googlenet, 6998552",
    "inception-v3, 23834568",
    "resnet18, 11689512",
    "resnet50, 25557032",
    "resnet152, 60192808",
    "resnet50-v1, 25557032",
    "resnet152-v1, 60192808",
    "densenet121, 7978856",
    "mobilenet-v1, 4231976",
    "mobilenet-v2, 3504872",
    "mobilenet-v3-small, 2542856",
    "shufflenet-v2, 2278604",
    "efficientnet-b0, 5288548",
    "bert-base, 109482240",
  })
  void hasThePublishedNumberOfParameters(String name, long parameters) {
    long count =
        Zoo.build(name, ZooOptions.defaults())
            .elementCount(tensor -> tensor.endsWith(".weight") || tensor.endsWith(".bias"));

    assertThat(count).isEqualTo(parameters);
  }

  @Test
  void gptGrowsToGpt2Small() {
    ZooOptions options =
        new ZooOptions(
            1,
            Map.of("layers", 12L, "width", 768L, "heads", 12L, "vocab", 50257L, "context", 1024L));

    long count =
        Zoo.build("gpt", options)
            .elementCount(tensor -> tensor.endsWith(".weight") || tensor.endsWith(".bias"));

    assertThat(count).isEqualTo(124_439_808);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lenet",
        "squeezenet1.1",
        "googlenet",
        "mobilenet-v2",
        "mobilenet-v3-small",
        "shufflenet-v2",
        "efficientnet-b0",
        "resnet18",
        "gpt",
        "lstm",
        "gru"
      })
  void givesOutputsThatDependOnTheInput(String name) throws Exception {
    check(name, ZooOptions.defaults());
  }

  @Test
  void smallBertGivesOutputsThatDependOnTheInput() throws Exception {
    check("bert-base", SMALL_BERT);
  }

  @ParameterizedTest
  @MethodSource("dev.nncc.models.zoo.Zoo#names")
  @Tag("full")
  void everyModelGivesOutputsThatDependOnTheInput(String name) throws Exception {
    check(name, ZooOptions.defaults());
    check(name, new ZooOptions(2, Map.of()));
  }

  @Test
  void theSeedDecidesTheBytes() throws Exception {
    byte[] first = written("lenet", new ZooOptions(7, Map.of()));

    assertThat(written("lenet", new ZooOptions(7, Map.of()))).isEqualTo(first);
    assertThat(written("lenet", new ZooOptions(8, Map.of()))).isNotEqualTo(first);
  }

  @Test
  void otherSizesAndBatchesWork() throws Exception {
    check("resnet18", ZooOptions.defaults().withDim("size", 97).withDim("batch", 2));
    check("shufflenet-v2", ZooOptions.defaults().withDim("size", 65).withDim("batch", 3));
    check("unet", ZooOptions.defaults().withDim("size", 48).withDim("width", 8));
    check("gpt", ZooOptions.defaults().withDim("past", 1).withDim("batch", 2));
  }

  @Test
  void unknownModelsAndDimensionsAreNamed() {
    assertThatThrownBy(() -> Zoo.dims("resnet51"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no zoo model 'resnet51'; there are lenet, alexnet");
    assertThatThrownBy(() -> Zoo.build("lenet", ZooOptions.defaults().withDim("depth", 3)))
        .hasMessage("lenet has no dimension 'depth'; it has {batch=1}");
    assertThatThrownBy(() -> Zoo.build("vgg19", ZooOptions.defaults().withDim("batch", 0)))
        .hasMessage("vgg19: dimension batch=0 is out of range");
    assertThatThrownBy(() -> Zoo.build("inception-v3", ZooOptions.defaults().withDim("size", 20)))
        .hasMessage("the input is too small for this model");
  }

  private byte[] written(String name, ZooOptions options) throws Exception {
    Path file = folder.resolve("bytes.onnx");
    Zoo.write(name, options, file);
    return Files.readAllBytes(file);
  }

  /**
   * Two random inputs give results that are finite, of moderate size, neither constant nor (where
   * they're probabilities) certain, and that differ: an error in the first layer can't hide.
   */
  private void check(String name, ZooOptions options) throws Exception {
    Path file = folder.resolve(name + ".onnx");
    Zoo.write(name, options, file);
    try (OrtModel model = new OrtModel(file)) {
      Map<String, float[]> first = model.run(1);
      Map<String, float[]> second = model.run(2);
      first.forEach(
          (output, a) -> {
            float[] b = second.getOrDefault(output, new float[0]);
            assertThat(b).as("%s %s", name, output).hasSameSizeAs(a);
            double size = norm(a);
            double change = 0;
            float low = a[0];
            float high = a[0];
            for (int i = 0; i < a.length; i++) {
              change += ((double) a[i] - b[i]) * (a[i] - b[i]);
              low = Math.min(low, a[i]);
              high = Math.max(high, a[i]);
            }
            assertThat(size / Math.sqrt(a.length)).as("%s size", name).isBetween(1e-4, 20.0);
            assertThat(Math.sqrt(change) / size).as("%s change", name).isGreaterThan(3e-3);
            assertThat((double) high)
                .as("%s largest", name)
                .isGreaterThan(low + 0.5 * size / Math.sqrt(a.length));
            if (output.equals("output")) {
              assertThat(high).as("%s most certain", name).isLessThan(0.999f);
            }
          });
    } finally {
      Files.delete(file);
    }
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }
}
