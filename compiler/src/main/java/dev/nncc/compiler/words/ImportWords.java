package dev.nncc.compiler.words;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.ShapeChoice;
import dev.nncc.compiler.run.TensorInputs;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a model file leaves open, in words.
 *
 * @param dims {@code NAME=N[,N..]}: values of symbolic dimensions; several make shape profiles
 * @param inputShapes {@code NAME=1x3x224x224[,..]}: whole shapes of inputs; several make profiles
 * @param binds {@code NAME=FILE|VALUE}: inputs that become constants
 * @param overridable names of weights that stay inputs, or {@code all}
 * @param outputs values to compute in place of the model's outputs
 * @param inputs values to give in place of computing them
 * @param files how the model's files are to be read
 */
public record ImportWords(
    List<String> dims,
    List<String> inputShapes,
    List<String> binds,
    List<String> overridable,
    List<String> outputs,
    List<String> inputs,
    FileChoice files) {
  public ImportWords {
    dims = List.copyOf(dims);
    inputShapes = List.copyOf(inputShapes);
    binds = List.copyOf(binds);
    overridable = List.copyOf(overridable);
    outputs = List.copyOf(outputs);
    inputs = List.copyOf(inputs);
  }

  /**
   * For a model with one set of shapes.
   *
   * @throws CompileException when a word cannot be read, or makes several profiles
   */
  public ImportOptions single() {
    Map<String, List<Long>> values = dimValues();
    values.forEach((name, all) -> requireOne("--dim", name, all.size()));
    Map<String, List<List<Long>>> shapes = shapes();
    shapes.forEach((name, all) -> requireOne("--input-shape", name, all.size()));
    return shared();
  }

  /**
   * What all profiles share: what has no alternatives.
   *
   * @throws CompileException when a word cannot be read
   */
  public ImportOptions shared() {
    ImportOptions options = ImportOptions.NONE;
    for (Map.Entry<String, List<Long>> dim : dimValues().entrySet()) {
      if (dim.getValue().size() == 1) {
        options = options.withDim(dim.getKey(), dim.getValue().get(0));
      }
    }
    for (Map.Entry<String, List<List<Long>>> input : shapes().entrySet()) {
      if (input.getValue().size() == 1) {
        options = options.withInputShape(input.getKey(), input.getValue().get(0));
      }
    }
    for (String text : binds) {
      String[] pair = pair("--bind", text);
      options = options.withBind(pair[0], constant(pair[1]));
    }
    for (String name : overridable) {
      options = name.equals("all") ? options.withAllOverridable() : options.withOverridable(name);
    }
    return options.withOutputs(outputs).withInputs(inputs).withFiles(files);
  }

  /**
   * What each profile decides on top of {@link #shared}.
   *
   * @throws CompileException when a word cannot be read, or inputs have different numbers of shapes
   */
  public List<ShapeChoice> profiles() {
    Map<String, List<Long>> values = dimValues();
    values.values().removeIf(all -> all.size() == 1);
    Map<String, List<List<Long>>> shapes = shapes();
    shapes.values().removeIf(all -> all.size() == 1);
    return ShapeChoice.combinations(values, shapes);
  }

  private static void requireOne(String option, String name, int count) {
    if (count > 1) {
      throw usage(option + " " + name + " takes one value here; 'nncc compile' makes profiles");
    }
  }

  private Map<String, List<Long>> dimValues() {
    Map<String, List<Long>> all = new LinkedHashMap<>();
    for (String text : dims) {
      String[] pair = pair("--dim", text);
      List<Long> values = all.computeIfAbsent(pair[0], name -> new ArrayList<>());
      for (String word : pair[1].split(",", -1)) {
        if (!word.matches("[0-9]{1,18}") || values.contains(Long.parseLong(word))) {
          throw usage("--dim takes different values like batch=1,4,8, not '" + text + "'");
        }
        values.add(Long.parseLong(word));
      }
    }
    return all;
  }

  private Map<String, List<List<Long>>> shapes() {
    Map<String, List<List<Long>>> all = new LinkedHashMap<>();
    for (String text : inputShapes) {
      String[] pair = pair("--input-shape", text);
      List<List<Long>> values = all.computeIfAbsent(pair[0], name -> new ArrayList<>());
      for (String word : pair[1].contains("x") ? pair[1].split(",", -1) : new String[] {pair[1]}) {
        List<Long> shape = shape(word);
        if (values.contains(shape)) {
          throw usage("--input-shape names a shape twice: '" + text + "'");
        }
        values.add(shape);
      }
    }
    return all;
  }

  /** The last {@code =} separates: tensor names may hold one. */
  private static String[] pair(String option, String text) {
    int at = text.lastIndexOf('=');
    if (at <= 0 || at == text.length() - 1) {
      throw usage(option + " takes NAME=VALUE, not '" + text + "'");
    }
    return new String[] {text.substring(0, at), text.substring(at + 1)};
  }

  private static List<Long> shape(String text) {
    List<Long> shape = new ArrayList<>();
    if (text.equals("scalar")) {
      return shape;
    }
    for (String word : text.split("[x,]", -1)) {
      if (!word.matches("[0-9]{1,18}")) {
        throw usage("--input-shape takes extents like 1x3x224x224, not '" + text + "'");
      }
      shape.add(Long.parseLong(word));
    }
    return shape;
  }

  private static Tensor constant(String text) {
    if (text.matches("[-+]?[0-9]{1,18}")) {
      return Tensor.ofLongs(Shape.SCALAR, Long.parseLong(text));
    }
    String word = text.toLowerCase(Locale.ROOT);
    if (word.equals("true") || word.equals("false")) {
      return Tensor.filled(TensorType.of(DType.BOOL), word.equals("true") ? 1 : 0);
    }
    try {
      return Tensor.filled(TensorType.of(DType.F64), Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return TensorInputs.read(Path.of(text));
    }
  }

  private static CompileException usage(String message) {
    return new CompileException(message);
  }
}
