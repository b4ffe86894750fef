package dev.nncc.codegen.llvm.emit;

/** A kernel that is not scheduled enough to be emitted; the text names kernel, loops and buffer. */
public final class EmitException extends RuntimeException {
  private static final long serialVersionUID = 1;

  EmitException(String message) {
    super(message);
  }
}
