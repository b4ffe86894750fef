package dev.nncc.codegen.llvm.plan;

import java.util.List;

/** One step of a run plan. */
public sealed interface StepSpec {
  /**
   * Runs a kernel over {@code [0, extent)}, cut into chunks with fixed borders that threads claim.
   *
   * @param kernel index into {@link ModelSpec#kernels()}
   * @param args the pointers that it receives, in order
   * @param extent of its parallel loop
   * @param chunks 1 to 4096; fixed at compile time, so that results do not depend on the threads
   * @param neighbours whether each thread takes neighbouring chunks at once, the same ones in every
   *     round of a loop: what they read stays in its cache
   * @param beside whether the call belongs to one launch with the step before, which is a call too:
   *     nobody waits between them, and their chunks run in any order
   */
  record Call(
      int kernel, List<ArgSpec> args, Extent extent, int chunks, boolean neighbours, boolean beside)
      implements StepSpec {
    /** Chunks that are claimed one by one. */
    public Call(int kernel, List<ArgSpec> args, Extent extent, int chunks) {
      this(kernel, args, extent, chunks, false, false);
    }

    /** The same call in neighbouring chunks, in a launch of its own. */
    public Call together() {
      return new Call(kernel, args, extent, chunks, true, false);
    }

    /** The same call in one launch with the step before. */
    public Call besidePrevious() {
      return new Call(kernel, args, extent, chunks, false, true);
    }

    public Call {
      args = List.copyOf(args);
      if (kernel < 0 || chunks < 1 || chunks > 4096) {
        throw new IllegalArgumentException("kernel " + kernel + " in " + chunks + " chunks");
      }
    }
  }

  /** Moves bytes; the ranges may overlap. */
  record Copy(ArgSpec to, ArgSpec from, Extent bytes) implements StepSpec {}

  /** Repeats the body; the number of the round is in {@code dims[slot]}, where kernels read it. */
  record Loop(int slot, Extent rounds, List<StepSpec> body) implements StepSpec {
    public Loop {
      body = List.copyOf(body);
      if (slot < 0) {
        throw new IllegalArgumentException("loop slot " + slot);
      }
    }
  }

  /**
   * Repeats the body while the condition byte is not 0 (tested before each round) and rounds are
   * left.
   */
  record While(ArgSpec condition, int slot, Extent rounds, List<StepSpec> body)
      implements StepSpec {
    public While {
      body = List.copyOf(body);
      if (slot < 0) {
        throw new IllegalArgumentException("loop slot " + slot);
      }
    }
  }

  /** Runs one of two bodies by the condition byte. */
  record If(ArgSpec condition, List<StepSpec> then, List<StepSpec> otherwise) implements StepSpec {
    public If {
      then = List.copyOf(then);
      otherwise = List.copyOf(otherwise);
    }
  }
}
