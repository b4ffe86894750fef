package dev.nncc.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** That what the documents name is there: files, types, packages, options of the command line. */
@Tag("arch")
class DocumentsTest {
  private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#]+)(?:#[^)]*)?\\)");
  private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
  private static final Pattern TYPE = Pattern.compile("([A-Z][a-z]+[A-Za-z]*)(?:\\.([A-Za-z]+))?");
  private static final Pattern PACKAGE = Pattern.compile("dev\\.nncc(?:\\.[a-z]+)+");
  private static final Pattern OPTION = Pattern.compile("(?<![-\\w.])--[a-z][a-z-]*");

  /** Types of the JDK, and names that stand for any. */
  private static final Set<String> NOT_OURS =
      Set.of(
          "HashMap",
          "HashSet",
          "LinkedHashMap",
          "TreeMap",
          "Map",
          "Set",
          "Utils",
          "Manager",
          "Net");

  /** Options of Java. */
  private static final Set<String> OTHER_OPTIONS = Set.of("--enable-native-access");

  private final Sources sources = Sources.find();

  @Test
  void linksLeadToFiles() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path document : documents(".")) {
      for (String link : found(LINK, sources.text(document))) {
        if (!Files.exists(document.resolveSibling(link))) {
          broken.add(sources.relative(document) + ": " + link);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  /** The names in {@code importers.md} are those of other projects. */
  @Test
  void typesAndPackagesThatAreNamedExist() throws IOException {
    Map<String, Path> types = new TreeMap<>();
    Set<String> packages = new TreeSet<>();
    for (Path file : sources.files("src", ".java", ".h")) {
      types.put(file.getFileName().toString().replaceAll("\\..*", ""), file);
      found(Pattern.compile("(?m)^package (dev\\.nncc[a-z.]*);"), sources.text(file))
          .forEach(packages::add);
    }
    List<String> missing = new ArrayList<>();
    int seen = 0;
    for (Path document : documents("docs", "CONTRIBUTING.md")) {
      if (document.endsWith("importers.md")) {
        continue;
      }
      for (String code : found(CODE, sources.text(document))) {
        var name = TYPE.matcher(code);
        boolean gone = false;
        if (name.matches() && !NOT_OURS.contains(name.group(1))) {
          Path file = types.get(name.group(1));
          gone = file == null || name.group(2) != null && !has(file, name.group(2));
          seen++;
        } else if (PACKAGE.matcher(code).matches()) {
          gone = packages.stream().noneMatch(p -> p.equals(code) || p.startsWith(code + "."));
          seen++;
        }
        if (gone) {
          missing.add(sources.relative(document) + ": " + code);
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(seen).isGreaterThan(60);
  }

  @Test
  void optionsThatAreNamedExist() throws IOException {
    Set<String> options = new TreeSet<>(OTHER_OPTIONS);
    for (Path help : sources.files("src/test/resources/dev/nncc/cli/help", ".txt")) {
      options.addAll(found(OPTION, sources.text(help)));
    }
    List<String> missing = new ArrayList<>();
    for (Path document : documents("docs", "CONTRIBUTING.md", "README.md", "examples")) {
      found(OPTION, sources.text(document)).stream()
          .filter(Predicate.not(options::contains))
          .forEach(option -> missing.add(sources.relative(document) + ": " + option));
    }
    assertThat(options).hasSizeGreaterThan(40);
    assertThat(missing).isEmpty();
  }

  /** What the build enforces is what the documents and {@code ./nncc} ask for. */
  @Test
  void theSameMavenIsAskedForEverywhere() {
    String pom = sources.text(sources.root().resolve("pom.xml"));
    String version = found(Pattern.compile("<maven\\.version>([^<]+)<"), pom).get(0);
    assertThat(pom).contains("<version>[${maven.version},)</version>");
    for (String name : List.of("README.md", "CONTRIBUTING.md", "docs/maven.md", "nncc")) {
      String text = sources.text(sources.root().resolve(name));
      assertThat(found(Pattern.compile("Maven\\s+([0-9.]+[0-9])"), text))
          .as(name)
          .isNotEmpty()
          .containsOnly(version);
    }
    String[] parts = version.split("\\.");
    assertThat(sources.text(sources.root().resolve("nncc")))
        .contains(String.format("-ge %s%03d%03d ]", parts[0], toInt(parts[1]), toInt(parts[2])));
  }

  private static int toInt(String digits) {
    return Integer.parseInt(digits);
  }

  private boolean has(Path file, String member) {
    return Pattern.compile("\\b" + member + "\\b").matcher(sources.text(file)).find();
  }

  /** What a pattern finds: its first group, or all of it. */
  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(DocumentsTest::word).toList();
  }

  private static String word(MatchResult r) {
    return r.groupCount() > 0 ? r.group(1) : r.group();
  }

  /** Markdown files with these names, or below these folders. */
  private List<Path> documents(String... names) throws IOException {
    List<Path> all = new ArrayList<>();
    for (String name : names) {
      try (Stream<Path> files = Files.walk(sources.root().resolve(name).normalize())) {
        files
            .filter(f -> f.toString().endsWith(".md") && !f.toString().contains("/target/"))
            .sorted()
            .forEach(all::add);
      }
    }
    assertThat(all).isNotEmpty();
    return all;
  }
}
