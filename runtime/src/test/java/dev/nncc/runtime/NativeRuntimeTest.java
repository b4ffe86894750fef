package dev.nncc.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The C runtime with a model by hand, under the sanitizers of the system's compiler and under
 * valgrind, where they exist. (The product does not need a system compiler; libraries linked by the
 * preset's tools are tested in codegen-llvm.)
 */
class NativeRuntimeTest {
  private static final Path MAIN = Path.of("src/main/c");
  private static final Path TEST = Path.of("src/test/c");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"-O2", "-fsanitize=address,undefined", "-fsanitize=thread"})
  void passesItsChecks(String option) throws Exception {
    Path program = compile(option, TEST);
    assertThat(run(List.of(program.toString(), "200"))).isEqualTo("all passed\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-O2", "-fsanitize=address,undefined", "-fsanitize=thread"})
  void profilesPassTheirChecks(String option) throws Exception {
    Path program = compile(option, TEST.resolve("profiles"));
    assertThat(run(List.of(program.toString(), "200"))).isEqualTo("all passed\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-O2", "-fsanitize=address,undefined", "-fsanitize=thread"})
  void roundsWaitForEachOther(String option) throws Exception {
    Path program = compile(option, TEST.resolve("rounds"));
    assertThat(run(List.of(program.toString(), "200"))).isEqualTo("all passed\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-O2", "-DNONE_USABLE", "-fsanitize=address,undefined"})
  void variantsPassTheirChecks(String option) throws Exception {
    Path program = compile(option, TEST.resolve("variants"));
    assertThat(run(List.of(program.toString()))).isEqualTo("all passed\n");
  }

  @Test
  void isCleanUnderValgrind() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/valgrind")), "no valgrind");
    Path program = compile("-O1", TEST);
    List<String> valgrind =
        List.of("/usr/bin/valgrind", "-q", "--error-exitcode=9", "--leak-check=full");
    List<String> command = new ArrayList<>(valgrind);
    command.addAll(List.of(program.toString(), "20", "valgrind"));
    assertThat(run(command)).isEqualTo("all passed\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-std=c99", "-std=c++11"})
  void headerCompilesAlone(String standard) throws Exception {
    String compiler = standard.contains("++") ? "/usr/bin/g++" : "/usr/bin/gcc";
    assumeTrue(Files.isExecutable(Path.of(compiler)), "no " + compiler);
    Path source = Files.writeString(folder.resolve("header.c"), "#include \"nncc.h\"\nint x;\n");
    String language = standard.contains("++") ? "c++" : "c";
    assertThat(
            run(
                List.of(
                    compiler,
                    standard,
                    "-pedantic",
                    "-Wall",
                    "-Wextra",
                    "-Werror",
                    "-fsyntax-only",
                    "-I" + MAIN,
                    "-x",
                    language,
                    source.toString())))
        .isEmpty();
  }

  private Path compile(String option, Path tests) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/gcc")), "no system compiler");
    Path program = folder.resolve("test_runtime");
    List<String> command =
        new ArrayList<>(
            List.of(
                "/usr/bin/gcc",
                "-std=gnu11",
                "-g",
                option,
                "-Wall",
                "-Wextra",
                "-Werror",
                "-Wno-tsan",
                "-I" + MAIN,
                "-o",
                program.toString()));
    command.addAll(sources(MAIN));
    command.addAll(sources(tests));
    command.addAll(List.of("-ldl", "-lpthread"));
    assertThat(run(command)).isEmpty();
    return program;
  }

  private static List<String> sources(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(Path::toString).filter(f -> f.endsWith(".c")).sorted().toList();
    }
  }

  /** What a command prints; its exit status must be 0. */
  private static String run(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s\n%s", command, output).isZero();
    return output;
  }
}
