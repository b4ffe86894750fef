package dev.nncc.compiler.verify;

import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.Pointer;
import dev.nncc.tensor.plan.RunPlan;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The memory of a run, by the values that lie in it. */
final class RunMemory {
  private final Placement placement;
  private final ByteBuffer arena;
  private final List<ByteBuffer> inputs;
  private final List<ByteBuffer> outputs;
  private final Map<Value, Pointer> places = new LinkedHashMap<>();

  RunMemory(
      Placement placement,
      RunPlan plan,
      ByteBuffer arena,
      List<ByteBuffer> inputs,
      List<ByteBuffer> outputs) {
    this.placement = placement;
    this.arena = arena;
    this.inputs = inputs;
    this.outputs = outputs;
    for (RunPlan.Step s : plan.steps()) {
      List<Argument> arguments = s.phase().arguments();
      for (int i = 0; i < arguments.size(); i++) {
        if (arguments.get(i) instanceof Argument.OfValue v) {
          places.put(placement.root(v.value()), s.pointers().get(i));
        }
      }
    }
  }

  ByteBuffer arena() {
    return arena;
  }

  /** The bytes behind a pointer that is no constant. */
  ByteBuffer at(Pointer p) {
    if (p instanceof Pointer.State) {
      throw new IllegalArgumentException("models with states cannot be verified step by step");
    }
    ByteBuffer b =
        p instanceof Pointer.Arena a
            ? arena.duplicate().position(Math.toIntExact(a.offset())).slice()
            : p instanceof Pointer.Input i
                ? inputs.get(i.index()).duplicate()
                : outputs.get(((Pointer.Output) p).index()).duplicate();
    return b.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** What a value is now; empty where no kernel ever touches its memory. */
  Optional<Tensor> read(Value v) {
    Optional<Tensor> constant = placement.constant(v);
    if (constant.isPresent()) {
      return constant;
    }
    if (v.shape().elements() == 0) {
      return Optional.of(Tensor.of(v.type(), ByteBuffer.allocate(0)));
    }
    return Optional.ofNullable(places.get(placement.root(v)))
        .map(p -> ValueReader.read(v.type(), placement.storage(v), at(p)));
  }
}
