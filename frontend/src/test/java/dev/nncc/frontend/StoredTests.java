package dev.nncc.frontend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Small models of an archive, a folder each with inputs and what must come out, through importer
 * and reference evaluation.
 */
public abstract class StoredTests {
  /** What became of a test; what is refused or not readable is said in words. */
  public enum Kind {
    PASSED,
    REFUSED,
    WRONG,
    UNREADABLE,
    CRASHED
  }

  private record Outcome(String name, Kind kind, String why) {}

  /** A test's data; names are those of the graph's inputs. */
  public record Stored(ImportOptions options, Map<String, Tensor> inputs, List<Tensor> outputs) {}

  private final ZipFile zip;
  private final Path folder;
  private final String model;

  /**
   * @param folder where models are put
   * @param model name of their files
   */
  protected StoredTests(ZipFile zip, Path folder, String model) {
    this.zip = zip;
    this.folder = folder;
    this.model = model;
  }

  /**
   * What a test gives and wants.
   *
   * @param file its model, on disk
   */
  protected abstract Stored stored(String name, Path file) throws IOException;

  /** Absolute tolerance beside the relative one of 1e-3. */
  protected abstract double absolute();

  /**
   * Runs all tests of an archive and writes what became of them to a file.
   *
   * @param least how many must pass
   */
  public static void check(String archive, int least, Path folder, Opening opening)
      throws IOException {
    Path file = Path.of(System.getProperty("nncc.data", "../../shared/data")).resolve(archive);
    assumeTrue(Files.exists(file), "no " + file);
    Map<Kind, List<Outcome>> outcomes = new EnumMap<>(Kind.class);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      StoredTests tests = opening.open(zip, folder);
      for (String name : tests.names()) {
        Outcome o = tests.run(name);
        outcomes.computeIfAbsent(o.kind(), k -> new ArrayList<>()).add(o);
      }
    }
    print(outcomes, archive.replace(".zip", ""));
    assertThat(outcomes.getOrDefault(Kind.CRASHED, List.of())).isEmpty();
    assertThat(outcomes.getOrDefault(Kind.PASSED, List.of())).hasSizeGreaterThanOrEqualTo(least);
  }

  /** Makes the tests of an archive. */
  public interface Opening {
    StoredTests open(ZipFile zip, Path folder);
  }

  private static void print(Map<Kind, List<Outcome>> outcomes, String title) throws IOException {
    Path report = Path.of("target", title + ".txt");
    Files.createDirectories(report.getParent());
    try (PrintStream out =
        new PrintStream(Files.newOutputStream(report), false, StandardCharsets.UTF_8)) {
      outcomes.forEach(
          (kind, all) -> {
            System.out.println(title + ": " + kind + ": " + all.size());
            out.println(kind + ": " + all.size());
            for (Outcome o : all) {
              out.println("  " + o.name() + ": " + o.why().replace("\n", " | "));
            }
          });
    }
  }

  /** Folders of tests within the archive, sorted. */
  private Set<String> names() {
    Set<String> names = new TreeSet<>();
    for (ZipEntry e : Collections.list(zip.entries())) {
      if (e.getName().endsWith("/" + model)) {
        names.add(e.getName().substring(0, e.getName().length() - model.length() - 1));
      }
    }
    return names;
  }

  private Outcome run(String name) throws IOException {
    Path file = folder.resolve(model);
    try (InputStream in = zip.getInputStream(zip.getEntry(name + "/" + model))) {
      // A new file each time: graphs may still read their weights from a mapping of the old one.
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    }
    Stored test;
    try {
      test = stored(name, file);
    } catch (ModelException e) {
      return new Outcome(name, Kind.UNREADABLE, e.getMessage());
    }
    try {
      List<Tensor> got = evaluate(file, test.options(), test.inputs());
      for (int i = 0; i < test.outputs().size(); i++) {
        String why = difference(got.get(i), test.outputs().get(i), 1e-3, absolute());
        if (!why.isEmpty()) {
          return new Outcome(name, Kind.WRONG, "output " + i + ": " + why);
        }
      }
      return new Outcome(name, Kind.PASSED, "");
    } catch (ModelException e) {
      return new Outcome(name, Kind.REFUSED, e.getMessage());
    } catch (RuntimeException | StackOverflowError e) {
      List<StackTraceElement> at = List.of(e.getStackTrace());
      return new Outcome(name, Kind.CRASHED, e + " at " + at.subList(0, Math.min(4, at.size())));
    }
  }

  /** Imports a model for inputs, some of which may become constants, and computes its outputs. */
  public static List<Tensor> evaluate(Path file, ImportOptions options, Map<String, Tensor> data) {
    Graph g = Importers.importFor(file, options, data).graph();
    List<Tensor> given = new ArrayList<>();
    for (Value v : g.inputs()) {
      given.add(data.get(v.name()));
    }
    return Evaluator.evaluate(g, given);
  }

  /** Empty if equal within {@code |a - b| <= relative * |b| + absolute}; integers exactly. */
  private static String difference(Tensor got, Tensor expected, double relative, double absolute) {
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
                  || Math.abs(x - y) <= relative * Math.abs(y) + absolute && !Double.isInfinite(y);
      if (!same) {
        return "element " + i + " is " + x + ", expected " + y;
      }
    }
    return "";
  }

  /** The bytes of an entry that is there. */
  protected ByteBuffer bytes(String entry) throws IOException {
    try (InputStream in = zip.getInputStream(zip.getEntry(entry))) {
      return ByteBuffer.wrap(in.readAllBytes());
    }
  }

  protected boolean has(String entry) {
    return zip.getEntry(entry) != null;
  }
}
