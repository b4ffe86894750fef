package dev.nncc.compiler.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.compiler.Anatomy;
import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.Parts;
import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Seed;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Softmax;
import dev.nncc.graph.op.Tile;
import dev.nncc.graph.random.RandomGraph;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.RewritePass;
import dev.nncc.passes.rewrite.Rule;
import dev.nncc.passes.standard.Pipelines;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.text.Parser;
import dev.nncc.tensor.text.Printer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verification finds nothing in what is right, and names what is planted. */
class VerificationTest {
  private static final List<Long> ONES = List.of(1L, 1L);
  private static final List<Long> TWOS = List.of(2L, 2L);
  private static final List<Long> ZEROS = List.of(0L, 0L);

  @TempDir Path folder;

  private static final class Net {
    final GraphBuilder b = new GraphBuilder("net");
    private int seed;

    Value weights(long... extents) {
      return b.constant(Seed.of(seed++).tensor(TensorType.of(DType.F32, extents)));
    }

    Value op(String name, Op op, Value... operands) {
      return b.add(Origin.of(name, op.name()), List.of(name), op, List.of(operands)).get(0);
    }
  }

  /** Two convolutions, a pool and a classifier. */
  private static Graph graph() {
    Net n = new Net();
    Value x = n.b.input("x", TensorType.of(DType.F32, 1, 3, 8, 8));
    Conv conv = new Conv(ONES, ONES, ONES, ONES, 1);
    Value a = n.op("conv1", conv, x, n.weights(20, 3, 3, 3), n.weights(20));
    Value r = n.op("relu1", Elementwise.of(ElementwiseKind.RELU), a);
    Value c = n.op("conv2", conv, r, n.weights(20, 20, 3, 3), n.weights(20));
    Value s = n.op("sum", Elementwise.of(ElementwiseKind.ADD), c, r);
    Pool max = new Pool(PoolKind.MAX, TWOS, TWOS, ZEROS, ZEROS, ONES, false, false);
    Value p = n.op("pool", max, s);
    Value f = n.op("flat", new Reshape(Shape.of(1, 20 * 16)), p);
    Value m = n.op("fc", new MatMul(false, false), f, n.weights(20 * 16, 10));
    n.b.output("y", n.op("soft", new Softmax(1), m));
    return n.b.build();
  }

  private static List<Tensor> inputs() {
    return List.of(Seed.of(99).tensor(TensorType.of(DType.F32, 1, 3, 8, 8)));
  }

  private Verification.Result verify(Parts parts) throws IOException {
    return new Verification(
            graph(), inputs(), CompileOptions.DEFAULT, parts, Verification.Listener.NONE)
        .run(folder.resolve("out"));
  }

  @Test
  void findsNothingInWhatIsRight() throws IOException {
    Verification.Result r = verify(Parts.STANDARD);
    assertThat(r.isRight()).isTrue();
    assertThat(r.kernels()).isGreaterThanOrEqualTo(5);
    assertThat(r.worst()).isPositive().isLessThan(1);
    assertThat(r.outputs()).hasValueSatisfying(d -> assertThat(d).isLessThan(1e-5));
    assertThat(r.values()).containsKeys("relu1", "pool");
  }

  @Test
  void findsNothingInRandomGraphs() throws IOException {
    for (long seed = 0; seed < 12; seed++) {
      RandomGraph g = RandomGraph.of(5000 + seed);
      boolean special = g.inputs().stream().anyMatch(VerificationTest::isSpecial);
      if (!special && g.graph().inputs().stream().allMatch(v -> v.shape().elements() > 0)) {
        Verification.Result r =
            new Verification(
                    g.graph(),
                    g.inputs(),
                    CompileOptions.DEFAULT,
                    Parts.STANDARD,
                    Verification.Listener.NONE)
                .run(folder.resolve("out" + seed));
        assertThat(r.wrongKernel()).as("seed " + seed).isEmpty();
        assertThat(r.wrongPass()).as("seed " + seed).isEmpty();
      }
    }
  }

  /** A region is one kernel whatever calls it takes, and so is each part that is copied. */
  @Test
  void countsKernelsAsTheReportDoes() throws IOException {
    for (long seed = 0; seed < 12; seed++) {
      RandomGraph g = RandomGraph.of(5000 + seed);
      List<Anatomy> made = new ArrayList<>();
      CompileListener collect =
          new CompileListener() {
            @Override
            public void made(Anatomy anatomy) {
              made.add(anatomy);
            }
          };
      new Compiler(collect)
          .compile("m", g.graph(), folder.resolve("out" + seed), CompileOptions.DEFAULT);
      assertThat(KernelWatch.kernels(made.get(0).plan()))
          .as("seed " + seed)
          .isEqualTo(made.get(0).report().kernels().left());
    }
  }

