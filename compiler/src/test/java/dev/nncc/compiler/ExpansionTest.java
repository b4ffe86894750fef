package dev.nncc.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import dev.nncc.tensor.plan.Expansion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Weights that are made when a library is loaded are those that it would have held. */
class ExpansionTest {
  private static final int SEEDS = Integer.getInteger("nncc.seeds", 3);

  @TempDir Path folder;

  /** The same bits, on processors with and without fused multiply-adds. */
  @TestFactory
  Stream<DynamicTest> storedAndMadeGiveTheSameBits() {
    return Stream.of("winograd", "winograd-picture", "winograd-siblings", "strassen")
        .flatMap(
            family ->
                Stream.of("host", "x86-64-v2,x86-64-v3")
                    .flatMap(
                        cpu ->
                            IntStream.range(0, SEEDS)
                                .mapToObj(
                                    seed ->
                                        DynamicTest.dynamicTest(
                                            family + " " + cpu + " " + seed,
                                            () -> check(family, cpu, seed)))));
  }

  private void check(String family, String cpu, int seed) throws IOException {
    FamilyCases cases = FamilyCases.seeded(17L * seed + family.hashCode());
    FamilyCase c = cases.newCase();
    Graph graph = Objects.requireNonNull(FamilyCases.all().get(family)).make(cases, c);
    CompileOptions options =
        CompileOptions.DEFAULT
            .withCpu(cpu)
            .withKernels(KernelOptions.DEFAULT.withWinograd(c.winograd));
    CompileReport stored = compile("stored", graph, options, Expansion.COMPILE);
    CompileReport made = compile("made", graph, options, Expansion.LOAD);
    CompileReport auto = compile("auto", graph, options, Expansion.AUTO);
    assertThat(auto.preparedBytes()).isLessThanOrEqualTo(made.preparedBytes());
    assertThat(stored.preparedBytes()).isZero();
    assertThat(made.winogradBytes()).isZero();
    if (made.preparedBytes() > 0) {
      assertThat(made.weightBytes()).isLessThan(stored.weightBytes());
    }
    for (String one : cpu.split(",")) {
      for (int threads : new int[] {1, 3}) {
        assertThat(run(auto, one, threads, c.inputs))
            .isEqualTo(run(stored, one, threads, c.inputs));
        assertThat(run(made, one, threads, c.inputs))
            .isEqualTo(run(stored, one, threads, c.inputs));
      }
    }
  }

  private CompileReport compile(String to, Graph graph, CompileOptions options, Expansion when)
      throws IOException {
    return new Compiler(CompileListener.NONE)
        .compile(
            "m",
            graph,
            folder.resolve(to),
            options.withMemory(options.memory().withExpansion(when)));
  }

  private static Path library(CompileReport report) {
    return report.files().stream()
        .filter(f -> f.toString().endsWith(".so"))
        .findFirst()
        .orElseThrow()
        .toAbsolutePath();
  }

  private static List<ByteBuffer> run(
      CompileReport report, String cpu, int threads, List<Tensor> inputs) {
    ContextOptions options = ContextOptions.DEFAULT.withThreads(threads);
    try (CompiledModel m =
        cpu.equals("host")
            ? CompiledModel.open(library(report), options)
            : CompiledModel.open(library(report), cpu, options)) {
      return m.run(inputs).stream().map(t -> t.payload().bytes()).toList();
    }
  }

  /** A layer of 3x3, which takes filters in frequencies. The weights have equal numbers always. */
  private static Graph network(long batch) {
    FamilyCase c = new FamilyCase(new Random(7));
    Value x = c.b.input("x", TensorType.of(DType.F32, batch, 3, 24, 24));
    List<Long> one = List.of(1L, 1L);
    Conv conv = new Conv(one, one, one, one, 1);
    Value y = c.act(ElementwiseKind.RELU, c.add(conv, x, c.constant(64, 3, 3, 3)));
    return c.graph(c.act(ElementwiseKind.RELU, c.add(conv, y, c.constant(64, 64, 3, 3))));
  }

