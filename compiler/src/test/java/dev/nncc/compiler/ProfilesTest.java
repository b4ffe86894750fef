package dev.nncc.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.RunException;
import dev.nncc.graph.Compare;
import dev.nncc.graph.DType;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.NnccException;
import dev.nncc.runtime.ShapeProfile;
import dev.nncc.runtime.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several sets of shapes in one library, against the evaluator and libraries of one set each. */
class ProfilesTest {
  private static final List<Integer> BATCHES = List.of(1, 4, 3);

  @TempDir static Path folder;
  static Path together;
  static CompileReport report;

  @BeforeAll
  static void compile() throws IOException {
    Map<String, Graph> graphs = new LinkedHashMap<>();
    BATCHES.forEach(n -> graphs.put("batch=" + n, network(n).graph()));
    report = compile("together", graphs);
    together = library(report);
  }

  /** A graph and inputs for it. */
  private record Network(Graph graph, List<Tensor> inputs) {}

  /**
   * Two convolutions with padding, a mean, a matrix product; a second input of fixed shape, whose
   * branch is the same in all profiles. The weights have equal numbers in all of them.
   */
  private static Network network(int batch) {
    FamilyCase weights = new FamilyCase(new Random(7));
    Value x = weights.b.input("x", TensorType.of(DType.F32, batch, 3, 10, 10));
    Value z = weights.b.input("z", TensorType.of(DType.F32, 1, 32));
    Conv conv = new Conv(same(1), same(1), same(1), same(1), 1);
    Value y = weights.add(conv, x, weights.constant(32, 3, 3, 3), weights.constant(32));
    y = weights.act(ElementwiseKind.RELU, y);
    y = weights.add(conv, y, weights.constant(32, 32, 3, 3), weights.constant(32));
    y = weights.add(new Reduce(ReduceKind.MEAN, List.of(2, 3), false), y);
    Value scores = weights.add(new MatMul(false, false), y, weights.constant(32, 10));
    Value branch = weights.add(new MatMul(false, false), z, weights.constant(32, 24));
    Graph graph = weights.graph(scores, weights.act(ElementwiseKind.TANH, branch));
    return new Network(graph, inputs(graph, batch));
  }

  private static List<Tensor> inputs(Graph graph, long seed) {
    FamilyCase random = new FamilyCase(new Random(seed));
    graph.inputs().forEach(v -> random.input(v.shape().toArray()));
    return random.inputs;
  }

  private static List<Long> same(long value) {
    return Collections.nCopies(2, value);
  }

  private static CompileReport compile(String name, Map<String, Graph> graphs) throws IOException {
    return new Compiler(CompileListener.NONE)
        .compile(name, graphs, folder.resolve(name), CompileOptions.DEFAULT);
  }

  private static Path library(CompileReport r) {
    return r.files().stream()
        .filter(f -> f.toString().endsWith(".so"))
        .findFirst()
        .orElseThrow()
        .toAbsolutePath();
  }

  private static List<byte[]> bytes(List<Tensor> tensors) {
    List<byte[]> all = new ArrayList<>();
    for (Tensor t : tensors) {
      byte[] b = new byte[Math.toIntExact(t.payload().size())];
      t.payload().bytes().get(b);
      all.add(b);
    }
    return all;
  }

