package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Kernel;

/**
 * A step of a schedule: rewrites a kernel into one of the same meaning. {@link Object#toString} is
 * the text that {@link Schedule} reads.
 */
public sealed interface Directive
    permits Accumulate,
        Clip,
        Distribute,
        Fuse,
        Inline,
        Lift,
        Merge,
        Pack,
        Peel,
        PrefetchAhead,
        PrefetchNext,
        Promote,
        Ragged,
        Reorder,
        SetKind,
        Split,
        Spread,
        Tensorise,
        Trim {
  /**
   * @throws Illegal when the kernel has no such place or its meaning would change
   */
  Kernel apply(Kernel k);
}
