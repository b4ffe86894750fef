package dev.nncc.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nncc.graph.Compare;
import dev.nncc.graph.DType;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Libraries for aarch64, run by qemu, against the evaluator. */
class Aarch64Test {
  /** As in {@link KernelFamiliesTest}. */
  private static final double ROUNDING = 1e-5;

  /** Doubles have 29 bits more. */
  private static final double DOUBLE = 0x1p-29;

  /** ARMv8.0; with f16 arithmetic and dot products; with bf16 and SVE besides. */
  private static final List<String> CPUS = List.of("generic", "neoverse-n1", "neoverse-v1");

  private static final int SEEDS = Integer.getInteger("nncc.seeds", 1);

  @TempDir static Path folder;
  static Optional<Aarch64> machine = Optional.empty();

  @BeforeAll
  static void build() throws IOException {
    Optional<String> missing = Aarch64.missing();
    missing.ifPresent(why -> System.out.println("libraries for aarch64 are not run: " + why));
    assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    machine = Optional.of(Aarch64.in(folder));
  }

  @TestFactory
  Stream<DynamicTest> everyKernelFamily() {
    return FamilyCases.all().entrySet().stream()
        .flatMap(
            family ->
                IntStream.range(0, SEEDS)
                    .mapToObj(
                        seed ->
                            DynamicTest.dynamicTest(
                                family.getKey() + " seed " + seed,
                                () -> check(family.getKey(), family.getValue(), seed))));
  }

  private static void check(String name, FamilyCases.Family family, int seed) throws Exception {
    long number = 37L * seed + name.hashCode();
    FamilyCases cases = FamilyCases.seeded(number);
    FamilyCase c = cases.newCase();
    Graph graph = family.make(cases, c);
    String cpu = CPUS.get(Math.floorMod(number, CPUS.size()));
    agree(graph, c.inputs, compile(name + seed, graph, cpu), 1 + 2 * (seed % 2));
  }

  @Test
  void digits() throws Exception {
    CompileOptions options = CompileOptions.DEFAULT;
    Path file = Path.of("../models/digits/digits.onnx");
    Graph graph = Compiler.read(file, options, ShapeChoice.NONE).graph();
    List<Tensor> inputs = new ArrayList<>();
    FamilyCase random = new FamilyCase(new Random(1));
    graph.inputs().forEach(v -> random.input(v.shape().toArray()));
    inputs.addAll(random.inputs);
    for (String cpu : CPUS) {
      agree(graph, inputs, compile("digits-" + cpu, graph, cpu), 3);
    }
  }

  @Test
  void theBestVariantRuns() throws Exception {
    FamilyCases cases = FamilyCases.seeded(5);
    FamilyCase c = cases.newCase();
    Graph graph = FamilyCases.all().get("conv").make(cases, c);
    agree(graph, c.inputs, compile("variants", graph, String.join(",", CPUS)), 1);
  }

  private static Path compile(String name, Graph graph, String cpus) throws IOException {
    CompileOptions options = CompileOptions.DEFAULT.withMachine("aarch64-linux").withCpu(cpus);
    return new Compiler(CompileListener.NONE)
        .compile("m", graph, folder.resolve(name), options).files().stream()
            .filter(f -> f.toString().endsWith(".so"))
            .findFirst()
            .orElseThrow();
  }

  private static void agree(Graph graph, List<Tensor> inputs, Path library, int threads)
      throws Exception {
    List<TensorType> types = graph.outputs().stream().map(Value::type).toList();
    List<Tensor> expected = Evaluator.evaluate(graph, inputs);
    List<Tensor> actual = machine.orElseThrow().run(library, inputs, types, threads);
    for (int i = 0; i < expected.size(); i++) {
      DType t = expected.get(i).dtype();
      double limit = t == DType.F32 ? ROUNDING : t == DType.F64 ? ROUNDING * DOUBLE : 0;
      assertThat(Compare.relativeL2(actual.get(i), expected.get(i)))
          .as("output %d: %s", i, Compare.worst(actual.get(i), expected.get(i)))
          .isLessThanOrEqualTo(limit);
    }
  }
}
