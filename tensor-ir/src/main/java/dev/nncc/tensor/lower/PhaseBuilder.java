package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.tensor.constant.Packed;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Collects the arguments of one kernel while its body is written. Values are read and written by
 * logical index; layouts, borders, padding lanes and constants are resolved here. Not thread-safe;
 * one use.
 */
public final class PhaseBuilder {
  private final Region region;
  private final LowerContext context;
  private final Map<Argument, Buffer> args = new LinkedHashMap<>();

  public PhaseBuilder(Region region, LowerContext context) {
    this.region = region;
    this.context = context;
  }

  public Region region() {
    return region;
  }

  /** The constant behind a body value, be it inside or outside the region. */
  public Optional<Tensor> constant(Value v) {
    Optional<Tensor> inside = region.body().constant(v);
    return inside.isPresent() ? inside : region.outerOf(v).flatMap(context::constant);
  }

  /** The storage of what a body value is read from; not for constants. */
  public Storage storage(Value v) {
    return context.storage(
        region.sourceOf(v).orElseThrow(() -> new IllegalStateException("no source of " + v)));
  }

  /** Whether elementwise nodes of the region make the value in front of the anchor. */
  public boolean isMadeInside(Value v) {
    return region.outerOf(v).isEmpty() && region.body().constant(v).isEmpty();
  }

  private Value outer(Value v) {
    return region
        .outerOf(v)
        .orElseThrow(() -> new IllegalStateException(v + " is made inside the region"));
  }

  /** The argument buffer of a body input. */
  public Buffer input(Value v) {
    Value o = outer(v);
    return args.computeIfAbsent(
        new Argument.OfValue(o), k -> context.storage(o).buffer("a" + args.size(), 0));
  }

  /** The argument buffer of the i-th result. */
  public Buffer result(int i) {
    Value r = region.results().get(i);
    return args.computeIfAbsent(
        new Argument.OfValue(r), k -> context.storage(r).buffer("a" + args.size(), 0));
  }

  /**
   * The loops over the region's results; where these are parts, over the whole that is shared out.
   * In blocks of channels where a result is in blocks or has its channels side by side.
   */
  public Domain domain(String prefix) {
    Storage first = resultStorage(0);
    boolean blocks = false;
    for (int i = 0; i < region.results().size(); i++) {
      Storage s = resultStorage(i);
      blocks |= s.isBlocked() || s.strides().size() > 2 && s.strides().get(1) == 1;
    }
    if (region.part(0).isEmpty() && blocks == first.isBlocked()) {
      return Domain.of(first, prefix);
    }
    TensorType whole = region.requireAnchor().result().type();
    return Domain.of(blocks ? Storage.blocked(whole, 1) : Storage.rowMajor(whole), prefix);
  }

  public Storage resultStorage(int i) {
    return context.storage(region.results().get(i));
  }

  /** Whether no element of a body input can be negative. */
  public boolean nonNegative(Value v) {
    return !isMadeInside(v) && context.nonNegative(outer(v));
  }

  /** Whether a body input lies in the memory of the first result. */
  public boolean isViewOfResult(Value v) {
    return context.sameAllocation(outer(v), region.results().get(0));
  }

  /** A constant argument over the packed axes. */
  public Buffer constant(Packed packed) {
    return args.computeIfAbsent(
        new Argument.OfConstant(packed),
        k -> Buffer.of("a" + args.size(), packed.dtype(), Space.GLOBAL, packed.extents()));
  }

  /** The context's fault word. */
  public Buffer fault() {
    return args.computeIfAbsent(
        new Argument.OfFault(),
        k -> Buffer.of("a" + args.size(), DType.I32, Space.GLOBAL, List.of(1L)));
  }

  /** Plan memory that lives between the phases of this node. */
  public Buffer scratch(int id, DType dtype, List<Long> shape) {
    return scratch(id, Buffer.of("scratch", dtype, Space.GLOBAL, shape));
  }

  /** Plan memory that lives between the phases of this node, seen as the buffer given. */
  Buffer scratch(int id, Buffer like) {
    Buffer b = like.withName("a" + args.size());
    return args.computeIfAbsent(
        new Argument.OfScratch(id, b.extentInElements() * b.type().bytes()), k -> b);
  }

  /** The element of a body input at a logical index that is within the value's shape. */
  public Expr read(Value v, List<Expr> index) {
    return read(v, index, -1);
  }

  /**
   * The element of a body input at a logical index.
   *
   * @param loose axis whose index may run past the extent up to the end of a block (padding lanes),
   *     or -1; what is read there is unspecified
   */
  public Expr read(Value v, List<Expr> index, int loose) {
    Optional<Tensor> c = constant(v);
    if (c.isPresent()) {
      return readConstant(c.get(), index, loose);
    }
    if (isMadeInside(v)) {
      return Pointwise.at(this, v, index, loose);
    }
    Storage s = storage(v);
    List<Expr> at = index;
    if (loose >= 0 && s.blockAxis() != loose) {
      at = clamped(index, loose, s.shape().get(loose));
    }
    return new Expr.Load(input(v), s.index(at));
  }

  /** The element of a smaller operand under numpy broadcasting. */
  Expr readBroadcast(Value v, List<Expr> index, int loose) {
    int axis = loose - (index.size() - v.shape().rank());
    boolean spans = loose >= 0 && axis >= 0 && v.shape().dim(axis) != 1;
    return read(v, broadcast(index, v.shape()), spans ? axis : -1);
  }

  private static List<Expr> clamped(List<Expr> index, int axis, long extent) {
    List<Expr> at = new ArrayList<>(index);
    at.set(axis, Exprs.min(index.get(axis), Exprs.index(extent - 1)));
    return at;
  }

