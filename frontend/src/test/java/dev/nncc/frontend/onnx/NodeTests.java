package dev.nncc.frontend.onnx;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Runs tests in the form of ONNX's own: a model, inputs, and what must come out. */
final class NodeTests {
  /** What became of one test. */
  record Outcome(String name, String kind, String why) {}

  static final String PASSED = "passed";
  static final String REFUSED = "refused";
  static final String WRONG = "wrong";
  static final String UNREADABLE = "data not readable";
  static final String CRASHED = "crashed";

  private final ZipFile zip;
  private final Path folder;

  NodeTests(ZipFile zip, Path folder) {
    this.zip = zip;
    this.folder = folder;
  }

  /** Folders of tests within the archive, sorted. */
  List<String> names() {
    TreeSet<String> names = new TreeSet<>();
    for (ZipEntry e : Collections.list(zip.entries())) {
      if (e.getName().endsWith("/model.onnx")) {
        names.add(e.getName().substring(0, e.getName().length() - "/model.onnx".length()));
      }
    }
    return List.copyOf(names);
  }

  Outcome run(String name) throws IOException {
    Path model = folder.resolve(name.replace('/', '_') + ".onnx");
    try (InputStream in = zip.getInputStream(zip.getEntry(name + "/model.onnx"))) {
      Files.copy(in, model);
    }
    List<Tensor> inputs;
    List<Tensor> expected;
    try {
      inputs = tensors(name + "/test_data_set_0/input_");
      expected = tensors(name + "/test_data_set_0/output_");
    } catch (ModelException e) {
      return new Outcome(name, UNREADABLE, e.getMessage());
    }
    try {
      return check(name, evaluate(model, inputs), expected);
    } catch (ModelException e) {
      return new Outcome(name, REFUSED, e.getMessage());
    } catch (RuntimeException | Error e) {
      StackTraceElement[] at = e.getStackTrace();
      return new Outcome(name, CRASHED, e + (at.length > 0 ? " at " + at[0] : ""));
    }
  }

  static List<Tensor> evaluate(Path model, List<Tensor> inputs) {
    List<String> names = Importers.open(model, FileChoice.NONE).inputNames(ImportOptions.NONE);
    Map<String, Tensor> data = new LinkedHashMap<>();
    for (int i = 0; i < Math.min(names.size(), inputs.size()); i++) {
      data.put(names.get(i), inputs.get(i));
    }
    Graph g = Importers.importFor(model, ImportOptions.NONE, data).graph();
    List<Tensor> given = new ArrayList<>();
    for (Value v : g.inputs()) {
      given.add(data.get(v.name()));
    }
    return Evaluator.evaluate(g, given);
  }

  private Outcome check(String name, List<Tensor> got, List<Tensor> expected) {
    for (int i = 0; i < expected.size(); i++) {
      String why = difference(got.get(i), expected.get(i), 1e-3, 1e-7);
      if (!why.isEmpty()) {
        return new Outcome(name, WRONG, "output " + i + ": " + why);
      }
    }
    return new Outcome(name, PASSED, "");
  }

  /** Empty if equal within {@code |a - b| <= relative * |b| + absolute}; integers exactly. */
  static String difference(Tensor got, Tensor expected, double relative, double absolute) {
    if (!got.type().equals(expected.type())) {
      return got.type() + ", expected " + expected.type();
    }
    Tensor.Elements a = got.reader();
    Tensor.Elements b = expected.reader();
    for (long i = 0; i < got.elements(); i++) {
      boolean same;
      if (got.dtype().isFloat()) {
        double x = a.number(i);
        double y = b.number(i);
        same =
            Double.compare(x, y) == 0
                || Math.abs(x - y) <= relative * Math.abs(y) + absolute && !Double.isInfinite(y);
      } else {
        same = a.integer(i) == b.integer(i);
      }
      if (!same) {
        return "element " + i + " is " + a.number(i) + ", expected " + b.number(i);
      }
    }
    return "";
  }

  private List<Tensor> tensors(String prefix) throws IOException {
    List<Tensor> out = new ArrayList<>();
    while (true) {
      ZipEntry e = zip.getEntry(prefix + out.size() + ".pb");
      if (e == null) {
        return out;
      }
      try (InputStream in = zip.getInputStream(e)) {
        out.add(TensorFiles.readProto(ByteBuffer.wrap(in.readAllBytes())));
      }
    }
  }
}
