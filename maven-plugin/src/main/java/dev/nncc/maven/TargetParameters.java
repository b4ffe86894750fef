package dev.nncc.maven;

import org.jspecify.annotations.Nullable;

/** A machine that a model is compiled for; Maven fills the fields from {@code <target>}. */
public final class TargetParameters {
  /** As {@code nncc compile --target}; without: this machine. */
  @Nullable String machine;

  /** As {@code nncc compile --cpu}, several with commas; without: the model's, else the host's. */
  @Nullable String cpu;

  /** {@code <target>aarch64-linux</target>} is short for its machine. */
  public void set(String text) {
    machine = text;
  }
}
