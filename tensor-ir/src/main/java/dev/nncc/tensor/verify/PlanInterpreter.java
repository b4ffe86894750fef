package dev.nncc.tensor.verify;

import dev.nncc.graph.Payload;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.tensor.constant.Packer;
import dev.nncc.tensor.interp.Interpreter;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.lower.Phase;
import dev.nncc.tensor.plan.Pointer;
import dev.nncc.tensor.plan.RunPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Runs a plan in the interpreter, on the very memory layout of the library: lowering, placement and
 * memory plan are checked without generating code. The arena is poisoned outside the borders, so
 * that whatever is read before it is written shows.
 */
public final class PlanInterpreter {
  private static final byte POISON = (byte) 0xFF;

  private final RunPlan plan;
  private final ByteBuffer weights;
  private final ByteBuffer prepared;
  private final UnaryOperator<Kernel> schedule;
  private final ByteBuffer fault = memory(Integer.BYTES);

  /**
   * @param schedule what is done to each kernel before it runs; identity for the naive nests
   */
  public PlanInterpreter(RunPlan plan, UnaryOperator<Kernel> schedule) {
    this.plan = plan;
    this.schedule = schedule;
    weights = memory(plan.weightBytes());
    prepared = memory(plan.preparedBytes());
    for (RunPlan.Placed c : plan.constants()) {
      ByteBuffer to = constant(c.at()).orElseThrow();
      try {
        Packer.write(c.packed(), to::put);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Values of the outputs. */
  public List<Tensor> run(List<Tensor> inputs, List<TensorType> outputs) {
    ByteBuffer arena = memory(plan.memory().bytes());
    for (int i = 0; i < arena.capacity(); i++) {
      arena.put(i, POISON);
    }
    plan.fills().forEach(f -> fill(arena, f));
    List<ByteBuffer> in = new ArrayList<>();
    inputs.forEach(t -> in.add(t.payload().bytes()));
    List<ByteBuffer> out = new ArrayList<>();
    outputs.forEach(t -> out.add(memory(t.bytes())));
    for (List<RunPlan.Step> loop : plan.loops()) {
      for (long round = 0; round < loop.get(0).phase().rounds(); round++) {
        List<RunPlan.Step> launch = new ArrayList<>();
        for (RunPlan.Step s : loop) {
          if (!s.beside()) {
            call(launch, round, arena, in, out);
            launch.clear();
          }
          launch.add(s);
        }
        call(launch, round, arena, in, out);
      }
    }
    List<Tensor> results = new ArrayList<>();
    for (int i = 0; i < out.size(); i++) {
      results.add(new Tensor(outputs.get(i), Payload.of(out.get(i))));
    }
    return results;
  }

  /** The steps of a launch, last to first: what needs another one shows. */
  private void call(
      List<RunPlan.Step> launch,
      long round,
      ByteBuffer arena,
      List<ByteBuffer> in,
      List<ByteBuffer> out) {
    for (int i = launch.size() - 1; i >= 0; i--) {
      List<ByteBuffer> args = new ArrayList<>();
      for (Pointer p : launch.get(i).pointers()) {
        args.add(resolve(p, arena, in, out));
      }
      Kernel k = schedule.apply(launch.get(i).phase().kernel());
      Interpreter.run(k, args, Map.of(Phase.ROUND, round), 0, Long.MAX_VALUE);
    }
  }

  /** Whether data of any run so far held an index outside its tensor. */
  public boolean faulted() {
    return fault.getInt(0) != 0;
  }

  private ByteBuffer resolve(
      Pointer p, ByteBuffer arena, List<ByteBuffer> in, List<ByteBuffer> out) {
    if (p instanceof Pointer.Arena a) {
      return from(arena, a.offset());
    }
    Optional<ByteBuffer> constant = constant(p);
    if (constant.isPresent()) {
      return constant.get();
    }
    if (p instanceof Pointer.Fault) {
      return fault;
    }
    if (p instanceof Pointer.State) {
      throw new IllegalArgumentException("plans with states run in a context only");
    }
    return p instanceof Pointer.Input i ? in.get(i.index()) : out.get(((Pointer.Output) p).index());
  }

  private Optional<ByteBuffer> constant(Pointer p) {
    if (p instanceof Pointer.Weights w) {
      return Optional.of(from(weights, w.offset()));
    }
    return p instanceof Pointer.Prepared m
        ? Optional.of(from(prepared, m.offset()))
        : Optional.empty();
  }

  private static void fill(ByteBuffer arena, RunPlan.Fill f) {
    Tensor pattern =
        Tensor.filled(TensorType.of(f.dtype(), f.bytes() / f.dtype().bytes()), f.value());
    from(arena, f.offset()).put(pattern.payload().bytes());
  }

  private static ByteBuffer from(ByteBuffer memory, long offset) {
    return memory
        .duplicate()
        .position(Math.toIntExact(offset))
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer memory(long bytes) {
    return ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
