package dev.nncc.graph.op;

/** Recurrences over time: operands x, w, r, b and the initial states, as {@link Lstm} has them. */
public sealed interface RecurrentOp extends RegionOp permits Lstm, Gru, Rnn {
  Direction direction();
}
