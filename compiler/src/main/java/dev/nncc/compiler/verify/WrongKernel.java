package dev.nncc.compiler.verify;

import java.util.Optional;

/**
 * A kernel that does not give what its region computes of the same operands.
 *
 * @param name of its last call, as profiles name it
 * @param nodes what the user wrote that it computes
 * @param value the result that is wrong, and its type
 * @param problem the element farthest off by its bound
 * @param cause the part of the compiler that made it so
 */
public record WrongKernel(
    String name, String nodes, String value, String problem, Optional<Cause> cause) {
  /** Parts of the compiler behind the passes. */
  public enum Cause {
    /** The loop nest is wrong as it was lowered. */
    LOWERING("lowering: the loop nest is wrong before it is scheduled"),
    /** The nest is right until it is scheduled. */
    SCHEDULE("schedule: the loop nest as lowered is right, as scheduled it is wrong"),
    /** The scheduled nest is right; the machine code is not. */
    CODE("code generation: the scheduled loop nest is right, the machine code is wrong"),
    /** Somebody wrote over an operand before the kernel read it. */
    MEMORY("memory plan: an operand was overwritten before this kernel read it");

    private final String text;

    Cause(String text) {
      this.text = text;
    }

    /** One line for people. */
    public String text() {
      return text;
    }
  }

  WrongKernel withCause(Cause found) {
    return new WrongKernel(name, nodes, value, problem, Optional.of(found));
  }
}
