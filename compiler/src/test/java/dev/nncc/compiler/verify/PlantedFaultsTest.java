package dev.nncc.compiler.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Parts;
import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Seed;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.lower.Phase;
import dev.nncc.tensor.plan.MemoryPlan;
import dev.nncc.tensor.plan.Pointer;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.text.Parser;
import dev.nncc.tensor.text.Printer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fault in each part behind the passes is found, and that part is named. */
class PlantedFaultsTest {
  private static final TensorType IMAGE = TensorType.of(DType.F32, 1, 16, 8, 8);
  private static final List<Long> ONES = List.of(1L, 1L);
  private static final List<Long> ZEROS = List.of(0L, 0L);

  @TempDir Path folder;

  /** A convolution and a pool of one input, and a second convolution that reads both. */
  private static Graph graph() {
    GraphBuilder b = new GraphBuilder("net");
    Value x = b.input("x", IMAGE);
    Conv point = new Conv(ONES, ZEROS, ZEROS, ONES, 1);
    Value first = op(b, "first", point, x, weights(b, 1));
    Value pool =
        op(
            b,
            "pool",
            new Pool(PoolKind.MAX, List.of(3L, 3L), ONES, ONES, ONES, ONES, false, false),
            x);
    Value second = op(b, "second", point, pool, weights(b, 2));
    b.output("y", op(b, "sum", Elementwise.of(ElementwiseKind.ADD), second, first));
    return b.build();
  }

  private static Value weights(GraphBuilder b, int seed) {
    return b.constant(Seed.of(seed).tensor(TensorType.of(DType.F32, 16, 16, 1, 1)));
  }

  private static Value op(GraphBuilder b, String name, Op op, Value... operands) {
    return b.add(Origin.of(name, op.name()), List.of(name), op, List.of(operands)).get(0);
  }

  private Verification.Result verify(Parts parts) throws IOException {
    List<Tensor> inputs = List.of(Seed.of(99).tensor(IMAGE));
    return new Verification(
            graph(), inputs, CompileOptions.DEFAULT, parts, Verification.Listener.NONE)
        .run(folder.resolve("out"));
  }

  private WrongKernel wrong(Parts parts) throws IOException {
    Verification.Result r = verify(parts);
    assertThat(r.wrongPass()).isEmpty();
    return r.wrongKernel().orElseThrow();
  }

  /** Minima in place of the maxima of the pool. */
  private static Kernel spoiled(Kernel k) {
    if (!k.name().contains("pool")) {
      return k;
    }
    Kernel other = Parser.parse(Printer.print(k).replace("max", "min"));
    return new Kernel(k.name(), other.args(), other.dims(), other.body());
  }

  private static RunPlan changed(RunPlan plan, UnaryOperator<RunPlan.Step> change) {
    return new RunPlan(
        plan.steps().stream().map(change).toList(),
        plan.constants(),
        plan.weightBytes(),
        plan.preparedBytes(),
        plan.memory(),
        plan.fills());
  }

  @Test
  void whatIsRightHasNoFault() throws IOException {
    assertThat(verify(Parts.STANDARD).isRight()).isTrue();
  }

  @Test
  void namesAWrongLowering() throws IOException {
    Parts.Planner planner =
        (placement, arena, weights) ->
            changed(
                Parts.STANDARD.planner().plan(placement, arena, weights),
                s -> {
                  Phase p = s.phase();
                  Phase other = new Phase(spoiled(p.kernel()), p.arguments(), p.flops());
                  return new RunPlan.Step(other, s.pointers(), s.node());
                });
    WrongKernel k = wrong(Parts.STANDARD.withPlanner(planner));
    assertThat(k.nodes()).contains("pool");
    assertThat(k.cause()).contains(WrongKernel.Cause.LOWERING);
  }

  @Test
  void namesWrongCode() throws IOException {
    Parts.Emitter emitter =
        (kernel, unaligned, target) ->
            Parts.STANDARD.emitter().emit(spoiled(kernel), unaligned, target);
    WrongKernel k = wrong(Parts.STANDARD.withEmitter(emitter));
    assertThat(k.nodes()).contains("pool");
    assertThat(k.cause()).contains(WrongKernel.Cause.CODE);
  }

  /** Moves the value that is written second onto the one that was written first. */
  private static RunPlan overlapping(RunPlan plan) {
    Map<Integer, List<MemoryPlan.Allocation>> byEnd = new TreeMap<>();
    for (MemoryPlan.Allocation a : plan.memory().allocations()) {
      byEnd.computeIfAbsent(a.last(), s -> new ArrayList<>()).add(a);
    }
    List<MemoryPlan.Allocation> both =
        byEnd.values().stream().filter(l -> l.size() == 2).findFirst().orElseThrow();
    Pointer from = new Pointer.Arena(both.get(1).offset());
    Pointer to = new Pointer.Arena(both.get(0).offset());
    return changed(
        plan,
        s ->
            new RunPlan.Step(
                s.phase(),
                s.pointers().stream().map(p -> p.equals(from) ? to : p).toList(),
                s.node()));
  }

  @Test
  void namesAWrongMemoryPlan() throws IOException {
    Parts.Planner planner =
        (placement, arena, weights) ->
            overlapping(Parts.STANDARD.planner().plan(placement, arena, weights));
    WrongKernel k = wrong(Parts.STANDARD.withPlanner(planner));
    assertThat(k.nodes()).contains("second");
    assertThat(k.cause()).contains(WrongKernel.Cause.MEMORY);
    assertThat(k.problem()).contains("no longer what was written there");
  }
}
