package dev.nncc.graph.op;

/** Activation of {@link Rnn}. */
public enum RnnActivation {
  TANH,
  RELU
}
