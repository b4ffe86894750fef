package dev.nncc.compiler;

import dev.nncc.frontend.importing.ImportOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What one shape profile of a library decides beyond what all profiles share.
 *
 * @param dims values of symbolic dimensions, by name
 * @param inputShapes whole shapes of inputs, by input name
 */
public record ShapeChoice(Map<String, Long> dims, Map<String, List<Long>> inputShapes) {
  /** Nothing: the only profile of a library. */
  public static final ShapeChoice NONE = new ShapeChoice(Map.of(), Map.of());

  public ShapeChoice {
    dims = Collections.unmodifiableMap(new LinkedHashMap<>(dims));
    inputShapes = Collections.unmodifiableMap(new LinkedHashMap<>(inputShapes));
  }

  /**
   * All combinations of the values of dimensions, the last name varying fastest, each with all
   * shapes of inputs; the shapes at one position belong together.
   *
   * @param dims the values that each symbolic dimension takes
   * @param inputShapes the shapes that each input takes, equally many
   * @throws CompileException when the inputs have different numbers of shapes
   */
  public static List<ShapeChoice> combinations(
      Map<String, List<Long>> dims, Map<String, List<List<Long>>> inputShapes) {
    List<ShapeChoice> all = List.of(NONE);
    for (Map.Entry<String, List<Long>> dim : dims.entrySet()) {
      List<ShapeChoice> more = new ArrayList<>();
      for (ShapeChoice c : all) {
        dim.getValue().forEach(v -> more.add(c.withDim(dim.getKey(), v)));
      }
      all = more;
    }
    if (inputShapes.isEmpty()) {
      return List.copyOf(all);
    }
    Set<Integer> counts = new TreeSet<>();
    inputShapes.values().forEach(shapes -> counts.add(shapes.size()));
    if (counts.size() > 1) {
      throw new CompileException(
          "inputs need equally many shapes, which go together: " + inputShapes);
    }
    List<ShapeChoice> shaped = new ArrayList<>();
    for (ShapeChoice c : all) {
      for (int i = 0; i < counts.iterator().next(); i++) {
        ShapeChoice with = c;
        for (Map.Entry<String, List<List<Long>>> input : inputShapes.entrySet()) {
          with = with.withInputShape(input.getKey(), input.getValue().get(i));
        }
        shaped.add(with);
      }
    }
    return List.copyOf(shaped);
  }

  private ShapeChoice withDim(String name, long value) {
    Map<String, Long> m = new LinkedHashMap<>(dims);
    m.put(name, value);
    return new ShapeChoice(m, inputShapes);
  }

  private ShapeChoice withInputShape(String input, List<Long> shape) {
    Map<String, List<Long>> m = new LinkedHashMap<>(inputShapes);
    m.put(input, List.copyOf(shape));
    return new ShapeChoice(dims, m);
  }

  /** The choice on top of what all profiles share. */
  ImportOptions applyTo(ImportOptions shared) {
    ImportOptions o = shared;
    for (Map.Entry<String, Long> dim : dims.entrySet()) {
      o = o.withDim(dim.getKey(), dim.getValue());
    }
    for (Map.Entry<String, List<Long>> input : inputShapes.entrySet()) {
      o = o.withInputShape(input.getKey(), input.getValue());
    }
    return o;
  }

  /** As users write it: {@code batch=4,seq=128}, {@code x=1x3x224x224}; empty for no choice. */
  public String name() {
    List<String> words = new ArrayList<>();
    dims.forEach((name, value) -> words.add(name + "=" + value));
    inputShapes.forEach(
        (name, shape) ->
            words.add(
                name + "=" + shape.stream().map(String::valueOf).collect(Collectors.joining("x"))));
    return String.join(",", words);
  }
}