  private Expr readConstant(Tensor t, List<Expr> index, int loose) {
    if (t.elements() == 1) {
      return literal(t);
    }
    Packed p = Packed.plain(t);
    if (loose >= 0) {
      List<Long> extents = new ArrayList<>(p.extents());
      extents.set(loose, (extents.get(loose) + Storage.BLOCK - 1) / Storage.BLOCK * Storage.BLOCK);
      p = new Packed(t, extents, p.map(), p.base());
    }
    return new Expr.Load(constant(p), index);
  }

  private static Expr literal(Tensor t) {
    DType d = t.dtype();
    return d.isFloat()
        ? Exprs.number(d, t.reader().number(0))
        : new Expr.Const(d, t.reader().integer(0));
  }

  /**
   * The element at a logical index that may lie outside the value, where it is {@code fill}.
   *
   * @param below how far each logical index may fall under 0
   * @param above how far it may run past the last element
   */
  public Expr readPadded(
      Value v, List<Expr> index, List<Long> below, List<Long> above, double fill) {
    return readPadded(v, index, below, above, fill, -1);
  }

  /**
   * @param loose as in {@link #read(Value, List, int)}
   */
  Expr readPadded(
      Value v, List<Expr> index, List<Long> below, List<Long> above, double fill, int loose) {
    if (constant(v).isPresent() || isMadeInside(v)) {
      return selected(v, index, below, above, fill, loose);
    }
    Storage s = storage(v);
    boolean direct = true;
    for (int a = 0; a < index.size(); a++) {
      boolean outside = below.get(a) > 0 || above.get(a) > 0;
      boolean border = s.fill() == fill && s.lo(a) >= below.get(a) && s.hi(a) >= above.get(a);
      long n = v.shape().dim(a);
      boolean lanes =
          below.get(a) == 0 && hasZeroLanes(v, a, fill) && n + above.get(a) <= Storage.inBlocks(n);
      direct &= !outside || border || lanes;
    }
    return direct ? read(v, index, loose) : selected(v, index, below, above, fill, loose);
  }

  /** Whether the value lies in blocks along the axis, whose lanes behind the last one are zero. */
  boolean hasZeroLanes(Value v, int axis, double fill) {
    return fill == 0 && constant(v).isEmpty() && !isMadeInside(v) && storage(v).blockAxis() == axis;
  }

  private Expr selected(
      Value v, List<Expr> index, List<Long> below, List<Long> above, double fill, int loose) {
    Shape shape = v.shape();
    if (shape.elements() == 0) {
      return Exprs.number(v.dtype(), fill);
    }
    List<Expr> at = new ArrayList<>(index);
    Optional<Expr> inside = Optional.empty();
    for (int a = 0; a < index.size(); a++) {
      Expr i = index.get(a);
      long n = shape.dim(a);
      if (below.get(a) > 0) {
        Expr ok = Exprs.lt(Exprs.index(-1), i);
        inside = Optional.of(inside.map(x -> Exprs.and(x, ok)).orElse(ok));
        at.set(a, Exprs.max(at.get(a), Exprs.index(0)));
      }
      if (above.get(a) > 0 && below.get(a) == 0 && hasZeroLanes(v, a, fill)) {
        // whole blocks: what lies behind the last channel of a block is zero
        long blocks = Storage.inBlocks(n) / Storage.BLOCK;
        Expr block = Exprs.floorDiv(i, Storage.BLOCK);
        Expr ok = Exprs.lt(block, Exprs.index(blocks));
        inside = Optional.of(inside.map(x -> Exprs.and(x, ok)).orElse(ok));
        Expr last = Exprs.min(block, Exprs.index(blocks - 1));
        Expr lane = Exprs.mod(i, Storage.BLOCK);
        at.set(a, Exprs.add(Exprs.mul(last, Exprs.index(Storage.BLOCK)), lane));
      } else if (above.get(a) > 0) {
        Expr ok = Exprs.lt(i, Exprs.index(n));
        inside = Optional.of(inside.map(x -> Exprs.and(x, ok)).orElse(ok));
        at.set(a, Exprs.min(at.get(a), Exprs.index(n - 1)));
      }
    }
    Expr value = read(v, at, loose);
    return inside
        .<Expr>map(c -> new Expr.Select(c, value, Exprs.number(v.dtype(), fill)))
        .orElse(value);
  }

  /** The finished phase. */
  public Phase build(String name, Stmt body, double flops) {
    List<Argument> arguments = new ArrayList<>(args.keySet());
    return new Phase(Kernel.of(name, List.copyOf(args.values()), body), arguments, flops);
  }

  /** The finished phase, called in rounds; the body reads which in {@link Phase#ROUND}. */
  public Phase build(String name, Stmt body, double flops, long rounds) {
    if (rounds == 1) {
      return build(name, body, flops);
    }
    List<Argument> arguments = new ArrayList<>(args.keySet());
    List<Buffer> buffers = List.copyOf(args.values());
    return new Phase(
        new Kernel(name, buffers, List.of(Phase.ROUND), body), arguments, flops, rounds);
  }

  /**
   * An index with the axes of extent one set to zero: how a smaller operand is read under numpy
   * broadcasting.
   */
  static List<Expr> broadcast(List<Expr> index, Shape operand) {
    int skip = index.size() - operand.rank();
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < operand.rank(); a++) {
      at.add(operand.dim(a) == 1 ? Exprs.index(0) : index.get(a + skip));
    }
    return at;
  }

  static List<Long> zeros(int n) {
    return Collections.nCopies(n, 0L);
  }
}
