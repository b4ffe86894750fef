package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.Importers;
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
import java.nio.charset.StandardCharsets;
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

/** Runs tests of one layer each: a graph, what is fed and fetched, and what must come out. */
final class LayerTests {
  /** What became of one test. */
  record Outcome(String name, String kind, String why) {}

  static final String PASSED = "passed";
  static final String REFUSED = "refused";
  static final String WRONG = "wrong";
  static final String CRASHED = "crashed";

  private final ZipFile zip;
  private final Path folder;

  LayerTests(ZipFile zip, Path folder) {
    this.zip = zip;
    this.folder = folder;
  }

  /** Folders of tests within the archive, sorted. */
  List<String> names() {
    TreeSet<String> names = new TreeSet<>();
    for (ZipEntry e : Collections.list(zip.entries())) {
      if (e.getName().endsWith("/model.pb")) {
        names.add(e.getName().substring(0, e.getName().length() - "/model.pb".length()));
      }
    }
    return List.copyOf(names);
  }

  private byte[] bytes(String entry) throws IOException {
    try (InputStream in = zip.getInputStream(zip.getEntry(entry))) {
      return in.readAllBytes();
    }
  }

  Outcome run(String name) throws IOException {
    Path model = folder.resolve("model.pb");
    Files.deleteIfExists(model);
    Files.write(model, bytes(name + "/model.pb"));
    List<String> feeds = new ArrayList<>();
    List<String> fetches = new ArrayList<>();
    for (String line : new String(bytes(name + "/io.txt"), StandardCharsets.UTF_8).split("\n")) {
      String[] words = line.strip().split(" ");
      if (words.length == 2) {
        (words[0].equals("in") ? feeds : fetches).add(words[1]);
      }
    }
    Map<String, Tensor> data = new LinkedHashMap<>();
    for (int i = 0; i < feeds.size(); i++) {
      data.put(Ref.parse(feeds.get(i)).toString(), npy(name + "/input_" + i + ".npy"));
    }
    try {
      ImportOptions ends = ImportOptions.NONE.withInputs(feeds).withOutputs(fetches);
      Graph g = Importers.importFor(model, ends, data).graph();
      List<Tensor> given = new ArrayList<>();
      for (Value v : g.inputs()) {
        given.add(data.get(v.name()));
      }
      List<Tensor> got = Evaluator.evaluate(g, given);
      for (int i = 0; i < fetches.size(); i++) {
        String why = difference(got.get(i), npy(name + "/output_" + i + ".npy"));
        if (!why.isEmpty()) {
          return new Outcome(name, WRONG, "output " + i + ": " + why);
        }
      }
      return new Outcome(name, PASSED, "");
    } catch (ModelException e) {
      return new Outcome(name, REFUSED, e.getMessage());
    } catch (RuntimeException | StackOverflowError e) {
      StackTraceElement[] at = e.getStackTrace();
      String where = "";
      for (int i = 0; i < Math.min(4, at.length); i++) {
        where += " at " + at[i];
      }
      return new Outcome(name, CRASHED, e + where);
    }
  }

  private Tensor npy(String entry) throws IOException {
    return TensorFiles.readNpy(ByteBuffer.wrap(bytes(entry)));
  }

  /** Empty if equal within {@code |a - b| <= 1e-3 |b| + 1e-5}; integers exactly. */
  private static String difference(Tensor got, Tensor expected) {
    if (!got.type().equals(expected.type())) {
      return got.type() + ", expected " + expected.type();
    }
    Tensor.Elements a = got.reader();
    Tensor.Elements b = expected.reader();
    for (long i = 0; i < got.elements(); i++) {
      double x = a.number(i);
      double y = b.number(i);
      boolean same =
          !got.dtype().isFloat()
              ? a.integer(i) == b.integer(i)
              : Double.compare(x, y) == 0
                  || x == y
                  || Math.abs(x - y) <= 1e-3 * Math.abs(y) + 1e-5 && !Double.isInfinite(y);
      if (!same) {
        return "element " + i + " is " + x + ", expected " + y;
      }
    }
    return "";
  }
}
