package dev.nncc.tensor.verify;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.plan.RunPlan;
import java.util.BitSet;

/** The bytes of the arena that a step touches, and those of them that it writes. */
record Footprint(BitSet touched, BitSet written) {
  static Footprint of(RunPlan.Step step) {
    Footprint f = new Footprint(new BitSet(), new BitSet());
    StepAccess access = StepAccess.of(step);
    if (access.isBorder()) {
      StepAccess.Arg a = access.all().get(0);
      ConstantStores.each(
          access.kernel().body(), (at, value) -> mark(f.written, a, a.buffer(), at, 1));
    } else {
      for (StepAccess.Arg a : access.reads()) {
        Elements.inside(a.buffer(), (at, count) -> mark(f.touched, a, a.buffer(), at, count));
        Elements.border(a.buffer(), (at, count) -> mark(f.touched, a, a.buffer(), at, count));
      }
      for (StepAccess.Arg a : access.writes()) {
        Elements.inside(a.buffer(), (at, count) -> mark(f.written, a, a.buffer(), at, count));
      }
    }
    f.touched.or(f.written);
    return f;
  }

  private static void mark(BitSet bytes, StepAccess.Arg a, Buffer b, long at, long count) {
    int from = Math.toIntExact(a.address(at));
    bytes.set(from, Math.toIntExact(from + count * b.type().bytes()));
  }

  /** Whether one step writes what the other touches. */
  boolean meets(Footprint other) {
    return written.intersects(other.touched) || other.written.intersects(touched);
  }
}
