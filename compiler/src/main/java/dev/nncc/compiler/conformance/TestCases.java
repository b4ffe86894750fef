package dev.nncc.compiler.conformance;

import dev.nncc.compiler.ScratchFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * The tests of a folder or a zip file, sorted by name. A test is a folder with a model ({@link
 * TestCase#MODELS}) and either stored tensors beside it or in {@code test_data_set_<k>}. A zip file
 * is unpacked into a temporary folder, since models are mapped into memory.
 */
public final class TestCases implements AutoCloseable {
  private static final String DATA_SET = "test_data_set_";

  private final List<TestCase> cases;
  private final Optional<ScratchFolder> unpacked;

  private TestCases(List<TestCase> cases, Optional<ScratchFolder> unpacked) {
    this.cases = List.copyOf(cases);
    this.unpacked = unpacked;
  }

  /** Finds all tests below a folder or in a zip file; nothing runs yet. */
  public static TestCases find(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return new TestCases(scan(path), Optional.empty());
    }
    ScratchFolder folder = ScratchFolder.create();
    try {
      unpack(path, folder.path());
      return new TestCases(scan(folder.path()), Optional.of(folder));
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  public List<TestCase> cases() {
    return cases;
  }

  private static List<TestCase> scan(Path root) throws IOException {
    List<Path> models;
    try (Stream<Path> files = Files.walk(root)) {
      models = files.filter(TestCases::isModel).toList();
    }
    List<TestCase> cases = new ArrayList<>();
    for (Path model : models) {
      Path folder = model.toAbsolutePath().getParent();
      if (folder != null) {
        List<Path> data = data(folder);
        String name = root.toAbsolutePath().relativize(folder).toString();
        cases.add(new TestCase(name.isEmpty() ? folder.getFileName() + "" : name, folder, data));
      }
    }
    cases.sort(Comparator.comparing(TestCase::name));
    return cases;
  }

  private static boolean isModel(Path p) {
    String name = String.valueOf(p.getFileName());
    return TestCase.MODELS.contains(name)
        && Files.isRegularFile(name.equals("saved_model") ? p.resolve("saved_model.pb") : p);
  }

  private static List<Path> data(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> sets =
          files
              .filter(p -> String.valueOf(p.getFileName()).startsWith(DATA_SET))
              .filter(Files::isDirectory)
              .sorted(Comparator.comparing(TestCases::number).thenComparing(p -> p))
              .toList();
      return sets.isEmpty() ? List.of(folder) : sets;
    }
  }

  /** So that set 10 comes after set 9. */
  private static int number(Path set) {
    String digits = String.valueOf(set.getFileName()).substring(DATA_SET.length());
    return digits.matches("[0-9]{1,9}") ? Integer.parseInt(digits) : Integer.MAX_VALUE;
  }

  private static void unpack(Path zip, Path folder) throws IOException {
    boolean any = false;
    try (InputStream in = Files.newInputStream(zip);
        ZipInputStream entries = new ZipInputStream(in)) {
      for (ZipEntry e = entries.getNextEntry(); e != null; e = entries.getNextEntry()) {
        any = true;
        Path to = folder.resolve(e.getName()).normalize();
        if (!to.startsWith(folder)) {
          throw new IOException(zip + " has an entry outside of its folder: " + e.getName());
        }
        if (!e.isDirectory() && wanted(e.getName())) {
          Files.createDirectories(to.getParent());
          Files.copy(entries, to);
        }
      }
    }
    if (!any) {
      throw new IOException(zip + " is neither a folder nor a zip file");
    }
  }

  private static boolean wanted(String name) {
    String n = name.toLowerCase(Locale.ROOT);
    return n.endsWith(".onnx")
        || n.endsWith(".pb")
        || n.endsWith(".npy")
        || n.endsWith(".json")
        || n.endsWith("/io.txt")
        || n.endsWith(".prototxt")
        || n.endsWith(".caffemodel")
        || n.contains("/saved_model/");
  }

  /** Removes what was unpacked. */
  @Override
  public void close() throws IOException {
    if (unpacked.isPresent()) {
      unpacked.get().close();
    }
  }
}
