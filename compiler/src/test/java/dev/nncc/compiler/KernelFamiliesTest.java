package dev.nncc.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Compare;
import dev.nncc.graph.DType;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Precision;
import dev.nncc.passes.standard.Pipelines;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.ArenaMode;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.plan.RunPlanner;
import dev.nncc.tensor.verify.PlanInterpreter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every kernel family on random shapes: reference evaluator == interpreted plan == compiled
 * library.
 */
class KernelFamiliesTest {
  /**
   * Each of at most a few thousand roundings is off by half a unit in the last place (6e-8), and
   * they add up like a random walk: 6e-8 * sqrt(4000) = 4e-6. The elementary functions are good to
   * 7 units.
   */
  private static final double ROUNDING = 1e-5;

  /**
   * A factor that is computed may be rounded to the neighbour in 16 bits, 2^-8 away for bf16, where
   * its value in f32 lies within {@link #ROUNDING} of the middle; one in hundreds does, and one
   * among 16 factors of a result shows with a quarter of that.
   */
  private static final double FLIP = 0x1p-10;

  /** Doubles have 29 bits more. */
  private static final double DOUBLE = 0x1p-29;

  private static final int SEEDS = Integer.getInteger("nncc.seeds", 3);

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> evaluatorInterpreterAndLibraryAgree() {
    return FamilyCases.all().entrySet().stream()
        .flatMap(
            family ->
                IntStream.range(0, SEEDS)
                    .mapToObj(
                        seed ->
                            DynamicTest.dynamicTest(
                                family.getKey() + " seed " + seed,
                                () ->
                                    check(
                                        family.getKey(),
                                        family.getValue(),
                                        seed,
                                        CompileOptions.DEFAULT))));
  }

  /** Borders that are left out, in the tiles of narrower registers. */
  @TestFactory
  Stream<DynamicTest> windowsOnOtherProcessors() {
    return Stream.of("x86-64-v2", "x86-64-v3")
        .flatMap(
            cpu ->
                IntStream.range(0, 2 * SEEDS)
                    .mapToObj(
                        seed ->
                            DynamicTest.dynamicTest(
                                cpu + " seed " + seed,
                                () ->
                                    check(
                                        "window",
                                        WindowCases::one,
                                        seed,
                                        CompileOptions.DEFAULT.withCpu(cpu)))));
  }

