package dev.nncc.tensor.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArgumentStartTest {
  private static Buffer view(long lo, long stride, long offset) {
    return new Buffer(
        "y",
        DType.F32,
        Space.GLOBAL,
        List.of(8L),
        List.of(lo),
        List.of(0L),
        List.of(stride),
        offset,
        0,
        List.of());
  }

  @Test
  void startsAtTheLineOfTheLowestElement() {
    assertThat(ArgumentStart.bytes(view(0, 1, 0))).isZero();
    assertThat(ArgumentStart.bytes(view(0, 1, 48))).isEqualTo(192);
    assertThat(ArgumentStart.bytes(view(0, 1, 50))).isEqualTo(192);
    assertThat(ArgumentStart.bytes(view(2, 1, 50))).isEqualTo(192);
    assertThat(ArgumentStart.bytes(view(3, 1, 50))).isEqualTo(128);
    assertThat(ArgumentStart.bytes(view(0, -1, 55))).isEqualTo(192);
    assertThat(ArgumentStart.bytes(view(0, -1, 54))).isEqualTo(128);
  }

  @Test
  void viewsOfOneStorageAreOneKernel() {
    assertThat(moved(kernel(48))).isEqualTo(moved(kernel(160)));
    assertThat(moved(kernel(48))).isEqualTo(kernel(0));
    assertThat(moved(kernel(50))).isEqualTo(kernel(2));
  }

  private static Kernel moved(Kernel k) {
    return ArgumentStart.over(k, ArgumentStart.arguments(k, b -> true));
  }

  private static Kernel kernel(long offset) {
    Buffer y = view(0, 1, offset);
    Buffer x = Buffer.of("x", DType.F32, Space.GLOBAL, List.of(8L));
    Stmt store = new Stmt.Store(y, List.of(Exprs.var("i")), new Load(x, List.of(Exprs.var("i"))));
    return Kernel.of("k", List.of(y, x), Stmt.For.of("i", 8, store));
  }
}
