package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Emitter;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.frontend.importing.NodeFailure;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.frontend.importing.UnsupportedReport;
import dev.nncc.frontend.tensorflow.proto.FunctionDef;
import dev.nncc.frontend.tensorflow.proto.NameAttrList;
import dev.nncc.frontend.tensorflow.proto.NodeDef;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Origin;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates what is asked for and what that needs, symbolically: a node is imported when all it
 * reads is known. What is not supported is collected and its results marked, so that one walk finds
 * everything. Control dependencies order side effects, and nothing that is imported has any.
 */
final class Walk {
  /** Loops and functions can multiply nodes without bound in a malicious file. */
  private static final int NODES = 400_000;

  private static final int DEPTH = 48;

  private final String file;
  private final Emitter emitter = new Emitter();
  private final UnsupportedReport unsupported = new UnsupportedReport(ModelFormat.TENSORFLOW);
  private final Operators operators = Operators.standard();
  private final ControlFlow control = new ControlFlow(this);
  private final Variables variables;
  private final Map<String, Body> functions = new LinkedHashMap<>();
  private final Set<String> assumed = new LinkedHashSet<>();
  private final Set<Drawing> drawings = new LinkedHashSet<>();
  private int count;
  private long parameters;

  private record Work(String node, Frame frame) {}

  /** A node that has drawn random numbers; bodies are told apart by identity. */
  private record Drawing(Body body, String node) {}

  /** A value that a node reads, and the frame in which it is. */
  record Need(Ref ref, Frame frame) {}

  Walk(String file, List<FunctionDef> library, Variables variables) {
    this.file = file;
    this.variables = variables;
    for (FunctionDef f : library) {
      String name = f.getSignature().getName();
      require(functions.put(name, Body.of(f)) == null, "function '%s' is defined twice", name);
    }
  }

  /** Notes elements of a constant. */
  void count(long elements) {
    parameters += elements;
  }

  /** Elements of all constants and variables. */
  long parameters() {
    return parameters + variables.elements();
  }

  /** Notes what the model does not say and its user should know. */
  void assume(String sentence) {
    assumed.add(sentence);
  }

  /** Whether a node draws random numbers for the first time. */
  boolean isFirstDrawing(TensorflowNode n) {
    Frame frame = n.frame();
    return drawings.add(new Drawing(frame.body(), n.name().substring(frame.prefix().length())));
  }

  List<String> assumed() {
    return List.copyOf(assumed);
  }

  Emitter emitter() {
    return emitter;
  }

  UnsupportedReport unsupported() {
    return unsupported;
  }

  ControlFlow control() {
    return control;
  }

  Variables variables() {
    return variables;
  }

  /** The value, computed with all that it needs unless it is known already. */
  Token value(Ref ref, Frame frame) {
    Token known = frame.find(ref);
    if (known != null) {
      return known;
    }
    Deque<Work> stack = new ArrayDeque<>();
    Set<Work> open = new LinkedHashSet<>();
    stack.push(new Work(ref.node(), frame));
    while (!stack.isEmpty()) {
      Work top = stack.element();
      if (top.frame().isComputed(top.node())) {
        open.remove(stack.pop());
        continue;
      }
      List<Need> missing = missing(top);
      if (missing.isEmpty()) {
        compute(top);
        continue;
      }
      require(open.add(top), "node '%s' depends on its own result", top.node());
      for (int i = missing.size() - 1; i >= 0; i--) {
        Need n = missing.get(i);
        stack.push(new Work(n.ref().node(), n.frame()));
      }
    }
    Token t = frame.find(ref);
    if (t == null) {
      throw new IllegalStateException(ref.toString());
    }
    return t;
  }

  private List<Need> missing(Work w) {
    List<Need> out = new ArrayList<>();
    for (Need n : control.needs(w.frame().body().node(w.node()), w.frame())) {
      if (n.frame().find(n.ref()) == null) {
        out.add(n);
      }
    }
    return out;
  }

