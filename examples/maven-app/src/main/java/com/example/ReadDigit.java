package com.example;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Locale;
import javax.imageio.ImageIO;

/** Says which digit a picture shows. {@code Digits} is made of the model when this is built. */
public final class ReadDigit {
  private static final int SIZE = 28;

  private ReadDigit() {}

  public static void main(String[] files) throws IOException {
    try (Digits digits = Digits.open()) {
      for (String file : files) {
        BufferedImage picture = ImageIO.read(new File(file));
        if (picture == null) {
          throw new IOException(file + " is no picture");
        }
        fill(digits.image(), picture);
        digits.run();
        int best = best(digits.probabilities());
        float certain = 100 * digits.probabilities().get(best);
        System.out.printf(Locale.ROOT, "%s shows %d (%.1f %%)%n", file, best, certain);
      }
    }
  }

  /** Grey from -1 to 1, each pixel the mean of those that it covers. */
  private static void fill(FloatBuffer image, BufferedImage picture) {
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        image.put((float) ((grey(picture, x, y) - 127.5) / 127.5));
      }
    }
  }

  private static double grey(BufferedImage picture, int x, int y) {
    int left = x * picture.getWidth() / SIZE;
    int right = Math.max(left + 1, (x + 1) * picture.getWidth() / SIZE);
    int top = y * picture.getHeight() / SIZE;
    int bottom = Math.max(top + 1, (y + 1) * picture.getHeight() / SIZE);
    double sum = 0;
    for (int v = top; v < bottom; v++) {
      for (int u = left; u < right; u++) {
        int rgb = picture.getRGB(u, v);
        sum += 0.299 * (rgb >> 16 & 255) + 0.587 * (rgb >> 8 & 255) + 0.114 * (rgb & 255);
      }
    }
    return sum / ((right - left) * (bottom - top));
  }

  private static int best(FloatBuffer probabilities) {
    int best = 0;
    for (int i = 1; i < probabilities.limit(); i++) {
      best = probabilities.get(i) > probabilities.get(best) ? i : best;
    }
    return best;
  }
}