  /**
   * Products of halves mix rows, columns and terms: rounding errors of large numbers reach results
   * that have none of their own.
   */
  @Test
  void rowsOfZerosBesideOthersAreRight() throws IOException {
    Net n = new Net();
    long rows = 128;
    long depth = 768;
    Value x = n.b.input("x", TensorType.of(DType.F32, rows, depth));
    Value y = n.op("fc", new MatMul(false, false), x, n.weights(depth, depth));
    n.b.output("y", n.op("half", Elementwise.of(ElementwiseKind.TANH), y));
    double[] numbers = Seed.of(98).tensor(TensorType.of(DType.F32, rows, depth)).toDoubles();
    Arrays.fill(numbers, 0, (int) (rows / 4 * depth), 0);
    List<Tensor> inputs = List.of(Tensor.of(TensorType.of(DType.F32, rows, depth), numbers));
    Verification.Result r =
        new Verification(
                n.b.build(),
                inputs,
                CompileOptions.DEFAULT,
                Parts.STANDARD,
                Verification.Listener.NONE)
            .run(folder.resolve("out"));
    assertThat(r.worstKernel()).startsWith("strassen");
    assertThat(r.worst()).isPositive();
    assertThat(r.wrongKernel()).isEmpty();
  }

  /** Graphs over f16 and bf16 whose passes compute constants, rounded in those types. */
  @Test
  void passesMayRoundConstantsOfNarrowTypes() {
    for (long seed : new long[] {0, 46, 252, 378, 539}) {
      RandomGraph g = RandomGraph.of(seed);
      PassBisection search =
          new PassBisection(
              g.graph(), g.inputs(), Pipelines::standard, PassOptions.DEFAULT, what -> {});
      Graph after =
          Pipelines.standard(PassOptions.DEFAULT)
              .run(g.graph(), new PassContext(PassOptions.DEFAULT));
      Meaning.Distance d = search.distance(after);
      assertThat(d.outputs()).as("seed " + seed).isGreaterThan(Meaning.OUTPUTS);
      assertThat(d.isWrong()).as("seed " + seed).isFalse();
    }
  }

  private static boolean isSpecial(Tensor t) {
    for (double d : t.toDoubles()) {
      if (!Double.isFinite(d)) {
        return true;
      }
    }
    return false;
  }

  /** Makes maxima in the scheduled form of one kernel minima. */
  private static Kernel spoiled(Kernel naive, Kernel scheduled) {
    if (!naive.name().contains("Pool") && !naive.name().contains("pool")) {
      return scheduled;
    }
    String text = Printer.print(scheduled);
    assertThat(text).contains("max");
    return Parser.parse(text.replace("max", "min"));
  }

  @Test
  void namesAWrongSchedule() throws IOException {
    Parts parts =
        Parts.STANDARD.withScheduler(
            (k, target) -> spoiled(k, Parts.STANDARD.scheduler().schedule(k, target)));
    Verification.Result r = verify(parts);
    assertThat(r.isRight()).isFalse();
    assertThat(r.wrongPass()).isEmpty();
    WrongKernel k = r.wrongKernel().orElseThrow();
    assertThat(k.nodes()).contains("pool");
    assertThat(k.cause()).contains(WrongKernel.Cause.SCHEDULE);
    assertThat(k.problem()).contains("expected");
  }

  /** {@code x + y -> x + x}, of values that nodes make. */
  record ForgetSecondTerm() implements Rule {
    @Override
    public Exactness exactness() {
      return Exactness.EXACT;
    }

    @Override
    public Optional<Replacement> apply(Node root, RewriteContext context) {
      boolean sum =
          RewriteContext.isKind(root, ElementwiseKind.ADD)
              && !root.operand(0).equals(root.operand(1))
              && !context.isConstant(root.operand(1));
      return sum
          ? Replacement.by(context.add(ElementwiseKind.ADD, root.operand(0), root.operand(0)))
          : Optional.empty();
    }
  }

  private static Pipeline withWrongRule(PassOptions options) {
    List<Pipeline.Stage> stages = new ArrayList<>();
    for (Pipeline.Stage s : Pipelines.standard(options).stages()) {
      List<Pass> passes = new ArrayList<>();
      for (Pass p : s.passes()) {
        if (p instanceof RewritePass r && p.name().equals("fold-batchnorm")) {
          List<Rule> rules = new ArrayList<>(r.rules());
          rules.add(new ForgetSecondTerm());
          passes.add(new RewritePass(r.name(), r.description(), rules));
        } else {
          passes.add(p);
        }
      }
      stages.add(new Pipeline.Stage(s.name(), passes));
    }
    return Pipeline.of(stages.toArray(new Pipeline.Stage[0]));
  }

