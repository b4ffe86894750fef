package dev.nncc.codegen.llvm.emit;

import dev.nncc.codegen.llvm.emit.Addresses.Address;
import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.ir.Buffer;
import java.util.Locale;
import java.util.Optional;

/**
 * Vectors whose lanes are not neighbours in memory, as bits. Lanes a small distance apart come from
 * wide loads that are shuffled together; others with what lies beside them ({@link Columns}), or
 * one by one.
 */
final class Gathers {
  /** Up to this distance, wide loads read less than they cost. */
  private static final int NEAR = 4;

  private final Code code;
  private final Env env;
  private final Addresses addresses;
  private final Columns columns;

  Gathers(Code code, Env env, Addresses addresses) {
    this.code = code;
    this.env = env;
    this.addresses = addresses;
    columns = new Columns(code, env, addresses);
  }

  Val load(Buffer b, Affine p, DType raw) {
    Val mask = env.mask;
    if (mask != null) {
      return masked(b, p, raw, mask);
    }
    long distance = p.coefficient(env.vecVar);
    boolean near = distance != 0 && Math.abs(distance) <= NEAR && env.lanes > NEAR;
    if (near && isLinear(p)) {
      return shuffled(b, p, raw, (int) distance);
    }
    Optional<Val> column = columns.load(b, p, raw);
    return column.isPresent() ? column.get() : oneByOne(b, p, raw);
  }

  private boolean isLinear(Affine p) {
    return p.without(env.vecVar).terms().values().stream().noneMatch(t -> env.varies(t.atom()));
  }

  private Val masked(Buffer b, Affine p, DType raw, Val mask) {
    int n = env.lanes;
    String type = Spelling.vector(Spelling.value(raw), n);
    String name =
        "@llvm.masked.gather." + Spelling.suffix(Spelling.value(raw), n) + ".v" + n + "p0";
    String pointers = addresses.pointers(b, p);
    code.declare(type + " " + name + "(<" + n + " x ptr>, i32, " + mask.llvm() + ", " + type + ")");
    String call =
        String.format(
            Locale.ROOT,
            "call %s %s(<%d x ptr> %s, i32 %d, %s, %s zeroinitializer)",
            type,
            name,
            n,
            pointers,
            raw.bytes(),
            mask,
            type);
    return code.op(raw, n, call);
  }

  private Val oneByOne(Buffer b, Affine p, DType raw) {
    int n = env.lanes;
    String[] pointers = pointers(b, p);
    Val all = new Val("poison", raw, n);
    for (int i = 0; i < n; i++) {
      String load = "load " + Spelling.value(raw) + ", ptr " + pointers[i];
      all = code.insert(all, code.op(raw, 1, load + ", align " + raw.bytes()), i);
    }
    return all;
  }

  /** As few loads as cover the lanes; none reaches beyond the first and the last lane. */
  private Val shuffled(Buffer b, Affine p, DType raw, int distance) {
    int n = env.lanes;
    int span = Math.abs(distance) * (n - 1);
    int lowest = distance < 0 ? -span : 0;
    Address a = addresses.at(b, p);
    String type = Spelling.vector(Spelling.value(raw), n);
    Val all = null;
    for (int w = 0; all == null || w * n <= span; w++) {
      int start = Math.min(w * n, span - (n - 1));
      String ptr = addresses.pointer(a, (long) (lowest + start) * raw.bytes());
      Val part = code.op(raw, n, "load " + type + ", ptr " + ptr + ", align " + raw.bytes());
      all = code.op(raw, n, merge(all == null ? part : all, part, w, start, lowest, distance));
    }
    return all;
  }

  /** Takes the lanes that window w is the first to hold. */
  private String merge(Val all, Val part, int w, int start, int lowest, int distance) {
    int n = env.lanes;
    StringBuilder order = new StringBuilder();
    for (int i = 0; i < n; i++) {
      int at = i * distance - lowest;
      int from = at / n == w ? n + at - start : w == 0 ? -1 : i;
      order.append(i == 0 ? "" : ", ");
      order.append(from < 0 ? "i32 poison" : "i32 " + from);
    }
    return "shufflevector " + all + ", " + part + ", <" + n + " x i32> <" + order + ">";
  }

  private String[] pointers(Buffer b, Affine p) {
    int n = env.lanes;
    String[] pointers = new String[n];
    if (env.isByLane(p)) {
      for (int i = 0; i < n; i++) {
        pointers[i] =
            env.inLane(i, () -> addresses.pointer(addresses.at(b, env.affine(p.expr())), 0));
      }
      return pointers;
    }
    String all = addresses.pointers(b, p);
    for (int i = 0; i < n; i++) {
      pointers[i] = code.assign("extractelement <" + n + " x ptr> " + all + ", i64 " + i);
    }
    return pointers;
  }

  void store(Buffer b, Affine p, Val bits) {
    Val mask = env.mask;
    if (mask != null) {
      maskedStore(b, p, bits, mask);
      return;
    }
    String[] pointers = pointers(b, p);
    for (int i = 0; i < env.lanes; i++) {
      Val one = code.extract(bits, i);
      code.line("store " + one + ", ptr " + pointers[i] + ", align " + bits.type().bytes());
    }
  }

  /** Lanes are stored in order: of several at one address the last one stays. */
  void maskedStore(Buffer b, Affine p, Val bits, Val mask) {
    int n = env.lanes;
    String suffix = Spelling.suffix(Spelling.value(bits.type()), n) + ".v" + n + "p0";
    String name = "@llvm.masked.scatter." + suffix;
    String pointers = addresses.pointers(b, p);
    code.declare(
        "void " + name + "(" + bits.llvm() + ", <" + n + " x ptr>, i32, " + mask.llvm() + ")");
    code.line(
        String.format(
            Locale.ROOT,
            "call void %s(%s, <%d x ptr> %s, i32 %d, %s)",
            name,
            bits,
            n,
            pointers,
            bits.type().bytes(),
            mask));
  }
}
