package dev.nncc.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A compiled library as a file: the same bytes every time, usable from many threads, from C and
 * from every Java.
 */
class LibraryTest {
  private static final Path DIGITS = Path.of("../models/digits/digits.onnx");
  private static final Path RUNTIME = Path.of("../runtime");

  @TempDir static Path folder;
  static Path library;

  @BeforeAll
  static void compile() throws IOException {
    library = compile("digits", CompileOptions.DEFAULT);
  }

  private static Path compile(String to, CompileOptions options) throws IOException {
    new Compiler(CompileListener.NONE).compile(DIGITS, folder.resolve(to), options);
    return folder.resolve(to).resolve("libdigits.so").toAbsolutePath();
  }

  @Test
  void theSameBytesWhateverTheThreadsAndTheLocale() throws IOException {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr-TR"));
      Path again = compile("again", CompileOptions.DEFAULT.withJobs(1));
      for (String file : List.of("libdigits.so", "digits.h", "digits.json")) {
        assertThat(again.resolveSibling(file)).hasSameBinaryContentAs(library.resolveSibling(file));
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void twoContextsInEightThreadsGiveTheSameNumbers() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try (Model model = Model.load(library);
        Context a = model.newContext(ContextOptions.DEFAULT.withThreads(1));
        Context b = model.newContext(ContextOptions.DEFAULT.withThreads(2))) {
      float[] expected = run(a);
      List<Callable<float[]>> tasks = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        Context c = i % 2 == 0 ? a : b;
        tasks.add(() -> run(c));
      }
      for (Future<float[]> f : pool.invokeAll(tasks)) {
        assertThat(f.get()).containsExactly(expected);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  /**
   * The input is always the same, so that threads that share a context cannot disturb each other.
   */
  private static float[] run(Context c) {
    synchronized (c) {
      float[] x = new float[28 * 28];
      for (int i = 0; i < x.length; i++) {
        x[i] = (i * 37 % 101) / 101f;
      }
      c.setInput(0, x);
      c.run();
      return c.outputFloats(0);
    }
  }

  @Test
  void equalKernelsAreOneFunction() throws IOException {
    FamilyCase c = FamilyCases.seeded(1).newCase();
    Value x = c.input(4, 8);
    for (int i = 0; i < 4; i++) {
      x = c.act(ElementwiseKind.RELU, c.add(new MatMul(false, false), x, c.constant(8, 8)));
    }
    Graph graph = c.graph(x);
    CompileReport r =
        new Compiler(CompileListener.NONE)
            .compile("a", graph, folder.resolve("equal"), CompileOptions.DEFAULT);
    assertThat(r.launches()).isEqualTo(4);
    assertThat(r.distinctKernels()).isLessThan(4);
  }

  @Test
  @Tag("full")
  void everyJavaAtHandRunsIt() throws Exception {
    Path jvms = Path.of("/usr/lib/jvm");
    assumeTrue(Files.isDirectory(jvms), "no other Java");
    String classes =
        Path.of(Model.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    try (Stream<Path> all = Files.list(jvms)) {
      for (Path jvm :
          all.filter(p -> Files.isExecutable(p.resolve("bin/java"))).sorted().toList()) {
        String java = jvm.resolve("bin/java").toString();
        String example = RUNTIME.resolve("examples/RunModel.java").toString();
        assertThat(output(java, "-cp", classes, example, library.toString(), "2"))
            .as("%s", jvm)
            .contains("ran on 2 threads", "output probabilities");
      }
    }
  }

  @Test
  @Tag("full")
  void valgrindFindsNothing() throws Exception {
    Path valgrind = Path.of("/usr/bin/valgrind");
    Path cc = Path.of("/usr/bin/cc");
    assumeTrue(
        Files.isExecutable(valgrind) && Files.isExecutable(cc), "no valgrind or no C compiler");
    Path v3 = compile("v3", CompileOptions.DEFAULT.withCpu("x86-64-v3"));
    Path program = folder.resolve("run_model");
    String source = RUNTIME.resolve("examples/run_model.c").toString();
    output(
        cc.toString(),
        "-std=c11",
        "-O1",
        "-g",
        "-I" + RUNTIME.resolve("src/main/c"),
        source,
        "-o",
        program.toString(),
        "-ldl");
    String said =
        output(
            valgrind.toString(),
            "--error-exitcode=9",
            "--leak-check=full",
            "--errors-for-leak-kinds=definite",
            program.toString(),
            v3.toString(),
            "2",
            "3");
    assertThat(said).contains("ERROR SUMMARY: 0 errors");
  }

  /** What the command prints; fails unless it ends with 0. */
  private static String output(String... command) throws Exception {
    Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(p.waitFor()).as("%s%n%s", String.join(" ", command), text).isZero();
    return text;
  }
}
