package dev.nncc.tensor.interp;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** What names stand for while a kernel runs. */
final class Frame {
  /** The value of a variable; which of the two holds it follows from its type. */
  static final class Cell {
    long l;
    double d;
  }

  private final Map<String, Cell> cells = new LinkedHashMap<>();
  private final Map<String, Memory> memory = new LinkedHashMap<>();
  final long lo;
  final long hi;
  final Random order;

  Frame(long lo, long hi, long seed) {
    this.lo = lo;
    this.hi = hi;
    order = new Random(seed);
  }

  /** Names are unique on a path; siblings of one name may differ in type. */
  Cell cell(String name, DType type) {
    return cells.computeIfAbsent(type.isFloat() ? name + ":f" : name, n -> new Cell());
  }

  void bind(Buffer b, Memory m) {
    memory.put(b.name(), m);
  }

  Memory memory(Buffer b) {
    Memory m = memory.get(b.name());
    if (m == null) {
      throw new IllegalStateException("buffer " + b.name() + " is not in scope");
    }
    return m;
  }

  /** A loop's extent: depends on nothing but dimension parameters, which are set by now. */
  long extent(Expr e) {
    return new ExprCode(this).integer(e).getAsLong();
  }
}
