package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.text.Printer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Register buffers: each element, or each group of lanes along one dimension, is a stack slot that
 * {@code mem2reg} turns into SSA values.
 */
final class Registers {
  /** Elements along {@code dim} live in groups of {@code lanes}. */
  private record Layout(int id, int dim, int lanes) {}

  /** One element: a lane of a slot. */
  private record Element(String slot, int lane, int lanes) {}

  private final Code code;
  private final Env env;
  private final Map<String, Layout> layouts = new LinkedHashMap<>();
  private final Map<String, String> slots = new LinkedHashMap<>();

  Registers(Code code, Env env) {
    this.code = code;
    this.env = env;
  }

  /** Chooses the groups from the vector loops that touch the buffer. */
  void declare(Buffer b, Stmt body) {
    Layout scalar = new Layout(layouts.size(), 0, 1);
    Layout found = grouped(b, body, env.vecVar, env.lanes, scalar);
    layouts.put(b.name(), found);
  }

  private static Layout grouped(Buffer b, Stmt s, String var, int lanes, Layout best) {
    if (s instanceof Stmt.For f && f.kind() == Stmt.Kind.VEC && f.isConstant()) {
      return grouped(b, f.body(), f.var(), (int) f.trip(), best);
    }
    Layout[] result = {best};
    List<List<Expr>> uses = new ArrayList<>();
    s.mapChildren(
        c -> {
          result[0] = grouped(b, c, var, lanes, result[0]);
          return c;
        },
        e ->
            e.rewrite(
                x -> {
                  if (x instanceof Expr.Load l && l.buffer().name().equals(b.name())) {
                    uses.add(l.index());
                  }
                  return x;
                }));
    Writes.target(s)
        .filter(w -> w.buffer().name().equals(b.name()))
        .ifPresent(w -> uses.add(w.index()));
    for (List<Expr> index : uses) {
      for (int d = 0; d < index.size() && !var.isEmpty(); d++) {
        if (Affine.of(index.get(d)).coefficient(var) == 1 && lanes > result[0].lanes) {
          result[0] = new Layout(best.id, d, lanes);
        }
      }
    }
    return result[0];
  }

  /** The whole slot that the lanes of the vector loop stand for, if they do. */
  private Optional<Element> whole(Buffer b, List<Expr> index) {
    Layout l = layout(b);
    if (env.vecVar.isEmpty() || l.lanes != env.lanes) {
      return Optional.empty();
    }
    List<Long> at = new ArrayList<>();
    for (int d = 0; d < index.size(); d++) {
      Affine a = env.affine(index.get(d));
      if (d == l.dim && a.coefficient(env.vecVar) == 1) {
        a = a.without(env.vecVar);
      } else if (d == l.dim) {
        return Optional.empty();
      }
      if (!a.isConstant()) {
        return Optional.empty();
      }
      at.add(a.constant());
    }
    return at.get(l.dim) % l.lanes == 0 ? Optional.of(element(b, at)) : Optional.empty();
  }

  private Layout layout(Buffer b) {
    Layout l = layouts.get(b.name());
    if (l == null) {
      throw env.refuse("register buffer " + b.name() + " is not allocated here");
    }
    return l;
  }

  private Element element(Buffer b, List<Long> at) {
    Layout l = layout(b);
    StringBuilder name = new StringBuilder("%r." + Spelling.name(b.name()) + "." + l.id);
    int lane = 0;
    for (int d = 0; d < at.size(); d++) {
      long i = at.get(d);
      if (d == l.dim) {
        lane = (int) Math.floorMod(i, (long) l.lanes);
        i = Math.floorDiv(i, (long) l.lanes);
      }
      name.append('.').append(i < 0 ? "m" + -i : String.valueOf(i));
    }
    String slot = name.toString();
    if (slots.putIfAbsent(slot, slot) == null) {
      code.alloca(slot, Spelling.vector(Spelling.value(b.type()), l.lanes));
    }
    return new Element(slot, lane, l.lanes);
  }

