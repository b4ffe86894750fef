package dev.nncc.graph.text;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Seed;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Fused;
import dev.nncc.graph.op.Ops;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Reads what {@link GraphPrinter} writes, and what people write: types of results, names and
 * origins may be left out, values may be called by words (which become their names), {@code //}
 * begins a comment, {@code #w: f32[64,64]} is a weight with elements that depend on the name only.
 */
public final class GraphParser {
  /** Regions nest; a text must not exhaust the stack. */
  private static final int MOST_NESTED = 50;

  private final Cursor c;
  private final Function<String, Optional<Payload>> weights;

  private GraphParser(String text, Function<String, Optional<Payload>> weights) {
    this.c = new Cursor(text);
    this.weights = weights;
  }

  /**
   * @throws ModelException if the text is not well formed, a value is not defined, an operator does
   *     not take its operands, or a constant is given by its hash only; with line and column
   */
  public static Graph parse(String text) {
    return parse(text, hash -> Optional.empty());
  }

  /**
   * @param weights the bytes of constants that the text names by their hash
   */
  public static Graph parse(String text, Function<String, Optional<Payload>> weights) {
    GraphParser p = new GraphParser(text, weights);
    Graph g = p.body(0);
    if (!p.c.atEnd()) {
      throw p.c.error(p.c.position(), "expected the end of the text");
    }
    return g;
  }

  /** The values that lines so far have defined. */
  private static final class Scope {
    final GraphBuilder builder;
    final Map<String, Value> values = new LinkedHashMap<>();

    Scope(String name) {
      builder = new GraphBuilder(name);
    }
  }

  private Graph body(int depth) {
    c.skipEmptyLines();
    if (depth > MOST_NESTED) {
      throw c.error(c.position(), "regions nest too deep");
    }
    Scope scope = new Scope(graphName());
    while (true) {
      c.skipEmptyLines();
      if (c.atEnd() || c.peek() == '}') {
        return scope.builder.build();
      }
      line(scope, depth);
      if (c.peek() != '}') {
        c.expectEndOfLine();
      }
    }
  }

  private String graphName() {
    if (!c.acceptWord("graph")) {
      return "";
    }
    String name = c.string();
    c.expectEndOfLine();
    return name;
  }

  private void line(Scope scope, int depth) {
    int at = c.position();
    String first = c.label();
    boolean keyword = c.peek() != '=' && c.peek() != ',';
    if (keyword && first.equals("in")) {
      input(scope);
    } else if (keyword && first.equals("out")) {
      output(scope);
    } else {
      node(scope, at, first, depth);
    }
  }

  private void input(Scope scope) {
    int at = c.position();
    String label = c.label();
    c.expect(':');
    TensorType type = c.type();
    define(scope, at, label, scope.builder.input(names(List.of(label)).get(0), type));
  }

  private void output(Scope scope) {
    Value v = use(scope, c.position(), c.label());
    String otherwise = v.name().isEmpty() ? "output" : v.name();
    scope.builder.output(c.acceptWord("name") ? nameList(1).get(0) : otherwise, v);
  }

  private void define(Scope scope, int at, String label, Value v) {
    if (scope.values.put(label, v) != null) {
      throw c.error(at, label + " is defined twice");
    }
  }

  private Value use(Scope scope, int at, String label) {
    Value v = scope.values.get(label);
    if (v == null) {
      throw c.error(at, label + " is not defined");
    }
    return v;
  }

  private void node(Scope scope, int at, String first, int depth) {
    List<String> labels = new ArrayList<>(List.of(first));
    while (c.accept(',')) {
      labels.add(c.label());
    }
    c.expect('=');
    if (c.peek() == '#') {
      constantLine(scope, at, labels);
      return;
    }
    int place = c.position();
    String name = c.word("an operator");
    List<Value> operands = operands(scope);
    Op op = name.equals("Fused") ? null : operator(place, name);
    List<TensorType> types = c.accept(':') ? types() : List.of();
    List<String> names = names(labels);
    Origin origin = origin();
    if (op == null) {
      c.expect('{');
      Graph body = body(depth + 1);
      c.expect('}');
      op = new Fused(body);
    }
    add(scope, place, origin, names, op, operands, types, labels, at);
  }

  private List<Value> operands(Scope scope) {
    c.expect('(');
    List<Value> operands = new ArrayList<>();
    while (!c.accept(')')) {
      if (!operands.isEmpty()) {
        c.expect(',');
      }
      int at = c.position();
      if (c.peek() == '#') {
        NamedTensor t = constant();
        operands.add(scope.builder.constant(t.name, t.tensor));
      } else {
        operands.add(use(scope, at, c.label()));
      }
    }
    return operands;
  }

  private Op operator(int place, String name) {
    Attributes attributes = c.accept('{') ? AttributeText.parse(c) : Attributes.NONE;
    return at(place, () -> Ops.parse(name, attributes));
  }

  private List<TensorType> types() {
    List<TensorType> types = new ArrayList<>();
    do {
      types.add(c.type());
    } while (c.accept(','));
    return types;
  }

  /** What the values are called: as said here, or as the words that they are labelled with. */
  private List<String> names(List<String> labels) {
    return c.acceptWord("name")
        ? nameList(labels.size())
        : labels.stream().map(l -> l.startsWith("%") ? "" : l).toList();
  }

  private List<String> nameList(int n) {
    c.expect('=');
    List<String> names = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      if (i > 0) {
        c.expect(',');
      }
      names.add(c.string());
    }
    return names;
  }

  private Origin origin() {
    if (!c.acceptWord("from")) {
      return Origin.NONE;
    }
    c.expect('=');
    List<Origin.Source> sources = new ArrayList<>();
    do {
      String operator = c.string();
      c.expect(':');
      sources.add(new Origin.Source(c.string(), operator));
    } while (c.accept(','));
    return new Origin(sources);
  }

  private void constantLine(Scope scope, int at, List<String> labels) {
    if (labels.size() != 1) {
      throw c.error(at, "a constant is one value");
    }
    NamedTensor t = constant();
    String label = labels.get(0);
    String name = t.name.isEmpty() && !label.startsWith("%") ? label : t.name;
    add(
        scope,
        at,
        origin(),
        List.of(name),
        new Constant(t.tensor),
        List.of(),
        List.of(),
        labels,
        at);
  }

  private void add(
      Scope scope,
      int place,
      Origin origin,
      List<String> names,
      Op op,
      List<Value> operands,
      List<TensorType> types,
      List<String> labels,
      int at) {
    List<Value> results = at(place, () -> scope.builder.add(origin, names, op, operands));
    List<TensorType> made = results.stream().map(Value::type).toList();
    if (!types.isEmpty() && !types.equals(made)) {
      throw c.error(place, op.name() + " gives " + made + ", not " + types);
    }
    if (results.size() != labels.size()) {
      throw c.error(at, op.name() + " has " + results.size() + " results, not " + labels.size());
    }
    for (int i = 0; i < labels.size(); i++) {
      define(scope, at, labels.get(i), results.get(i));
    }
  }

  /** What an operator objects to, with its place. */
  private <T> T at(int place, Supplier<T> action) {
    try {
      return action.get();
    } catch (ModelException | ArithmeticException | IllegalStateException e) {
      throw c.error(place, e);
    }
  }

  private record NamedTensor(String name, Tensor tensor) {}

  private NamedTensor constant() {
    int place = c.position();
    c.expect('#');
    String name = "";
    if (c.peek() == '"') {
      name = c.string();
    } else if (c.atWord()) {
      name = c.word("a name");
      if (c.peek() == '(') {
        return new NamedTensor("", source(place, name));
      }
    }
    if (name.isEmpty()) {
      c.expect('{');
      return new NamedTensor("", literal(place));
    }
    if (c.accept(':')) {
      return new NamedTensor(name, Seed.of(name).tensor(c.type()));
    }
    c.expect('=');
    return new NamedTensor(
        name, c.accept('{') ? literal(place) : source(place, c.word("seed, hash or elements")));
  }

  private Tensor literal(int place) {
    List<String> elements = ConstantText.elements(c);
    c.expect(':');
    TensorType type = c.type();
    if (!type.shape().isConstant() || type.shape().elements() != elements.size()) {
      throw c.error(place, elements.size() + " elements for " + type);
    }
    try {
      return ConstantText.parse(type, elements);
    } catch (NumberFormatException e) {
      throw c.error(place, "no " + type.dtype().text() + ": " + e.getMessage());
    }
  }

  private Tensor source(int place, String kind) {
    c.expect('(');
    if (kind.equals("seed")) {
      Seed seed = seed(place);
      c.expect(':');
      return seed.tensor(c.type());
    }
    if (!kind.equals("hash")) {
      throw c.error(place, "elements come from seed(..) or hash(..), not " + kind);
    }
    String hash = c.word("a hash");
    c.expect(')');
    c.expect(':');
    TensorType type = c.type();
    Payload payload =
        weights
            .apply(hash)
            .orElseThrow(() -> c.error(place, "the elements with hash " + hash + " are missing"));
    return at(place, () -> new Tensor(type, payload));
  }

  private Seed seed(int place) {
    long value = c.number().longValue();
    if (c.accept(')')) {
      return Seed.of(value);
    }
    c.expect(',');
    double low = c.number().doubleValue();
    c.expect(',');
    double high = c.number().doubleValue();
    c.expect(')');
    return at(place, () -> new Seed(value, low, high));
  }
}
