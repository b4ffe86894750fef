package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import java.util.Collections;
import java.util.List;

/** Pooling over two or three spatial axes. */
final class PoolImports {
  private PoolImports() {}

  static void addTo(Operators t) {
    for (String op : List.of("MaxPool", "MaxPool3D")) {
      t.one(op, n -> pool(n, PoolKind.MAX));
    }
    for (String op : List.of("AvgPool", "AvgPool3D")) {
      t.one(op, n -> pool(n, PoolKind.AVERAGE));
    }
  }

  private static Operand pool(TensorflowNode n, PoolKind kind) {
    Operand x = n.in(0);
    int rank = x.rank() - 2;
    require(rank == (n.op().endsWith("3D") ? 3 : 2), "%s of %s", n.op(), x.type());
    for (int i : List.of(0, n.channelsLast() ? rank + 1 : 1)) {
      UnsupportedFeature.when(
          n.attrs().integers("ksize").size() > i && n.attrs().integers("ksize").get(i) != 1,
          "windows over batch or channels");
    }
    List<Long> kernel = Windows.spatial(n, "ksize", rank);
    Windows v = Windows.of(n, x, kernel);
    Pool pool =
        new Pool(
            kind,
            kernel,
            v.strides(),
            v.begin(),
            v.end(),
            Collections.nCopies(rank, 1L),
            false,
            false);
    return n.outOf(n.emit(pool, n.inFirst(x)));
  }
}
