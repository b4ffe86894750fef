package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.frontend.tensorflow.proto.NodeDef;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Loops and conditions of the old kind, in which nodes pass tokens in frames. An exit runs its
 * loop: iterations are frames of their own, written out one after the other while the condition is
 * known and true. A switch lets a known condition decide, and marks its sides otherwise; the merge
 * behind selects.
 */
final class ControlFlow {
  private static final int DEPTH = 48;
  private static final int ITERATIONS = 20_000;

  private final Walk walk;

  ControlFlow(Walk walk) {
    this.walk = walk;
  }

  /** Operators of variables that have two names do the same with both. */
  private static String kind(NodeDef n) {
    String op = n.getOp();
    return op.startsWith("Ref") ? op.substring(3) : op;
  }

  /** What must be known before a node can be imported, and where. */
  List<Walk.Need> needs(NodeDef n, Frame frame) {
    Frame parent = frame.parent();
    switch (kind(n)) {
      case "Exit":
        return List.of();
      case "Const":
        if (parent != null && frame.body().pivots(n).isEmpty()) {
          return List.of(new Walk.Need(new Ref(n.getName(), 0), parent));
        }
        break;
      case "Enter":
        return List.of(new Walk.Need(frame.body().input(n, 0), around(frame, n)));
      case "Merge":
        Walk.Need carried = carried(n, frame);
        if (carried != null) {
          return List.of(carried);
        }
        break;
      default:
    }
    Ref dropped = Dropout.of(n, frame.body());
    List<Ref> read = new ArrayList<>(dropped == null ? frame.body().inputs(n) : List.of(dropped));
    read.addAll(frame.body().pivots(n));
    return read.stream().map(r -> new Walk.Need(r, frame)).toList();
  }

  /** The frame around the loop that a node stands in. */
  private static Frame around(Frame frame, NodeDef n) {
    Frame parent = frame.parent();
    if (parent == null) {
      throw new ModelException("'" + n.getName() + "' stands in a loop and cannot be asked for");
    }
    return parent;
  }

  /** What a merge at the head of a loop gives in this iteration; null for other merges. */
  private static Walk.@Nullable Need carried(NodeDef merge, Frame frame) {
    Body body = frame.body();
    Ref entry = null;
    Ref back = null;
    for (Ref r : body.inputs(merge)) {
      NodeDef n = body.node(r.node());
      if (kind(n).equals("NextIteration")) {
        back = body.input(n, 0);
      } else {
        entry = r;
      }
    }
    if (back == null || entry == null) {
      return null;
    }
    require(
        frame.parent() != null, "'%s' stands in a loop and cannot be asked for", merge.getName());
    Frame previous = frame.previous();
    return previous == null ? new Walk.Need(entry, frame) : new Walk.Need(back, previous);
  }

  /** What a node of control flow gives; null for all others. */
  @Nullable Results results(NodeDef n, Frame frame) {
    List<Walk.Need> needs = needs(n, frame);
    return switch (kind(n)) {
      case "Const" -> needs.size() == 1 && needs.get(0).frame() != frame ? passed(needs) : null;
      case "Enter", "NextIteration", "LoopCond" -> passed(needs);
      case "Merge" -> carried(n, frame) == null ? merge(n, frame) : passed(needs);
      case "Switch" -> decide(needs);
      case "Exit" -> exit(n, frame);
      default -> Dropout.of(n, frame.body()) == null ? null : passed(needs);
    };
  }

  private Token token(Walk.Need n) {
    return walk.value(n.ref(), n.frame());
  }

  private Results passed(List<Walk.Need> needs) {
    require(!needs.isEmpty(), "input 0 is missing");
    return Results.of(token(needs.get(0)));
  }

  private static Operand predicate(Token t) {
    require(t.item() instanceof Item.Numbers, "the condition is no tensor");
    Operand o = ((Item.Numbers) t.item()).operand();
    require(o.dtype() == DType.BOOL && o.shape().elements() == 1, "the condition is %s", o.type());
    return o;
  }

  private Results decide(List<Walk.Need> needs) {
    require(needs.size() >= 2, "there are %d inputs, not 2", needs.size());
    Token data = token(needs.get(0));
    Token condition = token(needs.get(1));
    if (data.isDead() || condition.isDead()) {
      return Results.DEAD;
    }
    if (data.isUnavailable() || condition.isUnavailable()) {
      return Results.UNAVAILABLE;
    }
    Operand p = predicate(condition);
    Tensor known = p.tensor();
    if (known != null) {
      boolean yes = known.reader().integer(0) != 0;
      return Results.of(yes ? List.of(Token.DEAD, data) : List.of(data, Token.DEAD));
    }
    return Results.of(
        List.of(data.behind(new Token.Choice(p, false)), data.behind(new Token.Choice(p, true))));
  }

