package dev.nncc.cli;

import dev.nncc.compiler.run.PictureFormat;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How pictures become inputs, where the model's own metadata does not say it or is overruled. */
final class PictureFlags {
  @Option(
      names = "--layout",
      paramLabel = "NCHW|NHWC",
      description = "Order of the axes of a picture's input; default: as the model says.")
  private PictureFormat.@Nullable Layout layout;

  @Option(
      names = "--mean",
      paramLabel = "N[,N,N]",
      description = "Subtracted from each pixel (0 to 255); one number or one a channel.")
  private @Nullable String mean;

  @Option(
      names = "--scale",
      paramLabel = "N[,N,N]",
      description = "Then multiplied with, such as 1/255; one number or one a channel.")
  private @Nullable String scale;

  @Option(
      names = "--resize",
      paramLabel = "stretch|crop",
      defaultValue = "stretch",
      description = "How a picture of another size is made to fit. Default: stretch.")
  private PictureFormat.Resize resize = PictureFormat.Resize.STRETCH;

  PictureFormat format(Map<String, String> metadata) {
    PictureFormat format = PictureFormat.of(metadata).withResize(resize);
    if (layout != null) {
      format = format.withLayout(Optional.of(layout));
    }
    if (mean != null) {
      format = format.withMean(PictureFormat.numbers(mean));
    }
    return scale == null ? format : format.withScale(PictureFormat.numbers(scale));
  }
}
