package dev.nncc.codegen.llvm.plan;

import java.util.List;

/**
 * An input and an output of the model that a context keeps: what a run leaves is what the next one
 * finds. It lies in {@code blocks} blocks of state memory, {@code pitch} bytes apart, of which
 * {@code keep} bytes are what the next run finds; see {@code nncc_plan_state}.
 *
 * @param next name of the output
 * @param past what a run finds, under the name of the input
 * @param window whether it moves along its blocks; else two places take turns
 * @param offset of the first block in state memory
 * @param row bytes by which it moves for each position added
 * @param rows in a block
 * @param added positions that a run of each profile adds
 */
public record StateSpec(
    String next,
    TensorSpec past,
    boolean window,
    long offset,
    long blocks,
    long pitch,
    long keep,
    long row,
    long rows,
    List<Integer> added) {
  public StateSpec {
    added = List.copyOf(added);
    int most = added.stream().mapToInt(Integer::intValue).max().orElse(0);
    boolean fits = window ? keep + most * row <= pitch && rows * row == pitch : rows == 2;
    if (blocks < 0 || keep > pitch || !fits || blocks * keep != past.bytes()) {
      throw new IllegalArgumentException("state " + past.name() + " does not fit its memory");
    }
  }

  /** Bytes of state memory. */
  public long bytes() {
    return blocks * pitch;
  }
}
