package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The text of one function body under construction, with the regions it consists of. */
final class Code {
  /**
   * A region entered through one label: a loop body, a branch, or the function. What it caches is
   * valid until the region ends.
   */
  static final class Scope {
    final @Nullable Scope parent;
    final int depth;

    /** Address arithmetic and masks placed at the entry. */
    final StringBuilder head = new StringBuilder();

    final Map<String, String> addresses = new LinkedHashMap<>();
    final Map<String, Val> masks = new LinkedHashMap<>();
    final Map<String, Val> splats = new LinkedHashMap<>();

    /** By buffer, then by address: loads and constants stored that are still in memory. */
    final Map<String, Map<String, Val>> loads = new LinkedHashMap<>();

    Scope(@Nullable Scope parent) {
      this.parent = parent;
      depth = parent == null ? 0 : parent.depth + 1;
    }

    Map<String, Val> loadsOf(String buffer) {
      return loads.computeIfAbsent(buffer, b -> new LinkedHashMap<>());
    }

    void forget(String buffer) {
      loads.remove(buffer);
    }

    void forgetAll() {
      loads.clear();
      splats.clear();
    }
  }

  private final List<StringBuilder> pieces = new ArrayList<>();
  private final StringBuilder allocas = new StringBuilder();
  private final TreeSet<String> declarations = new TreeSet<>();
  private final TreeSet<String> functions = new TreeSet<>();
  private final Scope root = new Scope(null);
  private StringBuilder current = new StringBuilder();
  private Scope scope = root;
  private String label = "entry";
  private int count;

  Code() {
    pieces.add(root.head);
    pieces.add(current);
  }

  Scope scope() {
    return scope;
  }

  Scope root() {
    return root;
  }

  /** The label of the block that text is being added to. */
  String label() {
    return label;
  }

  void open() {
    scope = new Scope(scope);
    pieces.add(scope.head);
    current = new StringBuilder();
    pieces.add(current);
  }

  /** Ends the region; buffers written in it are no longer known outside. */
  void close(Iterable<String> written) {
    Scope outer = scope.parent;
    if (outer == null) {
      throw new IllegalStateException("the function's own region does not end");
    }
    scope = outer;
    written.forEach(scope::forget);
  }

  /** Adds to the entry of a region that encloses this one; nothing cached is used on the way. */
  <T> T hoisted(Scope to, Supplier<T> emit) {
    StringBuilder savedText = current;
    Scope savedScope = scope;
    current = to.head;
    scope = new Scope(to);
    try {
      return emit.get();
    } finally {
      current = savedText;
      scope = savedScope;
    }
  }

  /** What follows uses no load from before, and no load moves over this place. */
  void apart() {
    scope.forgetAll();
    line("call void asm sideeffect \"\", \"\"()");
  }

  int fresh() {
    return count++;
  }

  void line(String s) {
    current.append("  ").append(s).append('\n');
  }

  void startBlock(String name) {
    current.append(name).append(":\n");
    label = name;
  }

  void alloca(String name, String type) {
    allocas.append("  ").append(name).append(" = alloca ").append(type).append(", align 64\n");
  }

  void declare(String signature) {
    declarations.add(signature);
  }

  /** A function of our own that the module needs, as its whole text. */
  void require(String function) {
    functions.add(function);
  }

  String assign(String rhs) {
    String name = "%t" + fresh();
    line(name + " = " + rhs);
    return name;
  }

  Val op(DType t, int lanes, String rhs) {
    return new Val(assign(rhs), t, lanes);
  }

  /** A call of a declared function of these operands. */
  Val call(String function, DType t, int lanes, Val... args) {
    String type = Spelling.vector(Spelling.value(t), lanes);
    String types = Arrays.stream(args).map(Val::llvm).collect(Collectors.joining(", "));
    String values = Arrays.stream(args).map(Val::toString).collect(Collectors.joining(", "));
    declare(type + " @" + function + "(" + types + ")");
    return op(t, lanes, "call " + type + " @" + function + "(" + values + ")");
  }

  /** An intrinsic overloaded on its first operand's type. */
  Val intrinsic(String name, Val... args) {
    Val a = args[0];
    String suffix = Spelling.suffix(Spelling.value(a.type()), a.lanes());
    return call("llvm." + name + "." + suffix, a.type(), a.lanes(), args);
  }

  Val literal(DType t, Number v) {
    return new Val(Spelling.literal(t, v), t, 1);
  }

  Val splat(Val v, int lanes) {
    if (v.lanes() == lanes) {
      return v;
    }
    if (v.isLiteral()) {
      return new Val("splat (" + v + ")", v.type(), lanes);
    }
    String key = v.ssa() + " x " + lanes;
    Val known = scope.splats.get(key);
    if (known != null) {
      return known;
    }
    String type = Spelling.vector(Spelling.value(v.type()), lanes);
    String one = assign("insertelement " + type + " poison, " + v + ", i64 0");
    Val all =
        op(
            v.type(),
            lanes,
            "shufflevector "
                + type
                + " "
                + one
                + ", "
                + type
                + " poison, <"
                + lanes
                + " x i32> zeroinitializer");
    scope.splats.put(key, all);
    return all;
  }

  Val extract(Val v, int lane) {
    return v.lanes() == 1 ? v : op(v.type(), 1, "extractelement " + v + ", i64 " + lane);
  }

  Val insert(Val v, Val element, int lane) {
    return op(v.type(), v.lanes(), "insertelement " + v + ", " + element + ", i64 " + lane);
  }

  Val bitcast(Val v, DType to) {
    return op(
        to, v.lanes(), "bitcast " + v + " to " + Spelling.vector(Spelling.value(to), v.lanes()));
  }

  /** The function body: stack slots first, then the regions in order. */
  String body() {
    StringBuilder s = new StringBuilder(allocas);
    pieces.forEach(s::append);
    return s.toString();
  }

  String declarations() {
    return String.join("", functions)
        + declarations.stream().map(d -> "declare " + d + "\n").collect(Collectors.joining());
  }
}
