package dev.nncc.compiler.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.DType;
import dev.nncc.graph.TensorType;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureTest {
  @TempDir Path folder;

  private Picture png(BufferedImage image) throws IOException {
    Path file = folder.resolve("p.png");
    ImageIO.write(image, "png", file.toFile());
    return Picture.read(file);
  }

  /** Red rises to the right, green downwards, blue is 7. */
  private Picture colours() throws IOException {
    BufferedImage image = new BufferedImage(4, 2, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 8; i++) {
      image.setRGB(i % 4, i / 4, (10 * (i % 4)) << 16 | (100 * (i / 4)) << 8 | 7);
    }
    return png(image);
  }

  @Test
  void planesComeOneAfterTheOtherInNchw() throws IOException {
    double[] v =
        colours().tensor(TensorType.of(DType.F32, 1, 3, 2, 4), PictureFormat.PIXELS).toDoubles();
    assertThat(v)
        .containsExactly(
            0, 10, 20, 30, 0, 10, 20, 30, 0, 0, 0, 0, 100, 100, 100, 100, 7, 7, 7, 7, 7, 7, 7, 7);
  }

  @Test
  void channelsAreInnermostInNhwcAndTheShapeShowsWhichItIs() throws IOException {
    double[] v =
        colours().tensor(TensorType.of(DType.F32, 1, 2, 4, 3), PictureFormat.PIXELS).toDoubles();
    assertThat(v).startsWith(0, 0, 7, 10, 0, 7).endsWith(30, 100, 7);
  }

  @Test
  void meanAndScaleAreAppliedChannelByChannel() throws IOException {
    PictureFormat format =
        PictureFormat.PIXELS.withMean(List.of(10.0, 0.0, 7.0)).withScale(List.of(0.5, 2.0, 1.0));
    double[] v = colours().tensor(TensorType.of(DType.F32, 1, 3, 2, 4), format).toDoubles();
    assertThat(v).startsWith(-5, 0, 5, 10).endsWith(0, 0, 0, 0);
    assertThat(v[12]).isEqualTo(200);
  }

  @Test
  void greyOfALinearPictureIsNotBrightened() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(1, 0, 0, 100);
    double[] v =
        png(image).tensor(TensorType.of(DType.F32, 1, 1, 1, 2), PictureFormat.PIXELS).toDoubles();
    assertThat(v).containsExactly(0, 100);
  }

  @Test
  void shrinkingAveragesAndGrowingInterpolates() throws IOException {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 64; i++) {
      image.getRaster().setSample(i % 8, i / 8, 0, 200 * (i % 2));
    }
    Picture stripes = png(image);
    double[] small =
        stripes.tensor(TensorType.of(DType.F32, 1, 1, 2, 2), PictureFormat.PIXELS).toDoubles();
    // Taking every fourth pixel would give 0 or 200.
    assertThat(small[0]).isCloseTo(100, within(15.0));
    double[] large =
        stripes.tensor(TensorType.of(DType.F32, 1, 1, 8, 16), PictureFormat.PIXELS).toDoubles();
    assertThat(large).startsWith(0, 50, 150, 150, 50);
  }

  @Test
  void croppingKeepsTheMiddle() throws IOException {
    PictureFormat crop = PictureFormat.PIXELS.withResize(PictureFormat.Resize.CROP);
    double[] v = colours().tensor(TensorType.of(DType.F32, 1, 3, 2, 2), crop).toDoubles();
    assertThat(v).startsWith(10, 20, 10, 20, 0, 0, 100, 100);
  }

  @Test
  void anInputThatTakesNoPictureSaysSo() throws IOException {
    Picture p = colours();
    assertThatThrownBy(() -> p.tensor(TensorType.of(DType.F32, 1, 10), PictureFormat.PIXELS))
        .isInstanceOf(RunException.class)
        .hasMessage("an input of type f32[1,10] takes no single picture");
    assertThatThrownBy(() -> p.tensor(TensorType.of(DType.F32, 1, 5, 8, 8), PictureFormat.PIXELS))
        .hasMessageContaining("has not 1 or 3 channels; set --layout");
  }

  @Test
  void otherFilesAreNoPictures() throws IOException {
    Path text = Files.writeString(folder.resolve("a.png"), "hello");
    assertThatThrownBy(() -> Picture.read(text)).hasMessage(text + " is no PNG or JPEG picture");
  }

  @Test
  void metadataSaysHowPixelsBecomeNumbers() {
    PictureFormat f =
        PictureFormat.of(
            Map.of(
                "nncc.image.layout", "nhwc",
                "nncc.image.mean", "1, 2,3",
                "nncc.image.scale", "1/4"));
    assertThat(f.layout()).isEqualTo(Optional.of(PictureFormat.Layout.NHWC));
    assertThat(f.mean()).containsExactly(1.0, 2.0, 3.0);
    assertThat(f.scale()).containsExactly(0.25);
    assertThatThrownBy(() -> PictureFormat.of(Map.of("nncc.image.mean", "grey")))
        .isInstanceOf(RunException.class)
        .hasMessage("'grey' is no list of numbers");
  }
}