  @Test
  void namesAWrongRuleAndItsApplication() throws IOException {
    Verification.Result r = verify(Parts.STANDARD.withPipeline(VerificationTest::withWrongRule));
    assertThat(r.wrongKernel()).isEmpty();
    PassBisection.WrongPass p = r.wrongPass().orElseThrow();
    assertThat(p.pass()).isEqualTo("fold-batchnorm");
    assertThat(p.application())
        .hasValueSatisfying(
            a -> {
              assertThat(a.rule()).isEqualTo("forget-second-term");
              assertThat(a.toString()).contains("Add(");
            });
    assertThat(p.text()).contains("fold-batchnorm", "forget-second-term");
  }

  /** {@code x / 3 -> x * (1 / 3)}, rounded, in front of a rounding to whole steps. */
  @Test
  void aModelThatRoundsIsNotTakenForWrong() {
    long n = 20_000;
    Net net = new Net();
    Value x = net.b.input("x", TensorType.of(DType.F32, n));
    Value three = net.b.constant(Tensor.filled(TensorType.of(DType.F32), 3e-4));
    Value third = net.b.constant(Tensor.filled(TensorType.of(DType.F32), (float) (1 / 3e-4)));
    Value y = net.op("step", Elementwise.of(ElementwiseKind.DIV), x, three);
    net.b.output("y", net.op("whole", Elementwise.of(ElementwiseKind.FLOOR), y));
    Graph divided = net.b.build();
    Node step = divided.producer(y).orElseThrow();
    List<Node> nodes = new ArrayList<>(divided.nodes());
    nodes.set(
        nodes.indexOf(step),
        new Node(
            Elementwise.of(ElementwiseKind.MUL), List.of(x, third), step.results(), step.origin()));
    Graph multiplied =
        new Graph("g", divided.inputs(), nodes, divided.outputs(), divided.outputNames());
    double[] borders = new double[(int) n];
    for (int i = 0; i < n; i++) {
      borders[i] = i % 100 * (double) 3e-4f;
    }
    List<Tensor> inputs = List.of(Tensor.of(TensorType.of(DType.F32, n), borders));
    PassBisection search =
        new PassBisection(divided, inputs, Pipelines::standard, PassOptions.DEFAULT, what -> {});
    Meaning.Distance d = search.distance(multiplied);
    assertThat(d.outputs()).isGreaterThan(Meaning.OUTPUTS);
    assertThat(d.isWrong()).isFalse();
  }

  /** Gives the first output in place of each. */
  private static final class WrongPassOfNoRules implements Pass {
    @Override
    public String name() {
      return "wrong";
    }

    @Override
    public String description() {
      return "is wrong";
    }

    @Override
    public Graph apply(Graph g, PassContext context) {
      Value x = g.inputs().get(0);
      GraphBuilder b = new GraphBuilder(g.name(), g.nextId());
      g.inputs().forEach(b::keepInput);
      Value part = b.add(Origin.NONE, new Reshape(Shape.of(x.shape().elements())), x);
      Value y = b.add(Origin.NONE, new Tile(List.of(2L)), part);
      b.output("y", y);
      return b.build();
    }
  }

  @Test
  void bisectionNamesAPassWithoutRules() {
    GraphBuilder b = new GraphBuilder("g");
    Value x = b.input("x", TensorType.of(DType.F32, 4));
    Value neg = b.add(Origin.NONE, Elementwise.of(ElementwiseKind.NEG), x);
    Value half = b.add(Origin.NONE, new Reshape(Shape.of(4)), neg);
    b.output("y", b.add(Origin.NONE, new Tile(List.of(2L)), half));
    List<Tensor> inputs = List.of(Seed.of(1).tensor(TensorType.of(DType.F32, 4)));
    PassBisection search =
        new PassBisection(
            b.build(),
            inputs,
            o ->
                Pipeline.of(
                    Pipeline.Stage.of(
                        "right", Pipelines.standard(o).stages().get(0).passes().get(0)),
                    Pipeline.Stage.of("bad", new WrongPassOfNoRules())),
            PassOptions.DEFAULT,
            what -> {});
    PassBisection.WrongPass p = search.search().orElseThrow();
    assertThat(p.pass()).isEqualTo("wrong");
    assertThat(p.application()).isEmpty();
  }
}
