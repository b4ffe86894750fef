package dev.nncc.compiler.verify;

import dev.nncc.compiler.verify.WrongKernel.Cause;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.bound.Agreement;
import dev.nncc.graph.bound.Bounded;
import dev.nncc.tensor.constant.Packed;
import dev.nncc.tensor.constant.Packer;
import dev.nncc.tensor.interp.Interpreter;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.Pointer;
import dev.nncc.tensor.plan.RunPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Which part of the compiler made a kernel wrong: its loop nests run in the interpreter on the
 * memory that the compiled kernel had, as lowered and as scheduled.
 *
 * @param placement where values lie
 * @param plan the calls of a run
 * @param scheduler what was done to the kernels
 */
record Triage(Placement placement, RunPlan plan, UnaryOperator<Kernel> scheduler) {
  /**
   * The cause.
   *
   * @param first call of the kernel
   * @param before memory as the call found it; it stays as it is
   */
  Cause cause(int first, Memory before) {
    if (!isRight(first, before, k -> k)) {
      return Cause.LOWERING;
    }
    return isRight(first, before, scheduler) ? Cause.CODE : Cause.SCHEDULE;
  }

  /** Copies of what a run reads and writes. */
  record Memory(ByteBuffer arena, List<ByteBuffer> inputs, List<ByteBuffer> outputs) {
    Memory copy() {
      return new Memory(
          copy(arena),
          inputs.stream().map(Memory::copy).toList(),
          outputs.stream().map(Memory::copy).toList());
    }

    private static ByteBuffer copy(ByteBuffer b) {
      ByteBuffer all = b.duplicate().clear();
      ByteBuffer c = ByteBuffer.allocate(all.remaining()).order(ByteOrder.LITTLE_ENDIAN);
      return c.put(all).clear();
    }
  }

  private boolean isRight(int first, Memory before, UnaryOperator<Kernel> change) {
    Memory m = before.copy();
    RunMemory run = new RunMemory(placement, plan, m.arena(), m.inputs(), m.outputs());
    Node node = plan.steps().get(first).node();
    List<Bounded> operands =
        node.operands().stream().map(v -> Bounded.exact(run.read(v).orElseThrow())).toList();
    List<Bounded> expected = KernelWatch.expected(plan.steps().get(first), operands);
    try {
      for (int s = first; s < plan.steps().size(); s++) {
        RunPlan.Step step = plan.steps().get(s);
        if (!step.node().results().equals(node.results())) {
          break;
        }
        Kernel k = change.apply(step.phase().kernel());
        Interpreter.run(k, arguments(step, run), Map.of(), 0, Long.MAX_VALUE);
      }
    } catch (IndexOutOfBoundsException e) {
      return false;
    }
    for (int i = 0; i < expected.size(); i++) {
      Value v = node.results().get(i);
      Tensor actual = run.read(v).orElseThrow();
      if (!Agreement.of(actual, expected.get(i)).isRight()) {
        return false;
      }
    }
    return true;
  }

  private static List<ByteBuffer> arguments(RunPlan.Step step, RunMemory run) {
    List<ByteBuffer> arguments = new ArrayList<>();
    for (int i = 0; i < step.pointers().size(); i++) {
      Pointer p = step.pointers().get(i);
      if (p instanceof Pointer.Fault) {
        arguments.add(ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN));
      } else if (step.phase().arguments().get(i) instanceof Argument.OfConstant c) {
        arguments.add(packed(c.packed()));
      } else {
        arguments.add(run.at(p));
      }
    }
    return arguments;
  }

  private static ByteBuffer packed(Packed packed) {
    ByteBuffer b =
        ByteBuffer.allocate(Math.toIntExact(packed.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    try {
      Packer.write(packed, b::put);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return b.clear();
  }
}
