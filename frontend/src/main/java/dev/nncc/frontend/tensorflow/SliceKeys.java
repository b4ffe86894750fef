package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.tensorflow.proto.TensorSliceProto;
import java.nio.charset.StandardCharsets;

/**
 * Keys under which a checkpoint keeps the slices of a tensor: the name and the extents in a code
 * whose bytes sort as the values do.
 */
final class SliceKeys {
  private static final int[] SIGNED_HEADERS = {
    0, 0x8000, 0xc000, 0xe000, 0xf000, 0xf800, 0xfc00, 0xfe00, 0xff00, 0xff80, 0xffc0
  };

  private SliceKeys() {}

  /** The key; a byte is a character. */
  static String of(String name, TensorSliceProto slice) {
    StringBuilder key = new StringBuilder();
    unsigned(key, 0);
    text(key, name);
    unsigned(key, slice.getExtentCount());
    for (TensorSliceProto.Extent e : slice.getExtentList()) {
      signed(key, e.hasLength() ? e.getStart() : 0);
      signed(key, e.hasLength() ? e.getLength() : -1);
    }
    return key.toString();
  }

  private static void unsigned(StringBuilder to, long n) {
    int bytes = (Long.SIZE - Long.numberOfLeadingZeros(n) + 7) / 8;
    to.append((char) bytes);
    for (int i = bytes - 1; i >= 0; i--) {
      to.append((char) (n >>> 8 * i & 0xFF));
    }
  }

  private static void text(StringBuilder to, String name) {
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      to.append((char) (b & 0xFF));
      if (b == 0) {
        to.append((char) 0xFF);
      } else if (b == -1) {
        to.append((char) 0);
      }
    }
    to.append((char) 0).append((char) 1);
  }

  private static void signed(StringBuilder to, long n) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(n < 0 ? ~n : n);
    int length = bits / 7 + 1;
    for (int i = length - 1; i >= 0; i--) {
      long b = i >= Long.BYTES ? n >> 63 : n >> 8 * i;
      int fromStart = length - 1 - i;
      long header = fromStart == 0 ? SIGNED_HEADERS[length] >> 8 : SIGNED_HEADERS[length];
      to.append((char) ((b ^ (fromStart < 2 ? header : 0)) & 0xFF));
    }
  }
}
