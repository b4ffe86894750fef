package dev.nncc.frontend.importing;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a model file says about itself and what was decided while it was imported.
 *
 * @param format what the file is
 * @param file the file's name without its folder
 * @param irVersion version of the file format: of ONNX its IR version, of TensorFlow that of the
 *     graph's producer, of Caffe the generation of the layers' form (0 to 2)
 * @param opsets version of each operator domain; the standard domain is {@code ai.onnx}
 * @param producer name and version of the exporter, may be empty
 * @param graphName what the graph is called, may be empty
 * @param metadata the model's own key-value pairs
 * @param operators how often each operator is used; sub-graphs of ONNX models are not counted
 * @param parameters elements of all initialisers and constant nodes
 * @param frozen initialisers that the file would let callers override and that became constants
 * @param assumed sentences about what was assumed because nobody said it, such as a batch of 1
 * @param hash SHA-256 of the file and of its external data, computed when asked for
 */
public record ModelFacts(
    ModelFormat format,
    String file,
    long irVersion,
    Map<String, Long> opsets,
    String producer,
    String graphName,
    Map<String, String> metadata,
    Map<String, Integer> operators,
    long parameters,
    List<String> frozen,
    List<String> assumed,
    Supplier<String> hash) {
  public ModelFacts {
    opsets = Collections.unmodifiableMap(new TreeMap<>(opsets));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    operators = Collections.unmodifiableMap(new TreeMap<>(operators));
    frozen = List.copyOf(frozen);
    assumed = List.copyOf(assumed);
    hash = new Once(hash);
  }

  /** Reads the files once, who asks meanwhile waits; 64 hexadecimal digits. */
  public String sha256() {
    return hash.get();
  }

  private static final class Once implements Supplier<String> {
    private final Supplier<String> compute;
    private @Nullable String computed;

    Once(Supplier<String> compute) {
      this.compute = compute;
    }

    @Override
    public synchronized String get() {
      if (computed == null) {
        computed = compute.get();
      }
      return computed;
    }
  }
}
