package dev.nncc.compiler.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.conformance.Outcome.Kind;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.TensorFolder;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.Tensor;
import dev.nncc.runtime.ContextOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Trained models of others with the outputs of ONNX Runtime, through the whole compiler. */
@Tag("data")
class StoredModelsTest {
  /**
   * Its stored output is a multiple of 2^-24, 1.3e-5 from exact arithmetic: a sigmoid within 4 ulp
   * cannot come within 1e-5 of it.
   */
  private static final String STORED_IS_OFF = "oww-hey-rhasspy";

  static final Path FOLDER =
      Path.of(System.getProperty("nncc.data", "../../shared/data"), "onnx-models");

  private static final List<String> SMALL =
      List.of(
          "mnist-cntk",
          "tribuo-cnn-mnist",
          "resnet20-cifar",
          "keypoint-classifier",
          "micro-kws-fp32",
          "oww-hey-rhasspy",
          "tribuo-tinybert",
          "vespa-encoder");

  private static final List<String> LARGE =
      List.of(
          "ultraface-rfb-320",
          "ultraface-slim-320",
          "yunet-n-320",
          "retinaface-mbnet025",
          "scrfd-500m-bnkps",
          "superres-pytorch",
          "mp-face-detection-short",
          "slim-160-landmarks",
          "mobilefacenet",
          "yolox-nano",
          "fastestdet",
          "candy-nc16-128",
          "mxnet-mobilenetv2-part",
          "ppocr-cls",
          "ppocr-v3-det-ch",
          "basic-pitch",
          "oww-embedding",
          "oww-melspectrogram",
          "dnsmos-sig-bak-ovr",
          "magika-v3_3",
          "crepe-tiny",
          "vittrack",
          "dtln-1");

  @TempDir Path out;

  static List<String> small() {
    return SMALL;
  }

  static List<String> all() {
    List<String> all = new ArrayList<>(SMALL);
    all.addAll(LARGE);
    return all;
  }

  private static TestCase find(String name) throws IOException {
    Path folder = FOLDER.resolve(name);
    assumeTrue(Files.isDirectory(folder), "no " + folder + ": set -Dnncc.data");
    try (TestCases cases = TestCases.find(folder)) {
      return cases.cases().get(0);
    }
  }

  @ParameterizedTest
  @MethodSource("small")
  void givesTheStoredOutputs(String name) throws IOException {
    check(name, "host", 2);
  }

  @ParameterizedTest
  @MethodSource("all")
  @Tag("full")
  void givesTheStoredOutputsOnEveryProcessor(String name) throws IOException {
    for (String cpu : List.of("x86-64-v2", "x86-64-v3", "host")) {
      check(name, cpu, 1);
    }
  }

  private static void check(String name, String cpu, int threads) throws IOException {
    CaseRunner runner =
        new CaseRunner(
            CompileOptions.DEFAULT.withCpu(cpu), ContextOptions.DEFAULT.withThreads(threads));
    Outcome o = runner.run(find(name));
    Kind expected = name.equals(STORED_IS_OFF) ? Kind.EXCUSED : Kind.PASSED;
    assertThat(o.kind()).as("%s for %s: %s", name, cpu, o.why()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"resnet20-cifar", "tribuo-tinybert"})
  void givesTheSameBitsInEveryRunAndForEveryNumberOfThreads(String name) throws IOException {
    checkBits(name);
  }

  @ParameterizedTest
  @MethodSource("all")
  @Tag("full")
  void allGiveTheSameBitsInEveryRunAndForEveryNumberOfThreads(String name) throws IOException {
    checkBits(name);
  }

  private void checkBits(String name) throws IOException {
    TestCase test = find(name);
    ImportOptions shapes = ImportOptions.NONE;
    for (var shape : StoredFacts.read(test.folder()).shapes().entrySet()) {
      shapes = shapes.withInputShape(shape.getKey(), shape.getValue());
    }
    CompileReport report =
        new Compiler(CompileListener.NONE)
            .compile(test.model(), out, CompileOptions.DEFAULT.withImports(shapes));
    Path library =
        report.files().stream().filter(p -> p.toString().endsWith(".so")).findFirst().orElseThrow();
    TensorFolder stored = TensorFolder.list(test.folder());
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < stored.inputs(); i++) {
      inputs.add(stored.input(i).orElseThrow());
    }
    List<ByteBuffer> first = List.of();
    for (int threads : new int[] {1, 2, 5}) {
      ContextOptions options = ContextOptions.DEFAULT.withThreads(threads);
      try (CompiledModel model = CompiledModel.open(library, options)) {
        for (int run = 0; run < 2; run++) {
          List<ByteBuffer> now = model.run(inputs).stream().map(t -> t.payload().bytes()).toList();
          assertThat(now).as("%s, %d threads, run %d", name, threads, run).isNotEmpty();
          if (first.isEmpty()) {
            first = now;
          }
          assertThat(now.equals(first)).as("%s, %d threads, run %d", name, threads, run).isTrue();
        }
      }
    }
  }

  @Test
  void twoCompilationsGiveTheSameBytes() throws IOException {
    TestCase test = find("resnet20-cifar");
    List<byte[]> first = compile(test, "a", 1);
    List<byte[]> second = compile(test, "b", 4);
    assertThat(second).usingRecursiveComparison().isEqualTo(first);
  }

  private List<byte[]> compile(TestCase test, String folder, int jobs) throws IOException {
    Path to = out.resolve(folder);
    new Compiler(CompileListener.NONE)
        .compile(test.model(), to, CompileOptions.DEFAULT.withJobs(jobs));
    List<byte[]> contents = new ArrayList<>();
    try (Stream<Path> files = Files.list(to)) {
      for (Path p : files.sorted().toList()) {
        contents.add(Files.readAllBytes(p));
      }
    }
    return contents;
  }
}
