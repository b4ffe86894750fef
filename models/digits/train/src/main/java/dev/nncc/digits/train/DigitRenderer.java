package dev.nncc.digits.train;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.GraphicsEnvironment;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.font.FontRenderContext;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * Draws digits in the fonts it's given: turned, sheared, stretched and moved, thinner or bolder
 * than the font, dark on light or light on dark, with noise. Same fonts and same random numbers,
 * same picture.
 */
final class DigitRenderer {
  /** Pictures are drawn this much larger and averaged down, which smooths edges. */
  private static final int OVERSAMPLE = 4;

  private static final FontRenderContext CONTEXT = new FontRenderContext(null, true, true);

  private final List<Font> fonts;

  /**
   * @throws IllegalStateException naming the font families that this machine lacks
   */
  DigitRenderer(List<String> families) {
    Set<String> installed =
        new TreeSet<>(
            Arrays.asList(
                GraphicsEnvironment.getLocalGraphicsEnvironment().getAvailableFontFamilyNames()));
    List<String> missing = families.stream().filter(name -> !installed.contains(name)).toList();
    if (!missing.isEmpty()) {
      throw new IllegalStateException("fonts to install first: " + missing);
    }
    List<Font> all = new ArrayList<>();
    for (String family : families) {
      for (int style : new int[] {Font.PLAIN, Font.BOLD, Font.ITALIC}) {
        all.add(new Font(family, style, 100));
      }
    }
    fonts = List.copyOf(all);
  }

  /** A size x size picture of the digit, one grey level (0 to 255) a byte. */
  byte[] render(int digit, int size, Random random) {
    int large = size * OVERSAMPLE;
    BufferedImage canvas = new BufferedImage(large, large, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D graphics = canvas.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setColor(Color.WHITE);
    Font font = fonts.get(random.nextInt(fonts.size()));
    draw(graphics, distorted(outline(font, digit), large, random), large, random);
    graphics.dispose();
    byte[] ink = ((DataBufferByte) canvas.getRaster().getDataBuffer()).getData();
    return develop(averaged(ink, size), random);
  }

  private static Shape outline(Font font, int digit) {
    return font.createGlyphVector(CONTEXT, Integer.toString(digit)).getOutline();
  }

  /** The outline at its place: 50 to 85 per cent of the picture high, around the middle. */
  private static Shape distorted(Shape outline, int size, Random random) {
    Rectangle2D box = outline.getBounds2D();
    double height = size * between(random, 0.5, 0.85);
    double scale = height / box.getHeight();
    double stretch = between(random, 0.75, 1.25);
    stretch = Math.min(stretch, 0.85 * size / (scale * box.getWidth()));
    AffineTransform place = new AffineTransform();
    place.translate(
        size / 2.0 + size * between(random, -0.08, 0.08),
        size / 2.0 + size * between(random, -0.08, 0.08));
    place.rotate(between(random, -0.26, 0.26));
    place.shear(between(random, -0.3, 0.3), 0);
    place.scale(scale * stretch, scale);
    place.translate(-box.getCenterX(), -box.getCenterY());
    return place.createTransformedShape(outline);
  }

  /** Fills the shape; now and then a pen along its edge makes it bolder, or an eraser thinner. */
  private static void draw(Graphics2D graphics, Shape shape, int size, Random random) {
    graphics.fill(shape);
    double kind = random.nextDouble();
    double width = size * between(random, 0.01, 0.06);
    if (kind < 0.35) {
      graphics.setStroke(
          new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
      graphics.draw(shape);
    } else if (kind < 0.5) {
      graphics.setColor(Color.BLACK);
      graphics.setStroke(new BasicStroke((float) (0.4 * width)));
      graphics.draw(shape);
    }
  }

  private static double[] averaged(byte[] ink, int size) {
    double[] result = new double[size * size];
    int large = size * OVERSAMPLE;
    for (int y = 0; y < large; y++) {
      for (int x = 0; x < large; x++) {
        result[y / OVERSAMPLE * size + x / OVERSAMPLE] += ink[y * large + x] & 0xff;
      }
    }
    for (int i = 0; i < result.length; i++) {
      result[i] /= 255.0 * OVERSAMPLE * OVERSAMPLE;
    }
    return result;
  }

  /**
   * Ink (0 to 1) to grey levels: paper and ink of some brightness, either one the darker, and
   * noise.
   */
  private static byte[] develop(double[] ink, Random random) {
    double paper = between(random, 0, 70);
    double full = between(random, 150, 255);
    boolean darkOnLight = random.nextBoolean();
    double noise = between(random, 0, 16);
    byte[] result = new byte[ink.length];
    for (int i = 0; i < ink.length; i++) {
      double level = paper + (full - paper) * ink[i] + noise * random.nextGaussian();
      int grey = (int) Math.round(Math.min(Math.max(level, 0), 255));
      result[i] = (byte) (darkOnLight ? 255 - grey : grey);
    }
    return result;
  }

  private static double between(Random random, double low, double high) {
    return low + (high - low) * random.nextDouble();
  }
}
