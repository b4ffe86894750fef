package dev.nncc.codegen.llvm.toolchain;

/** LLVM, lld or clang refused: the message carries their own text. */
public final class CodegenException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public CodegenException(String message) {
    super(message);
  }

  public CodegenException(String message, Throwable cause) {
    super(message, cause);
  }
}
