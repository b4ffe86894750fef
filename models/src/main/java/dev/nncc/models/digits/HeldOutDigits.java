package dev.nncc.models.digits;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/** Reads the pictures that the digits model has never seen: one sheet of all, and their labels. */
public final class HeldOutDigits {
  /** Width and height of one picture. */
  public static final int SIZE = 28;

  /**
   * One picture.
   *
   * @param pixels {@link #SIZE} rows of as many grey levels, 0 (black) to 255
   * @param label the digit it shows
   */
  public record Digit(List<Integer> pixels, int label) {
    public Digit {
      pixels = List.copyOf(pixels);
    }

    /** The model's input: grey levels to -1 .. 1. */
    public float[] input() {
      float[] result = new float[pixels.size()];
      for (int i = 0; i < result.length; i++) {
        result[i] = (pixels.get(i) - 127.5f) * (float) (1 / 127.5);
      }
      return result;
    }
  }

  private HeldOutDigits() {}

  /**
   * All pictures of a folder with {@code digits.png} and {@code labels.txt}, which has one line of
   * digits for each row of the sheet.
   */
  public static List<Digit> read(Path folder) throws IOException {
    BufferedImage sheet = ImageIO.read(folder.resolve("digits.png").toFile());
    if (sheet == null) {
      throw new IOException(folder.resolve("digits.png") + " isn't a PNG file");
    }
    List<String> rows = Files.readAllLines(folder.resolve("labels.txt"), StandardCharsets.US_ASCII);
    List<Digit> digits = new ArrayList<>();
    for (int row = 0; row < rows.size(); row++) {
      for (int column = 0; column < rows.get(row).length(); column++) {
        int label = rows.get(row).charAt(column) - '0';
        digits.add(new Digit(cell(sheet, column * SIZE, row * SIZE), label));
      }
    }
    return List.copyOf(digits);
  }

  private static List<Integer> cell(BufferedImage sheet, int left, int top) {
    List<Integer> pixels = new ArrayList<>();
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        // The raster, not getRGB: that would convert linear grey to sRGB.
        pixels.add(sheet.getRaster().getSample(left + x, top + y, 0));
      }
    }
    return pixels;
  }
}
