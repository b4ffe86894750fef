package dev.nncc.codegen.llvm.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nncc.codegen.llvm.toolchain.HostCpu;
import dev.nncc.codegen.llvm.toolchain.Lld;
import dev.nncc.codegen.llvm.toolchain.Machine;
import dev.nncc.codegen.llvm.toolchain.PresetClang;
import dev.nncc.runtime.Model;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of runtime/examples, as a user would build and start them. */
class ExamplesTest {
  private static final Path RUNTIME = Path.of("../runtime");
  private static final Path HEADERS = RUNTIME.resolve("src/main/c");
  private static final Path C_EXAMPLE = RUNTIME.resolve("examples/run_model.c");
  private static final Path CC = Path.of("/usr/bin/cc");

  @TempDir static Path folder;
  static Path library;

  @BeforeAll
  static void build() throws Exception {
    library = SampleLibrary.build(folder, "example", 0.5f, 4);
  }

  @Test
  void cWithTheSystemsCompiler() throws Exception {
    assumeTrue(Files.isExecutable(CC), "no system compiler");
    Path program = folder.resolve("run_model_cc");
    run(
        CC.toString(),
        "-std=c11",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-O2",
        "-I" + HEADERS,
        C_EXAMPLE.toString(),
        "-o",
        program.toString(),
        "-ldl");
    checkOutput(run(program.toString(), library.toString(), "2", "10"));
    String absent = folder.resolve("absent.so").toString();
    assertThat(ended(1, program.toString(), absent)).startsWith(absent + ": ");
    assertThat(ended(2, program.toString())).startsWith("usage: ");
  }

  @Test
  void cWithThePresetsCompiler() throws Exception {
    checkOutput(run(presetProgram().toString(), library.toString(), "2", "10"));
  }

  private static String[] ofJava(String... arguments) throws Exception {
    String classes =
        Path.of(Model.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String example = RUNTIME.resolve("examples/RunModel.java").toString();
    List<String> command = new ArrayList<>(List.of(java, "-cp", classes, example));
    command.addAll(List.of(arguments));
    return command.toArray(String[]::new);
  }

  @Test
  void java() throws Exception {
    String output = run(ofJava(library.toString(), "2"));
    assertThat(output)
        .startsWith("example for ")
        .contains(
            "input x: F32[1, 37, 16]\n", "ran on 2 threads\n", "output ergebnis_ü: F32[592] ");
  }

  /** A user who has built one of them can see whether the other does the same. */
  @Test
  void bothFillInputsWithTheSameNumbers() throws Exception {
    double[] c = numbers(run(presetProgram().toString(), library.toString()), "\nergebnis_ü: ");
    double[] java = numbers(run(ofJava(library.toString())), "\noutput ergebnis_ü: F32[592] ");
    assertThat(c).hasSize(8).doesNotHaveDuplicates();
    // C prints six digits.
    assertThat(java).usingElementComparator(closeTo(1e-5)).containsExactly(c);
  }

  private static double[] numbers(String output, String behind) {
    String line =
        output
            .substring(output.indexOf(behind) + behind.length())
            .lines()
            .findFirst()
            .orElseThrow();
    return Stream.of(line.split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
  }

  private static Comparator<Double> closeTo(double relative) {
    return (a, b) -> Math.abs(a - b) <= relative * Math.abs(b) ? 0 : Double.compare(a, b);
  }

  @Test
  void javaSaysInOneLineWhatIsWrong() throws Exception {
    String absent = folder.resolve("absent.so").toString();
    assertThat(ended(1, ofJava(absent))).isEqualTo("no such file: " + absent + "\n");
    assertThat(ended(1, ofJava(folder.toString()))).isEqualTo(folder + " is not a file\n");
    assertThat(ended(2, ofJava())).startsWith("usage: ").hasLineCount(1);
    assertThat(ended(2, ofJava(library.toString(), "many"))).startsWith("usage: ").hasLineCount(1);
  }

  private static void checkOutput(String output) {
    assertThat(output)
        .startsWith("example for ")
        .contains("compiled by nncc 0.1.0\n")
        .contains("input x: f32[1, 37, 16], 2368 bytes\n")
        .contains("output ergebnis_ü: f32[592], 2368 bytes\n")
        .contains("ran on 2 threads\n")
        .contains("\nergebnis_ü: -0 ");
  }

  /** Compiled and linked without any file of a libc: headers and entry point are the test's own. */
  private static Path presetProgram() throws Exception {
    Machine machine = HostCpu.machine();
    Path libc = Path.of(ExamplesTest.class.getResource("/libc/start.c").toURI()).getParent();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-pie",
                "-m",
                machine.emulation(),
                "--dynamic-linker",
                machine.interpreter(),
                "-o",
                folder.resolve("run_model_clang").toString()));
    for (Path source : List.of(C_EXAMPLE, libc.resolve("start.c"))) {
      Path object = folder.resolve(source.getFileName() + ".o");
      List<String> options =
          List.of("-std=gnu11", "-O2", "-ffreestanding", "-I" + libc, "-I" + HEADERS);
      new PresetClang().compile(machine, source, object, options);
      arguments.add(object.toString());
    }
    Map<String, String> functions = new LinkedHashMap<>();
    for (String name :
        List.of(
            "__libc_start_main",
            "stderr",
            "printf",
            "puts",
            "putchar",
            "fprintf",
            "calloc",
            "free",
            "atoi",
            "memcpy",
            "memset",
            "dlopen",
            "dlsym",
            "dlclose",
            "dlerror")) {
      functions.put(name, machine.baseVersion());
    }
    Path stub = folder.resolve("libc.so.6");
    StubLibrary.write(machine, LibcStubs.stub("libc.so.6", functions), folder, stub);
    arguments.add(stub.toString());
    new Lld().run(arguments);
    return folder.resolve("run_model_clang");
  }

  private static String run(String... command) throws Exception {
    return ended(0, command);
  }

  /** What a command prints that ends with this code. */
  private static String ended(int code, String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s\n%s", List.of(command), output).isEqualTo(code);
    return output;
  }
}
