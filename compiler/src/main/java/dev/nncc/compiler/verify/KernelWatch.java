package dev.nncc.compiler.verify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.bound.Agreement;
import dev.nncc.graph.bound.Bounded;
import dev.nncc.graph.bound.ErrorBounds;
import dev.nncc.graph.op.Concat;
import dev.nncc.runtime.StepListener;
import dev.nncc.tensor.lower.StrassenLowering;
import dev.nncc.tensor.lower.WinogradLowering;
import dev.nncc.tensor.plan.RunPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.zip.CRC32;

/**
 * Watches a run: takes the operands of each region before its first call and its results after the
 * last, and compares them with what the reference evaluator makes of these very operands. So errors
 * of kernels in front do not add up, and the fusion stays as it is.
 */
final class KernelWatch implements StepListener {
  /** Axes in front of a picture. */
  private static final int CHANNELS = 2;

  private final RunPlan plan;
  private final RunMemory memory;
  private final BiConsumer<Integer, Integer> progress;
  private final BiConsumer<Value, Tensor> results;
  private final Map<Value, Long> written = new LinkedHashMap<>();
  private List<Optional<Tensor>> operands = List.of();
  private int firstStep;
  private int kernels;
  private double worst;
  private String worstKernel = "";
  private Optional<WrongKernel> wrong = Optional.empty();

  /**
   * @param results takes each result that was compared
   * @param progress takes steps done and their number
   */
  KernelWatch(
      RunPlan plan,
      RunMemory memory,
      BiConsumer<Value, Tensor> results,
      BiConsumer<Integer, Integer> progress) {
    this.plan = plan;
    this.memory = memory;
    this.results = results;
    this.progress = progress;
  }

  /** Before the run. */
  void start() {
    if (!plan.steps().isEmpty()) {
      enter(0);
    }
  }

  Optional<WrongKernel> wrong() {
    return wrong;
  }

  /** The first call of the wrong kernel. */
  int firstStep() {
    return firstStep;
  }

  /** Kernels that were compared. */
  int kernels() {
    return kernels;
  }

  /** As the ladder counts them: a region is one, whatever calls it takes, a copy of a part one. */
  private static int kernels(Node node, int calls) {
    return node.op() instanceof Concat ? calls : 1;
  }

  /** The kernels of a run. */
  static int kernels(RunPlan plan) {
    int n = 0;
    int first = 0;
    for (int i = 0; i < plan.steps().size(); i++) {
      Node node = plan.steps().get(i).node();
      if (i + 1 == plan.steps().size() || !same(plan.steps().get(i + 1).node(), node)) {
        n += kernels(node, i + 1 - first);
        first = i + 1;
      }
    }
    return n;
  }

  /** The largest distance by its bound. */
  double worst() {
    return worst;
  }

  String worstKernel() {
    return worstKernel;
  }

  @Override
  public boolean after(int counted, int kernel) {
    // Kernels are numbered as the steps of the plan; the runtime's steps count loops too.
    int step = kernel;
    progress.accept(step + 1, plan.steps().size());
    Node node = plan.steps().get(step).node();
    boolean last = step + 1 == plan.steps().size();
    if (last || !same(plan.steps().get(step + 1).node(), node)) {
      leave(step, node);
      if (!last && wrong.isEmpty()) {
        enter(step + 1);
      }
    }
    return wrong.isPresent();
  }

  private static boolean same(Node a, Node b) {
    return a.results().equals(b.results());
  }

  private void enter(int step) {
    firstStep = step;
    Node node = plan.steps().get(step).node();
    operands = new ArrayList<>();
    for (Value v : node.operands()) {
      Optional<Tensor> t = memory.read(v);
      operands.add(t);
      Long then = written.get(v);
      if (then != null && t.isPresent() && then != checksum(t.get()) && wrong.isEmpty()) {
        wrong =
            Optional.of(
                new WrongKernel(
                    name(step),
                    node.origin().toString(),
                    v + " " + v.type(),
                    "its operand " + v + " is no longer what was written there",
                    Optional.of(WrongKernel.Cause.MEMORY)));
      }
    }
  }

  private void leave(int step, Node node) {
    if (wrong.isPresent() || operands.stream().anyMatch(Optional::isEmpty)) {
      return;
    }
    List<Bounded> exact = operands.stream().map(t -> Bounded.exact(t.orElseThrow())).toList();
    List<Bounded> expected = expected(plan.steps().get(step), exact);
    kernels += kernels(node, step + 1 - firstStep);
    for (int i = 0; i < expected.size() && wrong.isEmpty(); i++) {
      Value v = node.results().get(i);
      Optional<Tensor> actual = memory.read(v);
      if (actual.isEmpty()) {
        continue;
      }
      written.put(v, checksum(actual.get()));
      results.accept(v, actual.get());
      Agreement a = Agreement.of(actual.get(), expected.get(i));
      if (a.ratio() > worst) {
        worst = a.ratio();
        worstKernel = name(step);
      }
      wrong =
          a.problem(actual.get())
              .map(
                  p ->
                      new WrongKernel(
                          name(step),
                          node.origin().toString(),
                          v + " " + v.type(),
                          p,
                          Optional.empty()));
    }
  }

  /**
   * What a kernel of the step's region may make of its operands. Winograd's algorithm mixes the
   * pixels of a channel, Strassen's all channels of a picture, or a matrix, with these.
   */
  static List<Bounded> expected(RunPlan.Step step, List<Bounded> operands) {
    List<Bounded> direct = ErrorBounds.apply(step.node().op(), operands);
    String name = step.phase().kernel().name();
    return name.startsWith(WinogradLowering.NAME)
        ? direct.stream().map(b -> b.spreadBehind(CHANNELS)).toList()
        : name.startsWith(StrassenLowering.NAME)
            ? direct.stream().map(b -> b.spreadBehind(Math.min(1, rank(b) - 2))).toList()
            : direct;
  }

  private static int rank(Bounded b) {
    return b.value().shape().rank();
  }

  private String name(int step) {
    return plan.steps().get(step).phase().kernel().name() + "_" + step;
  }

  private static long checksum(Tensor t) {
    CRC32 sum = new CRC32();
    sum.update(t.payload().bytes());
    return sum.getValue();
  }
}