  private static Tensor input(long batch) {
    FamilyCase c = new FamilyCase(new Random(batch));
    c.input(batch, 3, 24, 24);
    return c.inputs.get(0);
  }

  @Test
  void contextsThatAreMadeAtOnceShareWhatTheFirstOneMakes() throws Exception {
    CompileReport made = compile("shared", network(1), CompileOptions.DEFAULT, Expansion.LOAD);
    List<Tensor> inputs = List.of(input(1));
    assertThat(made.preparedBytes()).isPositive();
    int threads = 8;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      ByteBuffer expected = run(made, "host", 1, inputs).get(0);
      for (int round = 0; round < 5; round++) { // each loads the library anew
        CyclicBarrier together = new CyclicBarrier(threads);
        try (Model model = Model.load(library(made))) {
          assertThat(model.preparedBytes()).isEqualTo(made.preparedBytes());
          List<Callable<ByteBuffer>> tasks = new ArrayList<>();
          for (int i = 0; i < threads; i++) {
            int own = 1 + i % 3;
            tasks.add(
                () -> {
                  together.await();
                  try (Context context =
                      model.newContext(ContextOptions.DEFAULT.withThreads(own))) {
                    context.input(0).put(inputs.get(0).payload().bytes());
                    context.run();
                    ByteBuffer out = context.output(0).duplicate().clear();
                    return ByteBuffer.allocate(out.remaining()).put(out).clear();
                  }
                });
          }
          for (Future<ByteBuffer> f : pool.invokeAll(tasks)) {
            assertThat(f.get()).isEqualTo(expected);
          }
        }
      }
    } finally {
      pool.shutdownNow();
    }
  }

  /** A context may flush denormals for itself, but not in the weights that others read too. */
  @Test
  void theFirstContextsModeDoesNotChangeTheWeights() throws IOException {
    FamilyCase c = new FamilyCase(new Random(7));
    List<Long> one = List.of(1L, 1L);
    Conv conv = new Conv(one, one, one, one, 1);
    Value x = c.add(conv, c.input(1, 3, 24, 24), c.constant(64, 3, 3, 3));
    Value y = c.act(ElementwiseKind.RELU, x);
    TensorBuilder w = new TensorBuilder(TensorType.of(DType.F32, 64, 64, 3, 3));
    for (int i = 0; i < 64 * 64 * 9; i++) {
      w.set(i, (1 + i % 7) * 1e-39);
    }
    Value z = c.add(conv, y, c.b.constant(w.build()));
    Graph g = c.graph(c.act(ElementwiseKind.RELU, z));
    CompileReport made = compile("denormal", g, CompileOptions.DEFAULT, Expansion.LOAD);
    assertThat(made.preparedBytes()).isPositive();
    List<ByteBuffer> expected = run(made, "host", 1, c.inputs);
    for (int threads : new int[] {1, 3}) {
      ContextOptions options = ContextOptions.DEFAULT.withThreads(threads);
      try (Model model = Model.load(library(made));
          Context flushed = model.newContext(options.with(ContextOptions.Flag.FLUSH_DENORMALS));
          Context exact = model.newContext(options)) {
        flushed.run(); // was there first
        exact.input(0).put(c.inputs.get(0).payload().bytes());
        exact.run();
        assertThat(exact.output(0).duplicate().clear()).isEqualTo(expected.get(0).clear());
      }
    }
  }

  @Test
  void profilesShareWhatIsMade() throws IOException {
    Map<String, Graph> batches = new LinkedHashMap<>();
    batches.put("batch=1", network(1));
    batches.put("batch=2", network(2));
    CompileReport both =
        new Compiler(CompileListener.NONE)
            .compile("m", batches, folder.resolve("both"), CompileOptions.DEFAULT);
    CompileReport alone = compile("alone", network(1), CompileOptions.DEFAULT, Expansion.LOAD);
    assertThat(both.preparedBytes()).isEqualTo(alone.preparedBytes()).isPositive();
    assertThat(both.weightBytes()).isEqualTo(alone.weightBytes());
    assertThat(run(both, "host", 1, List.of(input(1))))
        .isEqualTo(run(alone, "host", 1, List.of(input(1))));
  }

  /** Seven quarters for four, and 49 for 16. */
  @Test
  void whatIsLessThanTwiceAsLargeIsStored() throws IOException {
    CompileReport one = compile("auto", product(), halves(1), Expansion.AUTO);
    assertThat(one.preparedBytes()).isZero();
    assertThat(one.winogradBytes()).isEqualTo(64 * 64 * 4 * 3 / 4);
    CompileReport made = compile("made", product(), halves(1), Expansion.LOAD);
    assertThat(made.preparedBytes()).isEqualTo(64 * 64 * 4 * 7 / 4);
    CompileReport two = compile("two", product(), halves(2), Expansion.AUTO);
    assertThat(two.preparedBytes()).isEqualTo(64 * 64 * 4 * 49 / 16);
    assertThat(two.winogradBytes()).isZero();
  }

  /** Four times as much of what is a small part of the library. */
  @Test
  void whatMakesTheLibraryLittleLargerIsStored() throws IOException {
    assertThat(compile("alone", network(1), CompileOptions.DEFAULT, Expansion.AUTO).preparedBytes())
        .isPositive();
    CompileReport part = compile("part", classifier(), CompileOptions.DEFAULT, Expansion.AUTO);
    assertThat(part.preparedBytes()).isZero();
    assertThat(part.winogradBytes()).isPositive();
  }

  /** With a layer of 2 MB behind the convolutions. */
  private static Graph classifier() {
    FamilyCase c = new FamilyCase(new Random(7));
    Value x = c.b.input("x", TensorType.of(DType.F32, 1, 3, 24, 24));
    List<Long> one = List.of(1L, 1L);
    Conv conv = new Conv(one, one, one, one, 1);
    Value y = c.act(ElementwiseKind.RELU, c.add(conv, x, c.constant(64, 3, 3, 3)));
    Value z = c.act(ElementwiseKind.RELU, c.add(conv, y, c.constant(64, 64, 3, 3)));
    List<Long> none = List.of(0L, 0L);
    return c.graph(c.add(new Conv(one, none, none, one, 1), z, c.constant(16, 64, 24, 24)));
  }

  private static CompileOptions halves(int levels) {
    return CompileOptions.DEFAULT.withKernels(
        KernelOptions.DEFAULT.withWinograd(StrassenCases.forced(levels, 0)));
  }

  /** The second of two convolutions reads blocks of channels. */
  private static Graph product() {
    FamilyCase c = new FamilyCase(new Random(7));
    Value x = c.b.input("x", TensorType.of(DType.F32, 1, 4, 16, 16));
    List<Long> none = List.of(0L, 0L);
    Conv conv = new Conv(List.of(1L, 1L), none, none, List.of(1L, 1L), 1);
    Value y = c.act(ElementwiseKind.TANH, c.add(conv, x, c.constant(64, 4, 1, 1)));
    return c.graph(c.add(conv, y, c.constant(64, 64, 1, 1)));
  }

  @Test
  void theLimitCountsWhatIsMade() throws IOException {
    CompileReport made = compile("made", network(1), CompileOptions.DEFAULT, Expansion.LOAD);
    long needed = made.weightBytes() + made.preparedBytes() + made.arenaBytes();
    CompileOptions options =
        CompileOptions.DEFAULT.withMemory(MemoryOptions.DEFAULT.withLimit(needed - 1));
    assertThatThrownBy(
            () ->
                new Compiler(CompileListener.NONE)
                    .compile("m", network(1), folder.resolve("limited"), options))
        .isInstanceOf(CompileException.class)
        .hasMessageContaining("more than the limit");
  }
}
