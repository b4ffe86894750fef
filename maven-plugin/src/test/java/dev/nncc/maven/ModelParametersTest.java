package dev.nncc.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That no parameter is forgotten, neither where options are compared nor where they are offered.
 */
class ModelParametersTest {
  private static final Path HELP =
      Path.of("../cli/src/test/resources/dev/nncc/cli/help/compile.txt");

  /** What a build says in other ways, prints, or has no use for. */
  private static final List<String> OF_THE_COMMAND_LINE_ALONE =
      List.of(
          "output",
          "run",
          "emit",
          "dump",
          "stop-after",
          "time",
          "trace-rules",
          "jobs",
          "json",
          "quiet",
          "tune",
          "layout",
          "mean",
          "scale",
          "resize",
          "help",
          "version");

  @TempDir Path folder;

  @Test
  void eachOptionOfTheCompilerIsAParameter() throws Exception {
    List<String> fields =
        Arrays.stream(ModelParameters.class.getDeclaredFields()).map(Field::getName).toList();
    List<String> options =
        Pattern.compile("(?m)^ +(?:-., )?--([a-z-]+)")
            .matcher(Files.readString(HELP))
            .results()
            .map((MatchResult r) -> r.group(1))
            .filter(option -> !OF_THE_COMMAND_LINE_ALONE.contains(option))
            .toList();
    assertThat(options).contains("cpu", "dim", "memory-limit");
    for (String option : options) {
      String name = Identifiers.camel(option);
      assertThat(fields).as("--%s", option).containsAnyOf(name, name + "s");
    }
  }

  @Test
  void eachParameterCountsWhenModelsAreCompared() throws Exception {
    File file = Files.writeString(folder.resolve("some.file"), "").toFile();
    List<String> plain = said(new ModelParameters());
    for (Field f : ModelParameters.class.getDeclaredFields()) {
      // These two are lines of the build, and targets are what the lines are for.
      if (Modifier.isStatic(f.getModifiers())
          || List.of("source", "className", "targets").contains(f.getName())) {
        continue;
      }
      ModelParameters p = new ModelParameters();
      Object value =
          f.getType() == boolean.class
              ? true
              : f.getType() == File.class
                  ? file
                  : f.getType() == String.class ? "some" : new ArrayList<>(List.of("some=1"));
      f.set(p, value);
      assertThat(said(p)).as(f.getName()).isNotEqualTo(plain);
    }
  }

  private List<String> said(ModelParameters p) {
    List<String> all = new ArrayList<>(p.lines(p.machines().get(0)));
    p.files(folder).forEach(file -> all.add(file.toString()));
    return all;
  }
}
