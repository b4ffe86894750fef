package dev.nncc.codegen.llvm.link;

import static dev.nncc.codegen.llvm.link.PlanModels.SMALL;
import static dev.nncc.codegen.llvm.link.PlanModels.TRACE_LENGTH;
import static dev.nncc.codegen.llvm.link.PlanModels.list;
import static dev.nncc.codegen.llvm.link.PlanModels.longs;
import static dev.nncc.codegen.llvm.link.PlanModels.trace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.codegen.llvm.plan.ArgSpec;
import dev.nncc.codegen.llvm.plan.ElementType;
import dev.nncc.codegen.llvm.plan.Extent;
import dev.nncc.codegen.llvm.plan.FillSpec;
import dev.nncc.codegen.llvm.plan.MemorySpec;
import dev.nncc.codegen.llvm.plan.StepSpec;
import dev.nncc.codegen.llvm.plan.StepSpec.Call;
import dev.nncc.codegen.llvm.plan.TensorSpec;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.NnccException;
import dev.nncc.runtime.Status;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The walk through a plan: what runs, how often, on which memory. */
class PlanTest {
  @TempDir Path folder;

  private Model model(
      List<TensorSpec> inputs,
      List<TensorSpec> outputs,
      MemorySpec memory,
      List<StepSpec> prepare,
      List<FillSpec> fills,
      StepSpec... steps)
      throws Exception {
    return PlanModels.link(folder, inputs, outputs, memory, prepare, fills, steps);
  }

  private static List<Long> traced(Context context) {
    List<Long> values = longs(context, 0);
    return values.subList(1, 1 + values.get(0).intValue());
  }

  @Test
  void repeatsAndNestsLoops() throws Exception {
    try (Model model =
            model(
                List.of(),
                List.of(list(TRACE_LENGTH)),
                SMALL,
                List.of(),
                List.of(),
                new StepSpec.Loop(
                    0,
                    Extent.of(2),
                    List.of(
                        trace(1),
                        new StepSpec.Loop(1, Extent.of(3), List.of(trace(2))),
                        new StepSpec.Loop(1, Extent.of(0), List.of(trace(9))),
                        trace(3))));
        Context context = model.newContext()) {
      context.run();
      assertThat(traced(context))
          .containsExactly(
              10000L, 20000L, 20001L, 20002L, 30000L, 10100L, 20100L, 20101L, 20102L, 30100L);
      assertThat(model.flops()).isEqualTo(2 * (10 + 30 + 10));
    }
  }

  @Test
  void branchesOnBytes() throws Exception {
    try (Model model =
            model(
                List.of(TensorSpec.of("c", ElementType.BOOL, 2)),
                List.of(list(TRACE_LENGTH)),
                SMALL,
                List.of(),
                List.of(),
                new StepSpec.If(
                    ArgSpec.input(0),
                    List.of(
                        trace(1),
                        new StepSpec.If(
                            new ArgSpec(ArgSpec.Base.INPUT, 0, 1), List.of(trace(2)), List.of())),
                    List.of(trace(3))),
                trace(4));
        Context context = model.newContext()) {
      assertThat(branch(context, 1, 1)).containsExactly(10000L, 20000L, 40000L);
      assertThat(branch(context, 1, 0)).containsExactly(10000L, 40000L);
      assertThat(branch(context, 0, 1)).containsExactly(30000L, 40000L);
    }
  }

  private static List<Long> branch(Context context, int first, int second) {
    context.output(0).putLong(0, 0);
    context.input(0).put(0, (byte) first).put(1, (byte) second);
    context.run();
    return traced(context);
  }

