package dev.nncc.compiler.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How pixels become an input: {@code (pixel - mean) * scale}, pixels from 0 to 255.
 *
 * @param layout order of the input's axes; empty: seen from its shape
 * @param mean one number, or one a channel
 * @param scale one number, or one a channel
 * @param resize how a picture of another shape is made to fit
 */
public record PictureFormat(
    Optional<Layout> layout, List<Double> mean, List<Double> scale, Resize resize) {
  /** Orders of axes; the batch may be missing. */
  public enum Layout {
    NCHW,
    NHWC
  }

  /** Ways to fit a picture. */
  public enum Resize {
    /** Width and height each to the input's. */
    STRETCH,
    /** The largest middle part with the input's proportions. */
    CROP
  }

  /** Pixels as they are. */
  public static final PictureFormat PIXELS =
      new PictureFormat(Optional.empty(), List.of(0.0), List.of(1.0), Resize.STRETCH);

  public PictureFormat {
    mean = List.copyOf(mean);
    scale = List.copyOf(scale);
    if (mean.isEmpty() || scale.isEmpty()) {
      throw new IllegalArgumentException("mean and scale have at least one number");
    }
  }

  /**
   * What a model's metadata says in {@code nncc.image.layout}, {@code nncc.image.mean} and {@code
   * nncc.image.scale}.
   *
   * @throws RunException when a value cannot be read
   */
  public static PictureFormat of(Map<String, String> metadata) {
    return PIXELS
        .withLayout(
            Optional.ofNullable(metadata.get("nncc.image.layout")).map(PictureFormat::layout))
        .withMean(numbers(metadata.getOrDefault("nncc.image.mean", "0")))
        .withScale(numbers(metadata.getOrDefault("nncc.image.scale", "1")));
  }

  private static Layout layout(String text) {
    try {
      return Layout.valueOf(text.strip().toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new RunException("image layout '" + text + "' is neither NCHW nor NHWC", e);
    }
  }

  /** Numbers separated by commas; {@code 1/255} is a number too. */
  public static List<Double> numbers(String text) {
    List<Double> numbers = new ArrayList<>();
    for (String word : text.split(",", -1)) {
      try {
        String[] parts = word.strip().split("/", 2);
        double n = Double.parseDouble(parts[0]);
        numbers.add(parts.length == 1 ? n : n / Double.parseDouble(parts[1]));
      } catch (NumberFormatException e) {
        throw new RunException("'" + text + "' is no list of numbers", e);
      }
    }
    return numbers;
  }

  public PictureFormat withLayout(Optional<Layout> order) {
    return new PictureFormat(order, mean, scale, resize);
  }

  public PictureFormat withMean(List<Double> numbers) {
    return new PictureFormat(layout, numbers, scale, resize);
  }

  public PictureFormat withScale(List<Double> numbers) {
    return new PictureFormat(layout, mean, numbers, resize);
  }

  public PictureFormat withResize(Resize way) {
    return new PictureFormat(layout, mean, scale, way);
  }

  double mean(int channel) {
    return at(mean, channel);
  }

  double scale(int channel) {
    return at(scale, channel);
  }

  private static double at(List<Double> numbers, int channel) {
    return numbers.get(numbers.size() == 1 ? 0 : channel);
  }
}
