package dev.nncc.compiler.run;

import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A folder of {@code input_<i>} and {@code output_<i>} tensors, {@code .npy} or {@code .pb}. */
public final class TensorFolder {
  private static final Pattern NAME = Pattern.compile("(input|output)_([0-9]{1,4})\\.(npy|pb)");

  private final TreeMap<Integer, Path> inputs = new TreeMap<>();
  private final TreeMap<Integer, Path> outputs = new TreeMap<>();

  private TensorFolder() {}

  /** Lists a folder; other files are ignored. */
  public static TensorFolder list(Path folder) throws IOException {
    TensorFolder found = new TensorFolder();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        Matcher m = NAME.matcher(String.valueOf(file.getFileName()));
        if (m.matches()) {
          (m.group(1).equals("input") ? found.inputs : found.outputs)
              .put(Integer.valueOf(m.group(2)), file);
        }
      }
    }
    return found;
  }

  /** How many inputs there are: one more than the largest number. */
  public int inputs() {
    return inputs.isEmpty() ? 0 : inputs.lastKey() + 1;
  }

  /** The numbers of the outputs that are stored. */
  public List<Integer> outputs() {
    return List.copyOf(outputs.keySet());
  }

  /**
   * @throws dev.nncc.graph.ModelException when the file is malformed
   */
  public Optional<Tensor> input(int i) {
    return Optional.ofNullable(inputs.get(i)).map(TensorFiles::read);
  }

  /**
   * @throws dev.nncc.graph.ModelException when the file is malformed
   */
  public Optional<Tensor> output(int i) {
    return Optional.ofNullable(outputs.get(i)).map(TensorFiles::read);
  }
}
