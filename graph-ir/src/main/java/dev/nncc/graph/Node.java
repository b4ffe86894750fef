package dev.nncc.graph;

import java.util.List;

/**
 * One application of an operator. Operands are never absent: importers turn optional operands into
 * attributes or constants.
 */
public record Node(Op op, List<Value> operands, List<Value> results, Origin origin) {
  public Node {
    operands = List.copyOf(operands);
    results = List.copyOf(results);
  }

  public Value operand(int i) {
    return operands.get(i);
  }

  /** The only result. */
  public Value result() {
    if (results.size() != 1) {
      throw new IllegalStateException(op.name() + " has " + results.size() + " results");
    }
    return results.get(0);
  }

  public List<TensorType> operandTypes() {
    return operands.stream().map(Value::type).toList();
  }
}
