package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;

/**
 * A value of the text. Values of f16 and bf16 are held as float, bool is i1.
 *
 * @param ssa a name ({@code %t3}) or a literal
 * @param lanes 1 for a scalar
 */
record Val(String ssa, DType type, int lanes) {
  String llvm() {
    return Spelling.vector(Spelling.value(type), lanes);
  }

  /** A number known now, the same in all lanes. */
  boolean isLiteral() {
    return !ssa.startsWith("%") && !ssa.startsWith("<");
  }

  @Override
  public String toString() {
    return llvm() + " " + ssa;
  }
}
