package dev.nncc.compiler.run;

import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Seed;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** Tensors for inputs: from files by their ending, or random. */
public final class TensorInputs {
  private TensorInputs() {}

  /**
   * Reads a .npy or .pb file.
   *
   * @throws RunException when it cannot be read
   */
  public static Tensor read(Path file) {
    try {
      return TensorFiles.read(file);
    } catch (ModelException e) {
      throw new RunException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Reads a tensor, or a picture for an input of that type. */
  public static Tensor read(Path file, TensorType type, PictureFormat format) throws IOException {
    return isPicture(file) ? Picture.read(file).tensor(type, format) : read(file);
  }

  /** Whether the file is a PNG or JPEG, by its ending. */
  public static boolean isPicture(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".png") || name.endsWith(".jpg") || name.endsWith(".jpeg");
  }

  /** The random tensor of the {@code i}-th input; floats from -1 to 1, integers 0 and 1. */
  public static Tensor random(TensorType type, long seed, int i) {
    long mixed = seed * 0x9e3779b97f4a7c15L + i;
    boolean integer = type.dtype().isInteger();
    // Seed widens the range of integers ten times; indices and token numbers must stay small.
    return (integer ? new Seed(mixed, 0, 0.2) : Seed.of(mixed)).tensor(type);
  }
}
