package dev.nncc.tensor.lower;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.winograd.Linear;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;

/** Values with names, in order. */
record Named(String prefix, List<Reduce.Binding> lets) {
  Named(String prefix) {
    this(prefix, new ArrayList<>());
  }

  Expr of(Expr value) {
    String name = prefix + lets.size();
    lets.add(new Reduce.Binding(name, value));
    return new Expr.Var(name, value.type());
  }

  List<Expr> all(BinaryOperator<Expr> op, List<Expr> a, List<Expr> b) {
    return IntStream.range(0, a.size()).mapToObj(i -> of(op.apply(a.get(i), b.get(i)))).toList();
  }

  Stmt around(Stmt s) {
    return new Linear(lets, List.of()).around(s);
  }
}
