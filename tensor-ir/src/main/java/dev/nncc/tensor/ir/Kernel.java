package dev.nncc.tensor.ir;

import java.util.List;

/**
 * One function over a slice of its one outermost {@code PAR} loop (or, when there is none, run as a
 * single chunk): {@code void k(void *const *args, void *scratch, const int64_t *dims, int64_t lo,
 * int64_t hi)}.
 *
 * @param args one pointer each, in order; two arguments never overlap unless a kernel works in
 *     place element by element
 * @param dims names of the i64 parameters read from {@code dims}, in order; they occur as {@link
 *     Expr.Var}
 */
public record Kernel(String name, List<Buffer> args, List<String> dims, Stmt body) {
  public Kernel {
    args = List.copyOf(args);
    dims = List.copyOf(dims);
  }

  public static Kernel of(String name, List<Buffer> args, Stmt body) {
    return new Kernel(name, args, List.of(), body);
  }

  public Kernel with(Stmt newBody) {
    return newBody == body ? this : new Kernel(name, args, dims, newBody);
  }
}
