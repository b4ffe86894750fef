package dev.nncc.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.codegen.llvm.toolchain.HostCpu;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.codegen.llvm.toolchain.Machine;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.graph.Compare;
import dev.nncc.graph.DType;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.CpuVariant;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.NnccException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One library for several processors, on the one that runs the tests. */
class VariantsTest {
  private static final List<String> BEST_FIRST = List.of("x86-64-v4", "x86-64-v3", "x86-64-v2");
  private static final List<Integer> BATCHES = List.of(1, 3);

  @TempDir static Path folder;
  static CompileReport report;
  static Path library;

  @BeforeAll
  static void compile() throws IOException {
    assumeThat(HostCpu.machine()).isEqualTo(Machine.X86_64);
    report = compile("several", "x86-64-v2, x86-64-v4,x86-64-v3");
    library = folder.resolve("several/libseveral.so");
  }

  private static CompileReport compile(String name, String cpus) throws IOException {
    Map<String, Graph> graphs = new LinkedHashMap<>();
    BATCHES.forEach(n -> graphs.put("batch=" + n, network(n)));
    return new Compiler(CompileListener.NONE)
        .compile(name, graphs, folder.resolve(name), CompileOptions.DEFAULT.withCpu(cpus));
  }

  /** Two convolutions with padding, a mean, a matrix product. */
  private static Graph network(int batch) {
    FamilyCase c = new FamilyCase(new Random(7));
    Value x = c.b.input("x", TensorType.of(DType.F32, batch, 3, 12, 12));
    List<Long> one = List.of(1L, 1L);
    Conv conv = new Conv(one, one, one, one, 1);
    Value y = c.add(conv, x, c.constant(40, 3, 3, 3), c.constant(40));
    y = c.act(ElementwiseKind.RELU, y);
    y = c.add(conv, y, c.constant(40, 40, 3, 3), c.constant(40));
    y = c.act(ElementwiseKind.SIGMOID, y);
    y = c.add(new Reduce(ReduceKind.MEAN, List.of(2, 3), false), y);
    return c.graph(c.add(new MatMul(false, false), y, c.constant(40, 10)));
  }

  private static Tensor input(int batch) {
    FamilyCase random = new FamilyCase(new Random(batch));
    random.input(batch, 3, 12, 12);
    return random.inputs.get(0);
  }

  private static List<String> usable() {
    List<String> own = HostCpu.target().required();
    return BEST_FIRST.stream()
        .filter(cpu -> own.containsAll(LlvmTarget.of(Machine.X86_64, cpu).required()))
        .toList();
  }

  @Test
  void theBestUsableVariantRuns() {
    try (Model m = Model.load(library)) {
      assertThat(m.target()).isEqualTo("x86_64-linux " + usable().get(0));
      assertThat(m.variants()).extracting(CpuVariant::cpu).isEqualTo(BEST_FIRST);
      assertThat(m.variants())
          .filteredOn(CpuVariant::usable)
          .extracting(CpuVariant::cpu)
          .isEqualTo(usable());
    }
    assertThat(report.target()).isEqualTo("x86_64-linux x86-64-v4, x86-64-v3, x86-64-v2");
  }

  @Test
  void eachVariantIsRightInEachProfile() {
    for (String cpu : usable()) {
      try (CompiledModel m = CompiledModel.open(library, cpu, ContextOptions.DEFAULT)) {
        assertThat(m.model().target()).endsWith(" " + cpu);
        for (int batch : BATCHES) {
          List<Tensor> inputs = List.of(input(batch));
          Tensor expected = Evaluator.evaluate(network(batch), inputs).get(0);
          // Sums of at most 360 products and their rounding.
          assertThat(Compare.relativeL2(m.run(inputs).get(0), expected)).as(cpu).isLessThan(1e-5);
        }
      }
    }
  }

  @Test
  void variantsDifferInCodeAndShareTheWeights() throws IOException {
    CompileReport one = compile("one", "x86-64-v2");
    assertThat(report.weightBytes()).isEqualTo(one.weightBytes());
    assertThat(report.distinctKernels()).isEqualTo(3 * one.distinctKernels());
    assertThat(report.libraryBytes())
        .isLessThan(one.libraryBytes() + report.weightBytes() / 2 + 3 * report.codeBytes());
    JsonNode description =
        JsonMapper.builder().build().readTree(folder.resolve("several/several.json").toFile());
    assertThat(description.path("variants")).hasSize(3);
    assertThat(description.path("variants").get(1).path("cpu").asText()).isEqualTo("x86-64-v3");
    assertThat(description.path("variants").get(1).path("cpu_features").toString())
        .contains("\"avx2\"")
        .doesNotContain("avx512");
    assertThat(Files.readString(folder.resolve("several/several.h")))
        .contains("x86_64-linux x86-64-v4, x86_64-linux x86-64-v3, x86_64-linux x86-64-v2");
  }

  @Test
  void theFormsOfEachVariantAreWritten() throws IOException {
    CompileOptions options =
        CompileOptions.DEFAULT
            .withCpu("x86-64-v3,x86-64-v2")
            .withEmit(List.of(CompileOptions.Emit.ASM));
    new Compiler(CompileListener.NONE).compile("a", network(1), folder.resolve("forms"), options);
    assertThat(Files.readString(folder.resolve("forms/a.x86-64-v3.s"))).contains("%ymm");
    assertThat(Files.readString(folder.resolve("forms/a.x86-64-v2.s"))).doesNotContain("%ymm");
  }

  @Test
  void anUnknownVariantIsAnErrorThatListsThem() {
    assertThatThrownBy(() -> Model.load(library, "znver9"))
        .isInstanceOf(NnccException.class)
        .hasMessageEndingWith(
            "several has no variant znver9; it has x86-64-v4, x86-64-v3, x86-64-v2");
  }

  @Test
  void aLibraryForOneProcessorHasOneVariant() throws IOException {
    compile("alone", "x86-64-v2");
    Path alone = folder.resolve("alone/libalone.so");
    try (Model m = Model.load(alone, "x86-64-v2")) {
      assertThat(m.variants()).containsExactly(new CpuVariant("x86-64-v2", true));
    }
  }

  @Test
  void processorsThatAreNamedTwiceOrUnknownAreRefused() {
    assertThatThrownBy(() -> compile("twice", "x86-64-v2,x86-64-v2"))
        .isInstanceOf(CompileException.class)
        .hasMessage("--cpu names x86-64-v2 twice");
    assertThatThrownBy(() -> compile("unknown", "x86-64-v2,x86-64-v9"))
        .isInstanceOf(CompileException.class)
        .hasMessageStartingWith("unknown processor 'x86-64-v9'");
  }
}
