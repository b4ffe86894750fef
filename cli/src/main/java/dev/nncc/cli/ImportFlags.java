package dev.nncc.cli;

import dev.nncc.compiler.ShapeChoice;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ModelFormat;
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
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What a model file leaves open. */
final class ImportFlags {
  @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
  private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--dim",
      paramLabel = "NAME=N[,N..]",
      description =
          "Value of a symbolic dimension; in 'compile' and 'bench' several values make shape"
              + " profiles. Repeatable: all combinations.")
  private List<String> dims = new ArrayList<>();

  @Option(
      names = "--input-shape",
      paramLabel = "NAME=1x3x224x224",
      description =
          "Whole shape of an input, also where dimensions have no name; several, with commas, make"
              + " profiles too, those of several inputs in step. Repeatable.")
  private List<String> inputShapes = new ArrayList<>();

  @Option(
      names = "--bind",
      paramLabel = "NAME=FILE|VALUE",
      description = "Makes an input a constant: a .npy or .pb file, or a number. Repeatable.")
  private List<String> binds = new ArrayList<>();

  @Option(
      names = "--overridable",
      paramLabel = "NAME|all",
      split = ",",
      description = "Weights that the file also lists as inputs, to be kept as inputs.")
  private List<String> overridable = new ArrayList<>();

  @Option(
      names = "--outputs",
      paramLabel = "NAME",
      split = ",",
      description = "Values to compute in place of the model's outputs; the rest is dropped.")
  private List<String> outputs = new ArrayList<>();

  @Option(
      names = "--inputs",
      paramLabel = "NAME",
      split = ",",
      description =
          "Values to give in place of computing them, wherever they are in the model; what only"
              + " they need is dropped.")
  private List<String> inputs = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "The model's format: ${COMPLETION-CANDIDATES}. Default: seen by its content.")
  private @Nullable ModelFormat format;

  @Option(
      names = "--signature",
      paramLabel = "NAME",
      description = "Which signature of a SavedModel. Default: serving_default.")
  private @Nullable String signature;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description = "A Caffe model's weights. Default: the .caffemodel beside it.")
  private @Nullable Path weights;

  /** For a model with one set of shapes. */
  ImportOptions options() {
    Map<String, List<Long>> values = dims();
    values.forEach((name, all) -> requireOne("--dim", name, all.size()));
    Map<String, List<List<Long>>> shapes = shapes();
    shapes.forEach((name, all) -> requireOne("--input-shape", name, all.size()));
    return shared();
  }

  /** What all profiles share: that, and alternatives of which there is only one. */
  ImportOptions shared() {
    ImportOptions options = ImportOptions.NONE;
    for (Map.Entry<String, List<Long>> dim : dims().entrySet()) {
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
    FileChoice files =
        new FileChoice(
            Optional.ofNullable(format),
            Optional.ofNullable(signature),
            Optional.ofNullable(weights));
    return options.withOutputs(outputs).withInputs(inputs).withFiles(files);
  }

  /** What each profile decides on top of {@link #shared}. */
  List<ShapeChoice> profiles() {
    Map<String, List<Long>> values = dims();
    values.values().removeIf(all -> all.size() == 1);
    Map<String, List<List<Long>>> shapes = shapes();
    shapes.values().removeIf(all -> all.size() == 1);
    return ShapeChoice.combinations(values, shapes);
  }

  /** The same as words that the names of profiles consist of. */
  List<String> words() {
    List<String> words = new ArrayList<>(dims);
    words.addAll(inputShapes);
    return words;
  }

  private void requireOne(String option, String name, int count) {
    if (count > 1) {
      throw usage(option + " " + name + " takes one value here; 'nncc compile' makes profiles");
    }
  }

  private Map<String, List<Long>> dims() {
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
  private String[] pair(String option, String text) {
    int at = text.lastIndexOf('=');
    if (at <= 0 || at == text.length() - 1) {
      throw usage(option + " takes NAME=VALUE, not '" + text + "'");
    }
    return new String[] {text.substring(0, at), text.substring(at + 1)};
  }

  private List<Long> shape(String text) {
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

  private CommandLine.ParameterException usage(String message) {
    return new CommandLine.ParameterException(spec.commandLine(), message);
  }
}