  @Test
  void eachProfileGivesWhatALibraryForItsShapesGives() throws IOException {
    try (CompiledModel all = CompiledModel.open(together, ContextOptions.DEFAULT)) {
      for (int round = 0; round < 2; round++) { // profiles follow each other in one context
        for (int batch : BATCHES) {
          Network n = network(batch);
          List<Tensor> actual = all.run(n.inputs());
          List<Tensor> expected = Evaluator.evaluate(n.graph(), n.inputs());
          for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).type()).isEqualTo(expected.get(i).type());
            // Sums of at most 288 products and their rounding.
            assertThat(Compare.relativeL2(actual.get(i), expected.get(i))).isLessThan(1e-5);
          }
          Path alone = library(compile("alone" + batch, Map.of("", n.graph())));
          try (CompiledModel one = CompiledModel.open(alone, ContextOptions.DEFAULT)) {
            List<byte[]> same = bytes(one.run(n.inputs()));
            for (int i = 0; i < same.size(); i++) {
              assertThat(bytes(actual).get(i)).containsExactly(same.get(i));
            }
          }
        }
      }
    }
  }

  @Test
  void weightsAndEqualKernelsAreStoredOnce() throws IOException {
    List<CompileReport> alone = new ArrayList<>();
    for (int batch : BATCHES) {
      alone.add(compile("alone" + batch, Map.of("", network(batch).graph())));
    }
    int kernels = alone.stream().mapToInt(CompileReport::distinctKernels).sum();
    // The branch of z, at least.
    assertThat(report.distinctKernels()).isLessThanOrEqualTo(kernels - 2);
    for (CompileReport one : alone) {
      assertThat(report.weightBytes()).isEqualTo(one.weightBytes());
    }
    assertThat(report.profiles()).extracting(CompileReport.Profile::launches).hasSize(3);
    assertThat(report.arenaBytes())
        .isEqualTo(alone.stream().mapToLong(CompileReport::arenaBytes).max().orElseThrow());
  }

  @Test
  void theSameBytesEveryTime() throws IOException {
    Map<String, Graph> graphs = new LinkedHashMap<>();
    BATCHES.forEach(n -> graphs.put("batch=" + n, network(n).graph()));
    Path again = folder.resolve("again");
    new Compiler(CompileListener.NONE)
        .compile("together", graphs, again, CompileOptions.DEFAULT.withJobs(1));
    for (Path file : report.files()) {
      assertThat(again.resolve(file.getFileName())).hasSameBinaryContentAs(file);
    }
  }

  @Test
  void theModelSaysItsProfiles() {
    try (Model m = Model.load(together)) {
      assertThat(m.inputs().get(0).dims()).containsExactly(-1L, 3L, 10L, 10L);
      assertThat(m.inputs().get(0).maxDims()).containsExactly(4L, 3L, 10L, 10L);
      assertThat(m.inputs().get(1).dims()).containsExactly(1L, 32L);
      assertThat(m.profiles())
          .extracting(ShapeProfile::name)
          .containsExactly("batch=1", "batch=4", "batch=3");
      assertThat(m.largestProfile().name()).isEqualTo("batch=4");
      assertThat(m.arenaBytes()).isEqualTo(m.largestProfile().arenaBytes());
      assertThat(m.profiles().get(0).arenaBytes()).isLessThan(m.arenaBytes());
      assertThat(m.profiles().get(2).outputs().get(0).dims()).containsExactly(3L, 10L);
      assertThat(m.profiles().get(1).flops()).isGreaterThan(3 * m.profiles().get(0).flops());
    }
  }

  @Test
  void otherShapesAreAnErrorThatListsTheProfiles() {
    try (Model m = Model.load(together);
        Context c = m.newContext()) {
      c.bindInput(0, c.input(0), List.of(2L, 3L, 10L, 10L));
      NnccException e = catchThrowableOfType(NnccException.class, c::run);
      assertThat(e.status()).isEqualTo(Status.SHAPE);
      assertThat(e)
          .hasMessageContaining(
              "no profile has x=2x3x10x10; there are x=1x3x10x10, x=4x3x10x10, x=3x3x10x10");
      c.bindInput(0, c.input(0), List.of(1L, 3L, 10L, 10L));
      c.run();
      assertThat(c.outputDims(0)).containsExactly(1L, 10L);
      assertThatThrownBy(() -> c.bindInput(0, c.input(0), List.of(3L, 10L, 10L)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("rank");
    }
    try (CompiledModel m = CompiledModel.open(together, ContextOptions.DEFAULT)) {
      assertThatThrownBy(() -> m.run(network(2).inputs()))
          .isInstanceOf(RunException.class)
          .hasMessageContaining("no profile for x: f32[2,3,10,10]")
          .hasMessageContaining("batch=1 (x: f32[1,3,10,10]")
          .hasMessageContaining("batch=3 (x: f32[3,3,10,10]");
    }
  }

  @Test
  void aContextMayBeForOneProfile() {
    try (Model m = Model.load(together)) {
      ShapeProfile three = m.profiles().get(2);
      try (Context c = m.newContext(ContextOptions.DEFAULT.withProfile(three));
          Context any = m.newContext()) {
        assertThat(c.input(0).remaining()).isEqualTo(4 * 3 * 3 * 100);
        any.select(three);
        for (int i = 0; i < 2; i++) {
          any.input(i).duplicate().put(network(3).inputs().get(i).payload().bytes());
          c.input(i).duplicate().put(network(3).inputs().get(i).payload().bytes());
        }
        c.run();
        any.run();
        assertThat(c.outputFloats(0)).containsExactly(any.outputFloats(0)).hasSize(30);
      }
    }
  }

  @Test
  void contextsRunDifferentProfilesAtOnce() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int first = t;
        tasks.add(
            () -> {
              try (CompiledModel m =
                  CompiledModel.open(together, ContextOptions.DEFAULT.withThreads(2))) {
                for (int i = 0; i < 60; i++) {
                  Network n = network(BATCHES.get((first + i) % 3));
                  Tensor expected = Evaluator.evaluate(n.graph(), n.inputs()).get(0);
                  if (Compare.relativeL2(m.run(n.inputs()).get(0), expected) > 1e-5) {
                    return false;
                  }
                }
              }
              return true;
            });
      }
      for (Future<Boolean> f : pool.invokeAll(tasks)) {
        assertThat(f.get()).isTrue();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void aBadIndexIsAnErrorInEachProfile() throws IOException {
    Map<String, Graph> graphs = new LinkedHashMap<>();
    for (int n : List.of(2, 5)) {
      FamilyCase c = new FamilyCase(new Random(1));
      Value i = c.b.input("i", TensorType.of(DType.I64, n));
      graphs.put("n=" + n, c.graph(c.add(new Gather(0), c.constant(6, 3), i)));
    }
    try (Model m = Model.load(library(compile("gather", graphs)));
        Context c = m.newContext()) {
      for (long n : new long[] {5, 2}) {
        c.bindInput(0, c.input(0), List.of(n));
        c.input(0).putLong(8, 6);
        assertThatThrownBy(c::run)
            .isInstanceOfSatisfying(
                NnccException.class, e -> assertThat(e.status()).isEqualTo(Status.INDEX));
        c.input(0).putLong(8, 5);
        c.run();
        assertThat(c.outputDims(0)).containsExactly(n, 3L);
      }
    }
  }

  @Test
  void theHeaderAndTheDescriptionHaveAllProfiles() throws IOException {
    String header = Files.readString(together.resolveSibling("together.h"));
    assertThat(header)
        .contains("#define TOGETHER_INPUT_0_DIMS {4, 3, 10, 10}\n")
        .contains("#define TOGETHER_PROFILES 3\n")
        .contains("#define TOGETHER_PROFILE_2_NAME \"batch=3\"\n")
        .contains("#define TOGETHER_PROFILE_2_OUTPUT_0_BYTES 120\n");
    assertThat(Files.readString(together.resolveSibling("together.json")))
        .contains("\"name\" : \"batch=3\"");
  }

  @Test
  void tensorsOfMoreThanEightDimensionsAreRefused() {
    FamilyCase c = new FamilyCase(new Random(1));
    Graph nine = c.graph(c.act(ElementwiseKind.RELU, c.input(1, 1, 1, 1, 1, 1, 1, 1, 2)));
    assertThatThrownBy(() -> compile("nine", Map.of("only", nine)))
        .isInstanceOf(CompileException.class)
        .hasMessageContaining("has 9 dimensions; a library takes and gives tensors of at most 8");
  }

  @Test
  void profilesThatDoNotGoTogetherAreRefused() {
    Map<String, Graph> twice = new LinkedHashMap<>();
    twice.put("a", network(2).graph());
    twice.put("b", network(2).graph());
    assertThatThrownBy(() -> compile("twice", twice))
        .isInstanceOf(CompileException.class)
        .hasMessageContaining("profiles a and b have inputs of the same shapes");
    FamilyCase other = new FamilyCase(new Random(1));
    twice.put("b", other.graph(other.act(ElementwiseKind.RELU, other.input(2, 2))));
    assertThatThrownBy(() -> compile("twice", twice))
        .isInstanceOf(CompileException.class)
        .hasMessageContaining("must agree in names, types and ranks");
    assertThat(folder.resolve("twice")).doesNotExist();
  }
}