  @Test
  void repeatsWhileTheConditionHolds() throws Exception {
    StepSpec loop =
        new StepSpec.While(
            ArgSpec.arena(0),
            0,
            Extent.of(10),
            List.of(trace(5), new Call(1, List.of(ArgSpec.arena(0)), Extent.of(1), 1)));
    try (Model model =
            model(
                List.of(TensorSpec.of("c", ElementType.BOOL, 1)),
                List.of(list(TRACE_LENGTH)),
                SMALL,
                List.of(),
                List.of(),
                new StepSpec.Copy(ArgSpec.arena(0), ArgSpec.input(0), Extent.of(1)),
                loop);
        Context context = model.newContext()) {
      context.input(0).put(0, (byte) 1);
      context.run();
      // the condition is computed inside: false after the round in which dims[0] is 2
      assertThat(traced(context)).containsExactly(50000L, 50100L, 50200L);
      context.output(0).putLong(0, 0);
      context.input(0).put(0, (byte) 0);
      context.run();
      assertThat(traced(context)).isEmpty();
    }
  }

  @Test
  void readsExtentsFromInputs() throws Exception {
    TensorSpec open =
        new TensorSpec(
            "x", ElementType.F32, List.of(new TensorSpec.Dim(8, 2), TensorSpec.Dim.of(4)));
    TensorSpec out = new TensorSpec("y", ElementType.I64, List.of(new TensorSpec.Dim(8, 2)));
    try (Model model =
            model(
                List.of(open, open),
                List.of(list(TRACE_LENGTH), out),
                SMALL,
                List.of(),
                List.of(),
                new StepSpec.Loop(0, new Extent(8, 2), List.of(trace(1))),
                new Call(0, List.of(ArgSpec.output(0)), new Extent(8, 2), 1));
        Context context = model.newContext()) {
      assertThat(model.inputs().get(0).dims()).containsExactly(-1L, 4L);
      ByteBuffer x = ByteBuffer.allocateDirect(8 * 4 * 4).order(ByteOrder.nativeOrder());
      context.bindInput(0, x, List.of(3L, 4L));
      context.bindInput(1, x, List.of(3L, 4L));
      context.run();
      assertThat(traced(context)).containsExactly(10000L, 10100L, 10200L, 30300L);
      assertThat(context.outputDims(1)).containsExactly(3L);
      context.bindInput(1, x, List.of(2L, 4L)); // the same symbol, another extent
      assertThatThrownBy(context::run)
          .isInstanceOfSatisfying(
              NnccException.class, e -> assertThat(e.status()).isEqualTo(Status.SHAPE));
      assertThatThrownBy(() -> context.bindInput(0, x, List.of(9L, 4L)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void keepsStateUntilReset() throws Exception {
    try (Model model =
            model(
                List.of(),
                List.of(list(1)),
                SMALL,
                List.of(),
                List.of(),
                new Call(2, List.of(ArgSpec.state(8), ArgSpec.output(0)), Extent.of(1), 1));
        Context one = model.newContext();
        Context two = model.newContext()) {
      one.run();
      one.run();
      two.run();
      assertThat(longs(one, 0)).containsExactly(2L);
      assertThat(longs(two, 0)).containsExactly(1L);
      one.resetState();
      one.run();
      assertThat(longs(one, 0)).containsExactly(1L);
    }
  }

  @Test
  void preparesOnceForAllContexts() throws Exception {
    Call prepare = new Call(2, List.of(ArgSpec.prepared(0), ArgSpec.arena(0)), Extent.of(1), 1);
    try (Model model =
        model(
            List.of(),
            List.of(list(1)),
            SMALL,
            List.of(prepare),
            List.of(),
            new StepSpec.Copy(ArgSpec.output(0), ArgSpec.prepared(0), Extent.of(8)))) {
      for (int i = 0; i < 3; i++) {
        try (Context context = model.newContext()) {
          context.run();
          assertThat(longs(context, 0)).containsExactly(1L);
        }
      }
    }
  }

  @Test
  void fillsHalosOnce() throws Exception {
    // two rows 48 bytes apart, in each two runs of 12 bytes 24 apart
    FillSpec fill = new FillSpec(8, 12, 2, 48, 2, 24, FillSpec.pattern(Float.NEGATIVE_INFINITY));
    try (Model model =
            model(
                List.of(),
                List.of(TensorSpec.of("y", ElementType.F32, 28)),
                SMALL,
                List.of(),
                List.of(fill),
                new StepSpec.Copy(ArgSpec.output(0), ArgSpec.arena(0), Extent.of(112)));
        Context context = model.newContext()) {
      context.run();
      float[] y = context.outputFloats(0);
      for (int i = 0; i < y.length; i++) {
        int inRow = (4 * i - 8) % 48;
        boolean filled = i >= 2 && i < 26 && inRow % 24 < 12;
        assertThat(y[i]).as("float %d", i).isEqualTo(filled ? Float.NEGATIVE_INFINITY : 0f);
      }
    }
  }

  @Test
  void reportsBadIndicesInData() throws Exception {
    try (Model model =
            model(
                List.of(list(1)),
                List.of(list(TRACE_LENGTH)),
                SMALL,
                List.of(),
                List.of(),
                new Call(3, List.of(ArgSpec.fault(), ArgSpec.input(0)), Extent.of(1), 1),
                trace(1));
        Context context = model.newContext()) {
      context.input(0).putLong(0, 10);
      assertThatThrownBy(context::run)
          .isInstanceOfSatisfying(
              NnccException.class, e -> assertThat(e.status()).isEqualTo(Status.INDEX))
          .hasMessageContaining("check")
          .hasMessageContaining("check_node");
      context.input(0).putLong(0, 9); // the next run starts afresh
      context.run();
      assertThat(traced(context)).containsExactly(10000L);
    }
  }

  @Test
  void cutsChunksAtTheSameBordersForAnyNumberOfThreads() throws Exception {
    int extent = 23;
    int chunks = 6;
    try (Model model =
        model(
            List.of(),
            List.of(list(4 * extent)),
            SMALL,
            List.of(),
            List.of(),
            new Call(4, List.of(ArgSpec.output(0)), Extent.of(extent), chunks))) {
      for (int threads : List.of(1, 2, 5)) {
        try (Context context = model.newContext(ContextOptions.DEFAULT.withThreads(threads))) {
          for (int run = 0; run < 100; run++) {
            context.run();
            List<Long> y = longs(context, 0);
            for (int c = 0; c < chunks; c++) {
              long lo = extent * c / chunks;
              long hi = extent * (c + 1) / chunks;
              for (long i = lo; i < hi; i++) {
                assertThat(y.get((int) (4 * i)) % 64).isZero();
                assertThat(y.subList((int) (4 * i + 1), (int) (4 * i + 4)))
                    .containsExactly(lo, hi, i);
              }
            }
          }
        }
      }
    }
  }

  @Test
  void stopsWhenCancelled() throws Exception {
    StepSpec endless =
        new StepSpec.Loop(
            0,
            Extent.of(Long.MAX_VALUE),
            List.of(new Call(1, List.of(ArgSpec.arena(0)), Extent.of(1), 1)));
    try (Model model = model(List.of(), List.of(list(1)), SMALL, List.of(), List.of(), endless);
        Context context = model.newContext()) {
      CompletableFuture<Status> status =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  context.run();
                  return Status.OK;
                } catch (NnccException e) {
                  return e.status();
                }
              });
      while (!status.isDone()) { // a cancel before the run has begun does nothing
        context.cancel();
        Thread.onSpinWait();
      }
      assertThat(status.join()).isEqualTo(Status.CANCELLED);
    }
  }

  @Test
  void timesKernels() throws Exception {
    try (Model model =
            model(
                List.of(),
                List.of(list(TRACE_LENGTH)),
                SMALL,
                List.of(),
                List.of(),
                new StepSpec.Loop(0, Extent.of(3), List.of(trace(1))));
        Context context =
            model.newContext(ContextOptions.DEFAULT.with(ContextOptions.Flag.PROFILE));
        Context plain = model.newContext()) {
      context.run();
      plain.run();
      assertThat(context.profile().get(0).calls()).isEqualTo(3);
      assertThat(context.profile().get(0).sourceNodes()).isEqualTo("trace_node");
      assertThat(context.profile().get(0).totalNanos())
          .isGreaterThanOrEqualTo(3 * context.profile().get(0).minNanos());
      assertThat(context.profile().get(1).calls()).isZero();
      assertThat(plain.profile().get(0).calls()).isZero();
    }
  }
}