  private Results merge(NodeDef n, Frame frame) {
    List<Token> alive = new ArrayList<>();
    List<Ref> inputs = frame.body().inputs(n);
    int index = 0;
    for (int i = 0; i < inputs.size(); i++) {
      Token t = walk.value(inputs.get(i), frame);
      if (!t.isDead()) {
        alive.add(t);
        index = i;
      }
    }
    if (alive.isEmpty()) {
      return Results.DEAD;
    }
    if (alive.stream().anyMatch(Token::isUnavailable)) {
      return Results.UNAVAILABLE;
    }
    Origin origin = Origin.of(frame.prefix() + n.getName(), n.getOp());
    Attributes attrs = new Attributes(n, frame.call());
    TensorflowNode node = new TensorflowNode(walk, frame, origin, n.getOp(), attrs, alive);
    if (alive.size() == 1) {
      return Results.of(List.of(alive.get(0), Token.of(node.number(DType.I32, index))));
    }
    UnsupportedFeature.when(alive.size() > 2, "more than two branches meet");
    for (Token.Choice a : alive.get(0).choices()) {
      for (Token.Choice b : alive.get(1).choices()) {
        if (a.opposes(b)) {
          List<Token.Choice> rest = new ArrayList<>(Token.together(alive));
          rest.removeAll(List.of(a, b));
          Item chosen =
              select(node, a.predicate(), alive.get(a.side() ? 0 : 1), alive.get(a.side() ? 1 : 0));
          Operand which =
              node.where(
                  a.predicate(),
                  node.number(DType.I32, a.side() ? 0 : 1),
                  node.number(DType.I32, a.side() ? 1 : 0));
          return Results.of(
              List.of(new Token(chosen, rest), new Token(new Item.Numbers(which), rest)));
        }
      }
    }
    throw new UnsupportedFeature("the branches that meet here belong to no common condition");
  }

  /** Both branches have been computed; the condition tells at run time which one counts. */
  static Item select(TensorflowNode n, Operand predicate, Token yes, Token no) {
    if (yes.item().equals(no.item())) {
      return yes.item();
    }
    UnsupportedFeature.when(
        !(yes.item() instanceof Item.Numbers) || !(no.item() instanceof Item.Numbers),
        "the branches of a condition known at run time give resources");
    Operand a = ((Item.Numbers) yes.item()).operand();
    Operand b = ((Item.Numbers) no.item()).operand();
    if (!a.type().equals(b.type())) {
      throw UnsupportedFeature.notConstant(
          "the condition (its branches give " + a.type() + " and " + b.type() + ")",
          n.walk().emitter().inputsOf(predicate));
    }
    Operand p = predicate.rank() == 0 ? predicate : n.reshape(predicate);
    return new Item.Numbers(n.where(p, a, b));
  }

  private Results exit(NodeDef exit, Frame frame) {
    Body body = frame.body();
    NodeDef gate = body.node(body.input(exit, 0).node());
    require(kind(gate).equals("Switch"), "'%s' is no end of a loop", gate.getName());
    Ref variable = body.input(gate, 0);
    NodeDef head = body.node(variable.node());
    require(kind(head).equals("Merge"), "'%s' is no head of a loop", head.getName());
    String name = loopName(head, frame);
    require(!name.isEmpty(), "'%s' is no head of a loop", head.getName());
    Frame last = frame.loop(name);
    if (last == null) {
      last = run(name, body.input(gate, 1), frame);
      frame.loop(name, last);
    }
    Token go = walk.value(body.input(gate, 1), last);
    if (go.isDead()) {
      return Results.DEAD;
    }
    return go.isUnavailable() ? Results.UNAVAILABLE : Results.of(walk.value(variable, last));
  }

  /** The loop that a merge belongs to; empty if none. */
  private static String loopName(NodeDef merge, Frame frame) {
    for (Ref r : frame.body().inputs(merge)) {
      NodeDef n = frame.body().node(r.node());
      if (kind(n).equals("Enter")) {
        return new Attributes(n, frame.call()).text("frame_name", "");
      }
    }
    return "";
  }

