package dev.nncc.passes.precision;

import dev.nncc.graph.DType;
import dev.nncc.graph.Half;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Constants rounded to 16 bits when they are asked for. */
final class Narrowed {
  private static final int PIECE = 1 << 14;

  private Narrowed() {}

  static Tensor of(Tensor t, DType to) {
    TensorType type = t.type().withDtype(to);
    return new Tensor(type, Payload.lazy(type.bytes(), () -> rounded(t, to)));
  }

  private static ByteBuffer rounded(Tensor t, DType to) {
    int n = Math.toIntExact(t.elements());
    ByteBuffer out = ByteBuffer.allocateDirect(2 * n).order(ByteOrder.LITTLE_ENDIAN);
    Tensor.Elements in = t.reader();
    double[] piece = new double[PIECE];
    for (int i = 0; i < n; i += PIECE) {
      int m = Math.min(PIECE, n - i);
      in.numbers(i, piece, m);
      for (int k = 0; k < m; k++) {
        out.putShort(
            2 * (i + k),
            to == DType.BF16 ? Half.bfloatFromDouble(piece[k]) : Half.fromDouble(piece[k]));
      }
    }
    return out;
  }
}
