package dev.nncc.codegen.llvm.emit;

import dev.nncc.codegen.llvm.emit.Code.Scope;
import dev.nncc.graph.DType;
import dev.nncc.graph.Half;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Affine.Term;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Space;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Pointers to elements. The position is brought into the form constant + sum of terms; the pointer
 * is extended by one term at the entry of the loop that defines the term's innermost variable, so
 * all accesses share it, and the constant is left to the addressing mode.
 */
final class Addresses {
  /**
   * @param ptr up to the constant part
   * @param bytes the constant part
   * @param align known alignment of both together, in bytes
   */
  record Address(String ptr, long bytes, int align) {}

  private final Code code;
  private final Env env;
  private final Set<String> unaligned;
  private final Function<Expr, Val> eval;
  private final Map<Buffer, String> tables = new LinkedHashMap<>();
  private final Map<String, Map<Object, Prefix>> prefixes = new LinkedHashMap<>();
  private long epoch = -1;

  Addresses(Code code, Env env, Set<String> unaligned, Function<Expr, Val> eval) {
    this.code = code;
    this.env = env;
    this.unaligned = unaligned;
    this.eval = eval;
  }

  /** The position in elements. Equal forms at copies of one loop share their map of terms. */
  Affine position(Buffer b, List<Expr> index) {
    if (index.size() != b.rank()) {
      throw env.refuse(index.size() + " indices into " + b.name() + " of rank " + b.rank());
    }
    return env.forms
        .in(b.name())
        .of(
            index,
            env.lane >= 0,
            () -> position(b, index, env::general),
            () -> position(b, index, env::affine));
  }

  private Affine position(Buffer b, List<Expr> index, Function<Expr, Affine> form) {
    Affine a = Affine.constant(b.offset());
    for (int d = 0; d < index.size(); d++) {
      if (b.strides().get(d) != 0) {
        a = a.plus(form.apply(index.get(d)).times(b.strides().get(d)));
      }
    }
    return a.recombined(env.ranges());
  }

  /** Of the part of a position that is the same for all lanes: all but the vector variable. */
  Address at(Buffer b, Affine position) {
    if (epoch != env.epoch()) {
      prefixes.clear();
      epoch = env.epoch();
    }
    int size = b.type().bytes();
    // By the identity of the terms, which copies of a loop share; no terms are one object for all.
    Map<Object, Prefix> ofBuffer = prefixes.computeIfAbsent(b.name(), n -> new IdentityHashMap<>());
    Prefix known = ofBuffer.get(position.terms());
    if (known == null) {
      known = prefix(b, position, size);
      if (known.lasts) {
        ofBuffer.put(position.terms(), known);
      }
    }
    long bytes = position.constant() * size;
    return new Address(known.ptr, bytes, (int) gcd(known.align, bytes));
  }

  /**
   * The pointer without the constant.
   *
   * @param lasts whether it can be used again in the same loops
   */
  private record Prefix(String ptr, long align, boolean lasts) {}

  private Prefix prefix(Buffer b, Affine position, int size) {
    long align = b.space() == Space.GLOBAL && unaligned.contains(b.name()) ? size : 64;
    List<Placed> early = new ArrayList<>();
    List<Term> late = new ArrayList<>();
    for (Map.Entry<String, Term> e : position.terms().entrySet()) {
      Term t = e.getValue();
      if (t.atom() instanceof Expr.Var v && v.name().equals(env.vecVar)) {
        continue;
      }
      align = gcd(align, t.k() * size);
      if (env.isHoistable(t.atom())) {
        early.add(new Placed(e.getKey(), t, env.home(t.atom(), code.root())));
      } else {
        late.add(t);
      }
    }
    early.sort(Comparator.comparingInt(x -> x.home.depth));
    String p = base(b);
    for (Placed t : early) {
      p = extended(p, t, size);
    }
    for (Term t : late) {
      p = plus(p, eval.apply(t.atom()), t.k() * size);
    }
    return new Prefix(p, align, late.isEmpty());
  }

  private record Placed(String text, Term term, Scope home) {}

  private String extended(String p, Placed placed, int size) {
    Scope home = placed.home;
    Term t = placed.term;
    String key = p + " + " + t.k() * size + " * " + placed.text;
    String known = home.addresses.get(key);
    if (known != null) {
      return known;
    }
    String q = code.hoisted(home, () -> plus(p, eval.apply(t.atom()), t.k() * size));
    home.addresses.put(key, q);
    return q;
  }

  private String plus(String p, Val v, long bytes) {
    String o = bytes == 1 ? v.ssa() : code.assign("mul i64 " + v.ssa() + ", " + bytes);
    return code.assign("getelementptr i8, ptr " + p + ", i64 " + o);
  }

  /** The pointer itself. */
  String pointer(Address a, long extraBytes) {
    long bytes = a.bytes() + extraBytes;
    return bytes == 0
        ? a.ptr()
        : code.assign("getelementptr i8, ptr " + a.ptr() + ", i64 " + bytes);
  }

  /** One pointer a lane, for positions of any form. */
  String pointers(Buffer b, Affine position) {
    Affine same = position.without(env::varies);
    Affine different = position.minus(same);
    int n = env.lanes;
    Val sum = code.splat(code.literal(DType.I64, 0L), n);
    for (Term t : different.terms().values()) {
      Val v = code.splat(eval.apply(t.atom()), n);
      Val k = code.splat(code.literal(DType.I64, t.k() * b.type().bytes()), n);
      Val part = code.op(DType.I64, n, "mul " + v + ", " + k.ssa());
      sum = code.op(DType.I64, n, "add " + sum + ", " + part.ssa());
    }
    return code.assign("getelementptr i8, ptr " + pointer(at(b, same), 0) + ", " + sum);
  }

  private String base(Buffer b) {
    return switch (b.space()) {
      case GLOBAL, LOCAL -> "%b." + Spelling.name(b.name());
      case CONST ->
          tables.computeIfAbsent(b, t -> "@" + Spelling.name(t.name()) + ".table" + tables.size());
      case REG -> throw env.refuse("address of register buffer " + b.name());
    };
  }

  /** Tables that are indexed at run time, as constants of the module. */
  String tables() {
    StringBuilder s = new StringBuilder();
    tables.forEach(
        (b, name) -> {
          String type = Spelling.memory(b.type());
          String values =
              b.values().stream()
                  .map(v -> type + " " + element(b.type(), v))
                  .collect(Collectors.joining(", "));
          s.append(name)
              .append(" = private unnamed_addr constant [")
              .append(b.values().size())
              .append(" x ")
              .append(type)
              .append("] [")
              .append(values)
              .append("], align 64\n");
        });
    return s.toString();
  }

  /** As the element lies in memory. */
  private static String element(DType t, double v) {
    return switch (t) {
      case F64, F32 -> Spelling.literal(t, v);
      case F16 -> String.valueOf(Half.fromDouble(v));
      case BF16 -> String.valueOf(Half.bfloatFromDouble(v));
      default -> String.format(Locale.ROOT, "%d", (long) v);
    };
  }

  private static long gcd(long a, long b) {
    return b == 0 ? Math.abs(a) : gcd(b, a % b);
  }
}