  /** Writes a loop out; the frame in which its condition is false. */
  private Frame run(String name, Ref condition, Frame frame) {
    Frame f = frame.firstIteration();
    require(f.depth() <= DEPTH, "functions and loops are nested too deeply");
    List<Ref> heads = new ArrayList<>();
    for (NodeDef n : frame.body().all()) {
      if (kind(n).equals("Merge") && loopName(n, frame).equals(name)) {
        heads.add(new Ref(n.getName(), 0));
      }
    }
    for (int i = 0; i <= ITERATIONS; i++) {
      Token go = walk.value(condition, f);
      if (go.isDead() || go.isUnavailable()) {
        return f;
      }
      if (!isTrue(go)) {
        return f;
      }
      // One iteration after the other keeps the walk from going down through all of them at once.
      for (Ref head : heads) {
        walk.value(head, f);
      }
      f = f.nextIteration();
    }
    throw new UnsupportedFeature("the loop is too long to be written out");
  }

  private boolean isTrue(Token condition) {
    Operand p = predicate(condition);
    Tensor t = p.tensor();
    if (t == null) {
      throw UnsupportedFeature.notConstant("the condition of the loop", walk.emitter().inputsOf(p));
    }
    return t.reader().integer(0) != 0;
  }

  /** Loops, conditions and calls of the newer kind, which name functions. */
  static void addTo(Operators t) {
    for (String op : List.of("PartitionedCall", "StatefulPartitionedCall")) {
      t.add(op, n -> n.walk().call(n.attrs().function("f"), n, n.tokens(), ""));
    }
    for (String op : List.of("If", "StatelessIf")) {
      t.add(op, ControlFlow::branch);
    }
    for (String op : List.of("While", "StatelessWhile")) {
      t.add(op, n -> n.walk().control().loop(n));
    }
    for (String op : List.of("Case", "StatelessCase")) {
      t.add(op, ControlFlow::cases);
      t.limit(op, "constant index");
    }
    t.limit("While", "constant number of iterations, written out");
    t.limit("StatelessWhile", "constant number of iterations, written out");
    t.limit("Exit", "constant number of iterations, written out");
  }

  private static List<Token> branch(TensorflowNode n) {
    List<Token> arguments = n.tokens().subList(1, n.inputs());
    Operand p = n.in(0);
    UnsupportedFeature.when(p.shape().elements() != 1, "the condition is %s", p.type());
    if (p.dtype() != DType.BOOL) {
      p = n.apply(dev.nncc.graph.op.ElementwiseKind.NOT, n.cast(p, DType.BOOL));
      p = n.apply(dev.nncc.graph.op.ElementwiseKind.NOT, p);
    }
    Tensor known = p.tensor();
    if (known != null) {
      String side = known.reader().integer(0) != 0 ? "then_branch" : "else_branch";
      return n.walk().call(n.attrs().function(side), n, arguments, "");
    }
    List<Token> yes = n.walk().call(n.attrs().function("then_branch"), n, arguments, "#then");
    List<Token> no = n.walk().call(n.attrs().function("else_branch"), n, arguments, "#else");
    require(yes.size() == no.size(), "branches give %d and %d values", yes.size(), no.size());
    List<Token> out = new ArrayList<>();
    for (int i = 0; i < yes.size(); i++) {
      boolean lost = yes.get(i).isUnavailable() || no.get(i).isUnavailable();
      out.add(lost ? Token.UNAVAILABLE : Token.of(select(n, p, yes.get(i), no.get(i))));
    }
    return out;
  }

  private static List<Token> cases(TensorflowNode n) {
    int count = n.attrs().functions("branches").size();
    long index = n.knownInteger(0, "branch_index");
    int taken = index < 0 || index >= count ? count - 1 : (int) index;
    require(taken >= 0, "there are no branches");
    List<Token> arguments = n.tokens().subList(1, n.inputs());
    return n.walk().call(n.attrs().functions("branches").get(taken), n, arguments, "");
  }

  private List<Token> loop(TensorflowNode n) {
    List<Token> state = n.tokens();
    for (int i = 0; i <= ITERATIONS; i++) {
      List<Token> go = walk.call(n.attrs().function("cond"), n, state, "#" + i + "?");
      require(go.size() == 1, "the condition has %d results", go.size());
      if (go.get(0).isUnavailable()) {
        return state.stream().map(t -> Token.UNAVAILABLE).toList();
      }
      if (!isTrue(go.get(0))) {
        return state;
      }
      List<Token> next = walk.call(n.attrs().function("body"), n, state, "#" + i);
      require(next.size() == state.size(), "the body gives %d values", next.size());
      state = next;
    }
    throw new UnsupportedFeature("the loop is too long to be written out");
  }
}
