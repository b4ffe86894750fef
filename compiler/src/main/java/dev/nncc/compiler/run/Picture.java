package dev.nncc.compiler.run;

import dev.nncc.compiler.run.PictureFormat.Layout;
import dev.nncc.compiler.run.PictureFormat.Resize;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import javax.imageio.ImageIO;

/**
 * A picture as planes of numbers from 0 to 255: one of grey, or red, green and blue. Transparency
 * is ignored.
 */
public final class Picture {
  private final int width;
  private final int height;
  private final double[][] planes;

  private Picture(int width, int height, double[][] planes) {
    this.width = width;
    this.height = height;
    this.planes = planes;
  }

  /**
   * Reads a PNG or JPEG file.
   *
   * @throws RunException when it is no such picture
   * @throws IOException when the file cannot be read
   */
  public static Picture read(Path file) throws IOException {
    BufferedImage image;
    try {
      image = ImageIO.read(file.toFile());
    } catch (IOException | RuntimeException e) {
      // ImageIO throws unchecked exceptions for some damaged files too.
      throw new RunException(file + " cannot be read as a picture: " + e.getMessage(), e);
    }
    if (image == null) {
      throw new RunException(file + " is no PNG or JPEG picture");
    }
    boolean grey =
        image.getRaster().getNumBands() <= 2 && !(image.getColorModel() instanceof IndexColorModel);
    return new Picture(image.getWidth(), image.getHeight(), grey ? grey(image) : colours(image));
  }

  /** From the raster: getRGB would take linear grey for sRGB and brighten it. */
  private static double[][] grey(BufferedImage image) {
    double full = Math.scalb(1.0, image.getSampleModel().getSampleSize(0)) - 1;
    double[] plane = new double[image.getWidth() * image.getHeight()];
    for (int i = 0; i < plane.length; i++) {
      int x = i % image.getWidth();
      plane[i] = image.getRaster().getSample(x, i / image.getWidth(), 0) * 255 / full;
    }
    return new double[][] {plane};
  }

  private static double[][] colours(BufferedImage image) {
    double[][] planes = new double[3][image.getWidth() * image.getHeight()];
    for (int i = 0; i < planes[0].length; i++) {
      int rgb = image.getRGB(i % image.getWidth(), i / image.getWidth());
      for (int c = 0; c < 3; c++) {
        planes[c][i] = rgb >> (16 - 8 * c) & 0xFF;
      }
    }
    return planes;
  }

  /**
   * The picture as an input of that type, resized to its height and width.
   *
   * @throws RunException when the type is not that of a picture
   */
  public Tensor tensor(TensorType type, PictureFormat format) {
    Axes axes = Axes.of(type, format.layout());
    check(format, axes.channels());
    Picture fit = (format.resize() == Resize.CROP ? cropped(axes) : this).resized(axes);
    TensorBuilder to = new TensorBuilder(type);
    for (int c = 0; c < axes.channels(); c++) {
      for (int y = 0; y < axes.height(); y++) {
        for (int x = 0; x < axes.width(); x++) {
          double pixel = fit.sample(axes.channels(), c, y * axes.width() + x);
          double value = (pixel - format.mean(c)) * format.scale(c);
          to.set(axes.index(c, y, x), type.dtype().isFloat() ? value : Math.rint(value));
        }
      }
    }
    return to.build();
  }

  private static void check(PictureFormat format, int channels) {
    int means = format.mean().size();
    int scales = format.scale().size();
    if (means != 1 && means != channels || scales != 1 && scales != channels) {
      throw new RunException(
          "mean and scale have one number or one for each of " + channels + " channels");
    }
  }

  private double sample(int channels, int channel, int at) {
    if (planes.length == channels) {
      return planes[channel][at];
    }
    return planes.length == 1
        ? planes[0][at]
        // Grey from colours: the weights of ITU-R BT.601.
        : 0.299 * planes[0][at] + 0.587 * planes[1][at] + 0.114 * planes[2][at];
  }

  private Picture cropped(Axes axes) {
    double scale = Math.min((double) width / axes.width(), (double) height / axes.height());
    int w = Math.max(1, (int) Math.rint(scale * axes.width()));
    int h = Math.max(1, (int) Math.rint(scale * axes.height()));
    double[][] cut = new double[planes.length][w * h];
    for (int c = 0; c < planes.length; c++) {
      for (int i = 0; i < w * h; i++) {
        int x = (width - w) / 2 + i % w;
        cut[c][i] = planes[c][((height - h) / 2 + i / w) * width + x];
      }
    }
    return new Picture(w, h, cut);
  }

  private Picture resized(Axes axes) {
    if (axes.width() == width && axes.height() == height) {
      return this;
    }
    double[][] out = new double[planes.length][];
    for (int c = 0; c < planes.length; c++) {
      double[] rows = resample(planes[c], height, width, axes.width());
      double[] columns =
          resample(transposed(rows, height, axes.width()), axes.width(), height, axes.height());
      out[c] = transposed(columns, axes.width(), axes.height());
    }
    return new Picture(axes.width(), axes.height(), out);
  }

  private static double[] transposed(double[] m, int rows, int columns) {
    double[] t = new double[m.length];
    for (int i = 0; i < m.length; i++) {
      t[i % columns * rows + i / columns] = m[i];
    }
    return t;
  }

  /** Linear interpolation; where it shrinks, the triangle is as wide as what it stands for. */
  private static double[] resample(double[] from, int lines, int length, int to) {
    double ratio = (double) length / to;
    double reach = Math.max(1, ratio);
    double[] out = new double[lines * to];
    for (int i = 0; i < to; i++) {
      double centre = (i + 0.5) * ratio - 0.5;
      int first = Math.max(0, (int) Math.ceil(centre - reach));
      int last = Math.min(length - 1, (int) Math.floor(centre + reach));
      double sum = 0;
      for (int k = first; k <= last; k++) {
        double weight = Math.max(0, 1 - Math.abs(k - centre) / reach);
        sum += weight;
        for (int line = 0; line < lines; line++) {
          out[line * to + i] += weight * from[line * length + k];
        }
      }
      for (int line = 0; line < lines; line++) {
        out[line * to + i] /= sum;
      }
    }
    return out;
  }

  /** Which axis of an input is what. */
  private record Axes(Layout layout, int channels, int height, int width) {
    static Axes of(TensorType type, Optional<Layout> wanted) {
      int skip = type.rank() == 4 ? 1 : 0;
      if (type.rank() != 3 && type.rank() != 4 || skip == 1 && type.dim(0) != 1) {
        throw new RunException("an input of type " + type + " takes no single picture");
      }
      boolean first = isChannels(type.dim(skip));
      Layout layout = wanted.orElseGet(() -> first ? Layout.NCHW : Layout.NHWC);
      int at = layout == Layout.NCHW ? skip : skip + 2;
      if (!isChannels(type.dim(at))) {
        throw new RunException(
            "an input of type "
                + type
                + " in "
                + layout
                + " has not 1 or 3 channels; set --layout");
      }
      int height = layout == Layout.NCHW ? skip + 1 : skip;
      return new Axes(
          layout,
          Math.toIntExact(type.dim(at)),
          Math.toIntExact(type.dim(height)),
          Math.toIntExact(type.dim(height + 1)));
    }

    private static boolean isChannels(long extent) {
      return extent == 1 || extent == 3;
    }

    long index(int c, int y, int x) {
      return layout == Layout.NCHW
          ? ((long) c * height + y) * width + x
          : ((long) y * width + x) * channels + c;
    }
  }
}
