package dev.nncc.codegen.llvm.emit;

import dev.nncc.codegen.llvm.emit.Addresses.Address;
import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Loads and stores of global, local and table buffers: vectors where lanes are neighbours, masked
 * inside a condition on the vector variable; {@link Gathers} has the rest.
 */
final class Memory {
  /** How the lanes of the vector loop see a buffer. */
  enum Pattern {
    /** One element for all. */
    SAME,
    NEIGHBOURS,
    /** A fixed distance, not 0. */
    STRIDED,
    ANY
  }

  private final Code code;
  private final Env env;
  private final Addresses addresses;
  private final Halves halves;
  private final Gathers gathers;

  Memory(Code code, Env env, Addresses addresses, Halves halves) {
    this.code = code;
    this.env = env;
    this.addresses = addresses;
    this.halves = halves;
    this.gathers = new Gathers(code, env, addresses);
  }

  Pattern pattern(Affine position) {
    if (env.vecVar.isEmpty()
        || position.terms().values().stream().noneMatch(t -> env.varies(t.atom()))) {
      return Pattern.SAME;
    }
    boolean linear =
        position.terms().values().stream()
            .allMatch(
                t -> !env.varies(t.atom()) || t.atom().equals(new Expr.Var(env.vecVar, DType.I64)));
    return !linear
        ? Pattern.ANY
        : position.coefficient(env.vecVar) == 1 ? Pattern.NEIGHBOURS : Pattern.STRIDED;
  }

  /** Whether elements lie in memory, not in registers or in the code. */
  static boolean isStored(Buffer b) {
    return b.space() == Space.GLOBAL || b.space() == Space.LOCAL;
  }

  Val load(Buffer b, List<Expr> index) {
    Affine p = addresses.position(b, index);
    switch (pattern(p)) {
      case SAME:
        return loadOne(b, p);
      case NEIGHBOURS:
        Address a = addresses.at(b, p);
        Val mask = env.mask;
        String key = b.type() + " " + a + (mask == null ? "" : mask.ssa()) + " v" + env.lanes;
        Val known = code.scope().loadsOf(b.name()).get(key);
        if (known != null) {
          return known;
        }
        Val v = mask == null ? vector(b.type(), a) : maskedLoad(b.type(), a, mask);
        code.scope().loadsOf(b.name()).put(key, v);
        return v;
      case STRIDED:
        if (env.mask == null && isOfPairs(b, p)) {
          return ofPair(b, p);
        }
        return decoded(b.type(), gathers.load(b, p, raw(b.type())));
      default:
        return ofTwo(b, p).orElseGet(() -> decoded(b.type(), gathers.load(b, p, raw(b.type()))));
    }
  }

  /** Where the first lanes read one element and the others another: two loads, each for all. */
  private Optional<Val> ofTwo(Buffer b, Affine p) {
    if (env.mask != null || !env.isByLane(p)) {
      return Optional.empty();
    }
    List<Affine> lanes = new ArrayList<>();
    for (int i = 0; i < env.lanes; i++) {
      lanes.add(env.inLane(i, () -> env.affine(p.expr())));
    }
    Affine first = lanes.get(0);
    Affine last = lanes.get(env.lanes - 1);
    int of = (int) lanes.stream().takeWhile(first::equals).count();
    if (lanes.subList(of, env.lanes).stream().anyMatch(l -> !l.equals(last))) {
      return Optional.empty();
    }
    Val a = code.splat(loadOne(b, first), env.lanes);
    if (of == env.lanes) {
      return Optional.of(a);
    }
    Val c = code.splat(loadOne(b, last), env.lanes);
    String order =
        IntStream.range(0, env.lanes)
            .mapToObj(i -> "i32 " + (i < of ? i : env.lanes + i))
            .collect(Collectors.joining(", ", "<", ">"));
    String type = "<" + env.lanes + " x i32> ";
    return Optional.of(
        code.op(a.type(), env.lanes, "shufflevector " + a + ", " + c + ", " + type + order));
  }

  /**
   * Whether lanes are two apart in an array of pairs of bf16, all at the same place of the pair.
   */
  private boolean isOfPairs(Buffer b, Affine p) {
    int last = b.rank() - 1;
    return b.type() == DType.BF16
        && b.shape().get(last) == 2
        && b.strides().get(last) == 1
        && b.lo().get(last) == 0
        && b.hi().get(last) == 0
        && b.offset() % 2 == 0
        && p.coefficient(env.vecVar) == 2
        && p.terms().values().stream().allMatch(t -> t.k() % 2 == 0);
  }

  /** Both places of the pairs share one load. */
  private Val ofPair(Buffer b, Affine p) {
    boolean upper = p.constant() % 2 != 0;
    Address a = addresses.at(b, upper ? p.plus(-1) : p);
    String key = "pairs " + a + " v" + env.lanes;
    Val pairs = code.scope().loadsOf(b.name()).get(key);
    if (pairs == null) {
      pairs = vector(DType.I32, a);
      code.scope().loadsOf(b.name()).put(key, pairs);
    }
    return halves.ofPair(pairs, upper);
  }