  private void compute(Work w) {
    NodeDef n = w.frame().body().node(w.node());
    require(++count <= NODES, "loops and functions make more than %d nodes", NODES);
    Results results;
    try {
      results = results(n, w.frame());
    } catch (UnsupportedFeature e) {
      unsupported.steering(e.steering());
      unsupported.add(n.getOp(), String.valueOf(e.getMessage()), w.frame().prefix() + n.getName());
      results = Results.UNAVAILABLE;
    } catch (ModelException e) {
      throw new NodeFailure(where(n, w.frame()) + e.getMessage(), e);
    } catch (IndexOutOfBoundsException e) {
      // What an operator takes for granted of its operands' axes is checked nowhere else.
      throw new NodeFailure(where(n, w.frame()) + "the operands do not fit the operator", e);
    } catch (ArithmeticException e) {
      String text = where(n, w.frame()) + "sizes are too large (" + e.getMessage() + ")";
      throw new NodeFailure(text, e);
    }
    for (int i = 0; i < results.tokens().size(); i++) {
      if (results.tokens().get(i).item() instanceof Item.Numbers o) {
        o.operand().nameIfNone(w.frame().prefix() + new Ref(n.getName(), i));
      }
    }
    w.frame().computed(w.node(), results);
  }

  /** What a message about a node begins with. */
  private String where(NodeDef n, Frame frame) {
    return String.format("%s: %s%s (%s): ", file, frame.prefix(), n.getName(), n.getOp());
  }

  private Results results(NodeDef n, Frame frame) {
    Results structural = control.results(n, frame);
    if (structural != null) {
      return structural;
    }
    List<Token> tokens = new ArrayList<>();
    for (Ref in : frame.body().inputs(n)) {
      tokens.add(value(in, frame));
    }
    List<Token> conditions = new ArrayList<>(tokens);
    for (Ref pivot : frame.body().pivots(n)) {
      conditions.add(value(pivot, frame));
    }
    if (conditions.stream().anyMatch(Token::isDead)) {
      return Results.DEAD;
    }
    boolean available = tokens.stream().noneMatch(Token::isUnavailable);
    List<Token> given = imported(n, frame, tokens, available);
    if (given == null) {
      return Results.UNAVAILABLE;
    }
    List<Token.Choice> choices = Token.together(conditions);
    return Results.of(
        given.stream().map(t -> choices.isEmpty() ? t : new Token(t.item(), choices)).toList());
  }

  /** Null if something in front cannot be imported. */
  private @Nullable List<Token> imported(
      NodeDef n, Frame frame, List<Token> tokens, boolean available) {
    Attributes attrs = new Attributes(n, frame.call());
    Origin origin = Origin.of(frame.prefix() + n.getName(), n.getOp());
    TensorflowNode node = new TensorflowNode(this, frame, origin, n.getOp(), attrs, tokens);
    Body function = functions.get(n.getOp());
    if (function != null) {
      return available ? call(function, node, tokens, n.getAttrMap(), "") : null;
    }
    NodeImporter importer = operators.find(n.getOp());
    if (importer == null) {
      throw new UnsupportedFeature("");
    }
    return available ? importer.importNode(node) : null;
  }

  /**
   * Inlines a call of a function.
   *
   * @param suffix tells iterations apart in names
   */
  List<Token> call(NameAttrList f, TensorflowNode n, List<Token> arguments, String suffix) {
    Body body = functions.get(f.getName());
    if (body == null) {
      throw new ModelException("there is no function '" + f.getName() + "'");
    }
    return call(body, n, arguments, f.getAttrMap(), suffix);
  }

  private List<Token> call(
      Body body,
      TensorflowNode n,
      List<Token> arguments,
      Map<String, dev.nncc.frontend.tensorflow.proto.AttrValue> attributes,
      String suffix) {
    int depth = n.frame().depth() + 1;
    require(depth <= DEPTH, "functions and loops are nested too deeply");
    List<String> names = body.arguments();
    require(
        names.size() == arguments.size(),
        "the function has %d arguments, the call gives %d",
        names.size(),
        arguments.size());
    Frame frame = Frame.ofCall(body, attributes, n.name() + suffix + "/", depth);
    for (int i = 0; i < names.size(); i++) {
      frame.give(new Ref(names.get(i), 0), arguments.get(i));
    }
    return body.results().stream().map(r -> value(r, frame)).toList();
  }
}