  private Element scalar(Buffer b, List<Expr> index) {
    List<Long> at = new ArrayList<>();
    for (Expr e : index) {
      Affine a = env.affine(e);
      if (!a.isConstant()) {
        throw env.refuse(
            b.name()
                + " is in registers but an index of it is not constant: unroll "
                + Printer.print(a.expr()));
      }
      at.add(a.constant());
    }
    return element(b, at);
  }

  private boolean varies(List<Expr> index) {
    return !env.vecVar.isEmpty() && index.stream().anyMatch(e -> env.varies(env.resolve(e)));
  }

  /** Lanes of the target: those of the vector loop, or 1. */
  int lanes(List<Expr> index) {
    return varies(index) ? env.lanes : 1;
  }

  Val load(Buffer b, List<Expr> index) {
    Optional<Element> w = whole(b, index);
    if (w.isPresent()) {
      return read(b, w.get());
    }
    if (!varies(index)) {
      Element e = scalar(b, index);
      return code.extract(read(b, e), e.lane);
    }
    Val all = new Val("poison", b.type(), env.lanes);
    for (int i = 0; i < env.lanes; i++) {
      all = code.insert(all, env.inLane(i, () -> load(b, index)), i);
    }
    return all;
  }

  private Val read(Buffer b, Element e) {
    String type = Spelling.vector(Spelling.value(b.type()), e.lanes);
    return code.op(b.type(), e.lanes, "load " + type + ", ptr " + e.slot + ", align 64");
  }

  /** Lanes outside the mask keep their value. */
  void store(Buffer b, List<Expr> index, Val v) {
    Optional<Element> w = whole(b, index);
    Val mask = env.mask;
    if (w.isPresent()) {
      Val all = code.splat(v, w.get().lanes);
      Val kept = mask == null ? all : select(mask, all, read(b, w.get()));
      write(b, w.get(), kept, mask == null ? v : kept);
      return;
    }
    if (varies(index)) {
      Val all = code.splat(v, env.lanes);
      Val kept = mask == null ? all : select(mask, all, load(b, index));
      for (int i = 0; i < env.lanes; i++) {
        Val one = code.extract(kept, i);
        env.inLane(
            i,
            () -> {
              store(b, index, one);
              return one;
            });
      }
      return;
    }
    storeElement(b, scalar(b, index), v, mask);
  }

  private void storeElement(Buffer b, Element e, Val v, @Nullable Val mask) {
    if (mask != null && v.lanes() > 1) {
      throw env.refuse("a store of one lane of many into " + b.name() + " under a condition");
    }
    Val one = code.extract(v, v.lanes() - 1);
    Val old = e.lanes > 1 || mask != null ? read(b, e) : one;
    if (mask != null) {
      String any = "llvm.vector.reduce.or." + Spelling.suffix("i1", mask.lanes());
      one = select(code.call(any, DType.BOOL, 1, mask), one, code.extract(old, e.lane));
    }
    write(b, e, e.lanes == 1 ? one : code.insert(old, one, e.lane), one);
  }

  private Val select(Val c, Val x, Val y) {
    return code.op(x.type(), x.lanes(), "select " + c + ", " + x + ", " + y);
  }

  private void write(Buffer b, Element e, Val all, Val known) {
    code.line("store " + all + ", ptr " + e.slot + ", align 64");
    Map<String, Val> constants = code.scope().loadsOf(b.name());
    if (known.isLiteral()) {
      constants.put(e.slot, known);
    } else {
      constants.remove(e.slot);
    }
  }

  /** The number just stored into all of the target, where that is known. */
  Optional<Val> constant(Buffer b, List<Expr> index) {
    Optional<Element> w = whole(b, index);
    if (w.isEmpty()) {
      if (varies(index)) {
        return Optional.empty();
      }
      Element e = scalar(b, index);
      w = e.lanes == 1 ? Optional.of(e) : Optional.empty();
    }
    return w.map(e -> code.scope().loadsOf(b.name()).get(e.slot));
  }
}
