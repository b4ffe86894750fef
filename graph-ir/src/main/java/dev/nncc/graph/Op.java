package dev.nncc.graph;

import java.util.List;

/**
 * An operator with its attributes: a record whose components are validated in its constructor. The
 * meaning is {@link #evaluate}, plain loops with double accumulation; everything else in the
 * compiler is checked against it.
 */
public interface Op {
  /** The operator's name in the text form, in diagnostics and in kernel names: {@code Conv}. */
  String name();

  /** The attributes, for the text form; {@code Ops.parse} is the inverse. */
  Attributes attributes();

  /**
   * Result types for the operand types.
   *
   * @throws ModelException if the operands do not fit the operator
   */
  List<TensorType> infer(List<TensorType> operands);

  /** Reference evaluation. Operand and result types are those of {@link #infer}. */
  List<Tensor> evaluate(List<Tensor> operands);
}