  private Val loadOne(Buffer b, Affine p) {
    Address a = addresses.at(b, p);
    String key = b.type() + " " + a;
    Val known = code.scope().loadsOf(b.name()).get(key);
    if (known != null) {
      return known;
    }
    DType raw = raw(b.type());
    int align = Math.min(a.align(), b.type().bytes());
    String ptr = addresses.pointer(a, 0);
    Val v =
        decoded(
            b.type(),
            code.op(raw, 1, "load " + Spelling.value(raw) + ", ptr " + ptr + ", align " + align));
    code.scope().loadsOf(b.name()).put(key, v);
    return v;
  }

  private Val vector(DType t, Address a) {
    DType raw = raw(t);
    String type = Spelling.vector(Spelling.value(raw), env.lanes);
    String ptr = addresses.pointer(a, 0);
    return decoded(
        t, code.op(raw, env.lanes, "load " + type + ", ptr " + ptr + ", align " + a.align()));
  }

  private Val maskedLoad(DType t, Address a, Val mask) {
    DType raw = raw(t);
    String type = Spelling.vector(Spelling.value(raw), env.lanes);
    String name = "@llvm.masked.load." + Spelling.suffix(Spelling.value(raw), env.lanes) + ".p0";
    code.declare(type + " " + name + "(ptr, i32, " + mask.llvm() + ", " + type + ")");
    String ptr = addresses.pointer(a, 0);
    return decoded(
        t,
        code.op(
            raw,
            env.lanes,
            String.format(
                Locale.ROOT,
                "call %s %s(ptr %s, i32 %d, %s, %s zeroinitializer)",
                type,
                name,
                ptr,
                a.align(),
                mask,
                type)));
  }

  void store(Buffer b, List<Expr> index, Val v) {
    Affine p = addresses.position(b, index);
    switch (pattern(p)) {
      case SAME -> storeSame(b, p, v);
      case NEIGHBOURS -> storeVector(b, p, code.splat(v, env.lanes));
      default -> {
        gathers.store(b, p, encoded(code.splat(v, env.lanes)));
        remember(b, "", null);
      }
    }
  }

  private void storeSame(Buffer b, Affine p, Val v) {
    if (env.mask != null) {
      gathers.maskedStore(b, p, encoded(code.splat(v, env.lanes)), env.mask);
      remember(b, "", null);
      return;
    }
    // Of several lanes the last one stays.
    Val one = code.extract(v, v.lanes() - 1);
    Address a = addresses.at(b, p);
    String ptr = addresses.pointer(a, 0);
    int align = Math.min(a.align(), b.type().bytes());
    code.line("store " + encoded(one) + ", ptr " + ptr + ", align " + align);
    remember(b, b.type() + " " + a, one);
  }

  private void storeVector(Buffer b, Affine p, Val v) {
    Address a = addresses.at(b, p);
    Val raw = encoded(v);
    String ptr = addresses.pointer(a, 0);
    Val mask = env.mask;
    if (mask == null) {
      code.line("store " + raw + ", ptr " + ptr + ", align " + a.align());
      remember(b, b.type() + " " + a + " v" + env.lanes, v);
      return;
    }
    String suffix = Spelling.suffix(Spelling.value(raw.type()), env.lanes);
    String name = "@llvm.masked.store." + suffix + ".p0";
    code.declare("void " + name + "(" + raw.llvm() + ", ptr, i32, " + mask.llvm() + ")");
    code.line(
        String.format(
            Locale.ROOT, "call void %s(%s, ptr %s, i32 %d, %s)", name, raw, ptr, a.align(), mask));
    remember(b, "", null);
  }

  /** After a store nothing else of the buffer is known. */
  private void remember(Buffer b, String key, @Nullable Val v) {
    code.scope().forget(b.name());
    boolean rounded = b.type() == DType.F16 || b.type() == DType.BF16;
    if (v != null && !rounded) {
      Map<String, Val> known = code.scope().loadsOf(b.name());
      known.put(key, v);
    }
  }

  void prefetch(Buffer b, List<Expr> index, int level) {
    Affine p = addresses.position(b, index);
    Affine first = pattern(p) == Pattern.SAME ? p : p.without(env::varies);
    String ptr = addresses.pointer(addresses.at(b, first), 0);
    code.declare("void @llvm.prefetch.p0(ptr, i32, i32, i32)");
    code.line(
        "call void @llvm.prefetch.p0(ptr " + ptr + ", i32 0, i32 " + (4 - level) + ", i32 1)");
  }

  /** The type under which elements are moved. */
  private static DType raw(DType t) {
    return switch (t) {
      case BOOL -> DType.U8;
      case F16, BF16 -> DType.I16;
      default -> t;
    };
  }

  private Val decoded(DType t, Val v) {
    return switch (t) {
      case BOOL -> {
        Val zero = code.splat(code.literal(DType.U8, 0L), v.lanes());
        yield code.op(DType.BOOL, v.lanes(), "icmp ne " + v + ", " + zero.ssa());
      }
      case F16, BF16 -> halves.unpack(v, t);
      default -> v;
    };
  }

  private Val encoded(Val v) {
    return switch (v.type()) {
      case BOOL ->
          code.op(DType.U8, v.lanes(), "zext " + v + " to " + Spelling.vector("i8", v.lanes()));
      case F16, BF16 -> halves.pack(v);
      default -> v;
    };
  }
}
