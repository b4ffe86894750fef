package dev.nncc.codegen.llvm.emit;

import dev.nncc.codegen.llvm.emit.Addresses.Address;
import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Range;
import dev.nncc.tensor.ir.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Vectors whose lanes are far apart, four at a time: each lane loads four elements side by side,
 * and squares of four by four are turned over. Whoever reads one of the four reads the others as a
 * rule (taps of a window, samples of a tile), and finds them there; it costs no more if not.
 */
final class Columns {
  private static final int WIDTH = 4;

  private final Code code;
  private final Env env;
  private final Addresses addresses;

  Columns(Code code, Env env, Addresses addresses) {
    this.code = code;
    this.env = env;
    this.addresses = addresses;
  }

  /** The lanes at a position, as bits; empty where the elements beside them may not be read. */
  Optional<Val> load(Buffer b, Affine p, DType raw) {
    boolean fits = env.lanes >= WIDTH && Integer.bitCount(env.lanes) == 1;
    if (!fits || raw.bytes() != Float.BYTES || !env.isByLane(p) || !areApart(p)) {
      return Optional.empty();
    }
    Range range = p.range(env.ranges());
    // Neighbours agree about the first of their four.
    long before = Math.floorMod(p.constant(), WIDTH);
    if (range.lo() < before || range.hi() - before + WIDTH > b.extentInElements()) {
      return Optional.empty();
    }
    List<Address> lanes = new ArrayList<>();
    Affine first = p.plus(-before);
    for (int i = 0; i < env.lanes; i++) {
      lanes.add(env.inLane(i, () -> addresses.at(b, env.affine(first.expr()))));
    }
    Map<String, Val> known = code.scope().loadsOf(b.name());
    String key = lanes.stream().map(Address::toString).collect(Collectors.joining(" "));
    if (!known.containsKey(key + before)) {
      List<Val> all = turned(lanes, raw);
      for (int k = 0; k < WIDTH; k++) {
        known.put(key + k, all.get(k));
      }
    }
    return Optional.ofNullable(known.get(key + before));
  }

  /** Whether what lies beside a lane is no other lane. */
  private boolean areApart(Affine p) {
    return p.terms().values().stream()
        .allMatch(t -> !env.varies(t.atom()) || Math.abs(t.k()) >= WIDTH);
  }

  private List<Val> turned(List<Address> lanes, DType raw) {
    String type = Spelling.vector(Spelling.value(raw), WIDTH);
    List<Val> rows = new ArrayList<>();
    for (Address a : lanes) {
      String ptr = addresses.pointer(a, 0);
      rows.add(code.op(raw, WIDTH, "load " + type + ", ptr " + ptr + ", align " + raw.bytes()));
    }
    List<Val> wide = new ArrayList<>();
    for (int k = 0; k < WIDTH; k++) {
      int row = k;
      wide.add(
          joined(
              IntStream.range(0, rows.size() / WIDTH)
                  .mapToObj(i -> rows.get(i * WIDTH + row))
                  .toList()));
    }
    Val ab = pairs(wide.get(0), wide.get(1), 0, 1);
    Val cd = pairs(wide.get(2), wide.get(3), 0, 1);
    Val abHigh = pairs(wide.get(0), wide.get(1), 2, 3);
    Val cdHigh = pairs(wide.get(2), wide.get(3), 2, 3);
    return List.of(
        halves(ab, cd, 0), halves(ab, cd, 2), halves(abHigh, cdHigh, 0), halves(abHigh, cdHigh, 2));
  }

  /** One behind the other; their number is a power of two. */
  private Val joined(List<Val> parts) {
    List<Val> all = parts;
    while (all.size() > 1) {
      List<Val> next = new ArrayList<>();
      for (int i = 0; i < all.size(); i += 2) {
        int n = 2 * all.get(i).lanes();
        next.add(shuffle(all.get(i), all.get(i + 1), IntStream.range(0, n).toArray()));
      }
      all = next;
    }
    return all.get(0);
  }

  /** {@code a[i] b[i] a[j] b[j]} of each four. */
  private Val pairs(Val a, Val b, int i, int j) {
    return byFour(a, b, new int[] {i, a.lanes() + i, j, a.lanes() + j});
  }

  /** {@code a[i] a[i + 1] b[i] b[i + 1]} of each four. */
  private Val halves(Val a, Val b, int i) {
    return byFour(a, b, new int[] {i, i + 1, a.lanes() + i, a.lanes() + i + 1});
  }

  private Val byFour(Val a, Val b, int[] order) {
    return shuffle(
        a,
        b,
        IntStream.range(0, a.lanes()).map(i -> i / WIDTH * WIDTH + order[i % WIDTH]).toArray());
  }

  private Val shuffle(Val a, Val b, int[] order) {
    String mask = IntStream.of(order).mapToObj(i -> "i32 " + i).collect(Collectors.joining(", "));
    return code.op(
        a.type(),
        order.length,
        "shufflevector " + a + ", " + b + ", <" + order.length + " x i32> <" + mask + ">");
  }
}
