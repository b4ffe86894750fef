package dev.nncc.passes;

/** How far the results after a rewrite may be from those before it. */
public enum Exactness {
  /** Bit for bit the same. */
  EXACT,
  /** The same formula over the reals, rounded at other places. */
  REASSOCIATES,
  /** Right only for numbers that are finite; runs only if asked for, by {@code --fast-math}. */
  APPROXIMATE
}