  /** The same with factors in 16 bits, with and without instructions on them. */
  @TestFactory
  Stream<DynamicTest> factorsOfSixteenBits() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String family :
        List.of(
            "conv",
            "conv-chain",
            "conv-few-results",
            "conv-residual",
            "conv-1d",
            "grouped",
            "concat-of-convs",
            "matmul",
            "matmul-batched",
            "attention in rows",
            "attention of one product",
            "lstm",
            "gru",
            "rnn")) {
      for (Precision p : List.of(Precision.BF16, Precision.FP16)) {
        for (String cpu : List.of("host", "x86-64-v3")) {
          CompileOptions options =
              CompileOptions.DEFAULT.withPasses(PassOptions.DEFAULT.withPrecision(p)).withCpu(cpu);
          for (int seed = 0; seed < SEEDS; seed++) {
            int s = seed;
            tests.add(
                DynamicTest.dynamicTest(
                    String.join(" ", family, p.text(), cpu, "seed " + seed),
                    () ->
                        check(
                            family,
                            Objects.requireNonNull(FamilyCases.all().get(family)),
                            s,
                            options)));
          }
        }
      }
    }
    return tests.stream();
  }

  /** Pairs of probabilities have a block of their own; scores of the same type keep theirs. */
  @TestFactory
  Stream<DynamicTest> attentionOfAModelInBf16() {
    CompileOptions options =
        CompileOptions.DEFAULT.withPasses(PassOptions.DEFAULT.withPrecision(Precision.BF16));
    return IntStream.range(0, SEEDS)
        .mapToObj(
            seed ->
                DynamicTest.dynamicTest(
                    "seed " + seed,
                    () ->
                        check("attention, bf16", RecurrentCases::attentionInBf16, seed, options)));
  }

  private void check(String name, FamilyCases.Family family, int seed, CompileOptions options)
      throws IOException {
    FamilyCases cases = FamilyCases.seeded(31L * seed + name.hashCode());
    FamilyCase c = cases.newCase();
    Graph graph = family.make(cases, c);
    PassOptions passes = Schedules.within(options.passes(), Compiler.targets(options));
    Graph fused = Pipelines.standard(passes).run(graph, new PassContext(passes));
    boolean whole = passes.precision().equals(Precision.FP32);
    double limit = whole ? ROUNDING : FLIP;
    List<Tensor> expected = Evaluator.evaluate(whole ? graph : fused, c.inputs);
    ArenaMode arena = ArenaMode.values()[seed % 2];
    RunPlan plan =
        RunPlanner.plan(Placement.of(fused, List.of(), c.winograd), Lowerings.all(), arena);
    List<TensorType> types = graph.outputs().stream().map(Value::type).toList();
    agree("interpreted", new PlanInterpreter(plan, k -> k).run(c.inputs, types), expected, limit);
    CompileReport r =
        new Compiler(CompileListener.NONE)
            .compile(
                "m",
                graph,
                folder.resolve(name + seed + options.cpu() + passes.precision().text()),
                options
                    .withKernels(KernelOptions.DEFAULT.withWinograd(c.winograd))
                    .withMemory(MemoryOptions.DEFAULT.withArena(arena)));
    Path library =
        r.files().stream().filter(f -> f.toString().endsWith(".so")).findFirst().orElseThrow();
    for (int threads : new int[] {1, 3}) {
      List<Tensor> actual = run(library, c.inputs, types, threads);
      agree("compiled, " + threads + " threads", actual, expected, limit);
    }
  }

  /**
   * Every buffer ends at a guard page; the arena is poisoned before the context fills its borders.
   */
  private static List<Tensor> run(
      Path library, List<Tensor> inputs, List<TensorType> types, int threads) {
    List<GuardedMemory> memory = new ArrayList<>();
    try (Model m = Model.load(library.toAbsolutePath())) {
      GuardedMemory arena = guarded(memory, m.arenaBytes(), 64);
      ContextOptions options = ContextOptions.DEFAULT.withThreads(threads);
      try (Context context =
          m.newContext(m.arenaBytes() == 0 ? options : options.withArena(arena.bytes()))) {
        for (int i = 0; i < inputs.size(); i++) {
          ByteBuffer b =
              guarded(memory, inputs.get(i).type().bytes(), inputs.get(i).dtype().bytes()).bytes();
          b.put(inputs.get(i).payload().bytes()).clear();
          context.bindInput(i, b);
        }
        List<ByteBuffer> outputs = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
          outputs.add(guarded(memory, types.get(i).bytes(), types.get(i).dtype().bytes()).bytes());
          context.bindOutput(i, outputs.get(i));
        }
        context.run();
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
          int n = Math.toIntExact(types.get(i).bytes());
          ByteBuffer copy = ByteBuffer.allocateDirect(n).put(outputs.get(i).clear().slice(0, n));
          out.add(new Tensor(types.get(i), Payload.of(copy.clear())));
        }
        return out;
      }
    } finally {
      memory.forEach(GuardedMemory::close);
    }
  }

  private static GuardedMemory guarded(List<GuardedMemory> all, long bytes, long alignment) {
    GuardedMemory m = new GuardedMemory(bytes, alignment);
    all.add(m);
    return m;
  }

  private static void agree(
      String what, List<Tensor> actual, List<Tensor> expected, double ofFloats) {
    for (int i = 0; i < expected.size(); i++) {
      DType t = expected.get(i).dtype();
      double limit = t == DType.F32 ? ofFloats : t == DType.F64 ? ofFloats * DOUBLE : 0;
      assertThat(Compare.relativeL2(actual.get(i), expected.get(i)))
          .as("%s, output %d: %s", what, i, Compare.worst(actual.get(i), expected.get(i)))
          .isLessThanOrEqualTo(limit);
    }
  }
}
