package dev.nncc.frontend;

import dev.nncc.frontend.caffe.CaffeImporter;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.frontend.importing.Importer;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.frontend.importing.NodeFailure;
import dev.nncc.frontend.importing.OpenModel;
import dev.nncc.frontend.importing.SupportedOp;
import dev.nncc.frontend.onnx.OnnxImporter;
import dev.nncc.frontend.tensorflow.TensorflowImporter;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Model files of all formats to Graph IR. */
public final class Importers {
  private Importers() {}

  /** What reads a format. */
  public static Importer of(ModelFormat format) {
    return switch (format) {
      case ONNX -> new OnnxImporter();
      case TENSORFLOW -> new TensorflowImporter();
      case CAFFE -> new CaffeImporter();
    };
  }

  /** The operators of a format that can be imported, sorted by domain and name. */
  public static List<SupportedOp> supportedOps(ModelFormat format) {
    return of(format).supportedOps();
  }

  /** The format of a model's files: the one that was chosen, or what their content looks like. */
  public static ModelFormat format(Path file, FileChoice choice) {
    return choice.format().orElseGet(() -> FormatGuess.of(file));
  }

  /**
   * Opens a model of any format, without translating it.
   *
   * @throws ModelException as {@link Importer#open} does
   */
  public static OpenModel open(Path file, FileChoice choice) {
    return of(format(file, choice)).open(file, choice);
  }

  /**
   * Imports a model. The graph refers to the mapped files: do not change them while the graph is
   * used.
   *
   * @throws ModelException if a file cannot be read, is malformed, has open dimensions, or uses
   *     what is not supported; the message begins with the file's name
   */
  public static ImportResult importModel(Path file, ImportOptions options) {
    OpenModel model = open(file, options.files());
    try {
      return model.translate(options);
    } catch (NodeFailure | ModelException | ArithmeticException e) {
      throw located(model, e);
    }
  }

  /**
   * Imports a model for inputs that are at hand: {@link #optionsFor} and {@link #importModel}.
   *
   * @param data tensors by input name
   * @throws ModelException as {@link #importModel} does
   */
  public static ImportResult importFor(Path file, ImportOptions options, Map<String, Tensor> data) {
    return importModel(file, optionsFor(file, options, data));
  }

  /**
   * The options with which a model can be imported for inputs that are at hand: the inputs' shapes,
   * and binds of those inputs whose values decide the shapes of other values. Bound inputs are no
   * inputs of the graph any more; the others keep their names.
   *
   * @param data tensors by input name
   * @throws ModelException if the model cannot be imported with these either
   */
  public static ImportOptions optionsFor(
      Path file, ImportOptions options, Map<String, Tensor> data) {
    OpenModel model = open(file, options.files());
    ImportOptions all = options;
    for (Map.Entry<String, Tensor> e : data.entrySet()) {
      if (!options.binds().containsKey(e.getKey())) {
        List<Long> shape = Arrays.stream(e.getValue().shape().toArray()).boxed().toList();
        all = all.withInputShape(e.getKey(), shape);
      }
    }
    while (true) {
      try {
        model.translate(all);
        return all;
      } catch (NodeFailure e) {
        ImportOptions before = all;
        for (String name : e.steering()) {
          Tensor t = data.get(name);
          all = t == null || all.binds().containsKey(name) ? all : all.withBind(name, t);
        }
        if (all.binds().size() == before.binds().size()) {
          throw located(model, e);
        }
      } catch (ModelException | ArithmeticException e) {
        throw located(model, e);
      }
    }
  }

  private static ModelException located(OpenModel model, RuntimeException e) {
    if (e instanceof NodeFailure) {
      return new ModelException(String.valueOf(e.getMessage()), e);
    }
    String what = e instanceof ArithmeticException ? ": sizes are too large: " : ": ";
    return new ModelException(model.name() + what + e.getMessage(), e);
  }
}
