package dev.nncc.passes.rewrite;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.RewriteListener.Application;
import dev.nncc.passes.rewrite.WorkGraph.Slot;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One run of a set of rules to the fixpoint. A worklist finds follow-ups close to a change; rounds
 * over the whole graph, until one changes nothing, find what depends on something further away.
 */
final class Rewriter {
  /** Values with more readers wait for the next round: following them each time is quadratic. */
  private static final int NEAR = 16;

  private final WorkGraph graph;
  private final List<Rule> rules;
  private final PassContext context;
  private final RewriteContext view;
  private final Deque<Slot> queue = new ArrayDeque<>();
  private final long budget;
  private final Map<Rule, Long> applied = new LinkedHashMap<>();

  /** By elementwise function or class of operator. */
  private final Map<Object, List<Rule>> rulesByKind = new LinkedHashMap<>();

  private long applications;

  Rewriter(Graph graph, List<Rule> rules, PassContext context, int budgetPerNode) {
    this.graph = new WorkGraph(graph);
    this.rules = rules;
    this.context = context;
    this.view = new RewriteContext(this.graph);
    this.budget = 100L + (long) budgetPerNode * graph.nodes().size();
  }

  Graph run() {
    long before;
    do {
      before = applications;
      graph.slots().forEach(this::enqueue);
      for (Slot s = queue.poll(); s != null; s = queue.poll()) {
        s.queued = false;
        visit(s);
      }
    } while (applications > before);
    return graph.build();
  }

  private void enqueue(Slot s) {
    if (s.alive && !s.queued && !(s.node.op() instanceof Constant)) {
      s.queued = true;
      queue.add(s);
    }
  }

  /** Applies the first rule that fits; its follow-ups go to the queue. */
  private void visit(Slot root) {
    if (!root.alive || !isBound(root.node)) {
      return;
    }
    if (!context.mayApply()) {
      return;
    }
    for (Rule rule : rulesFor(root.node.op())) {
      view.begin();
      Optional<Replacement> replacement = rule.apply(root.node, view);
      if (replacement.isPresent()) {
        replace(root, rule, view.made(), replacement.get().values());
        return;
      }
    }
  }

  /** In their order those that operators of this kind can be the root of. */
  private List<Rule> rulesFor(Op op) {
    Object kind = op instanceof Elementwise e ? e.kind() : op.getClass();
    return rulesByKind.computeIfAbsent(
        kind, k -> rules.stream().filter(r -> r.roots().contain(op)).toList());
  }

  /** Rules read extents freely: they see only nodes without unbound ones. */
  private static boolean isBound(Node n) {
    return areBound(n.operands()) && areBound(n.results());
  }

  private static boolean areBound(List<Value> values) {
    for (Value v : values) {
      if (!v.shape().isConstant()) {
        return false;
      }
    }
    return true;
  }

  private void replace(Slot root, Rule rule, List<Node> made, List<Value> values) {
    Node old = root.node;
    check(rule, old, values);
    count(rule);
    List<Value> by = new ArrayList<>(values);
    List<Slot> added = new ArrayList<>();
    for (Node n : named(made, old.results(), by)) {
      added.add(graph.insertBefore(root, n));
    }
    List<Slot> users = old.results().stream().flatMap(v -> graph.userSlots(v).stream()).toList();
    for (int i = 0; i < by.size(); i++) {
      graph.replace(old.results().get(i), by.get(i));
    }
    List<Slot> removed = graph.removeDead(root);
    if (root.alive) {
      throw new IllegalStateException("rule " + rule.name() + " keeps its root " + old);
    }
    added.forEach(s -> removed.addAll(s.alive ? graph.removeDead(s) : List.of()));
    removed.removeAll(added);
    added.removeIf(s -> !s.alive);
    setOrigins(added, removed);
    report(rule, added, removed, old.results(), by);
    follow(added, removed, users);
  }

  private void check(Rule rule, Node old, List<Value> values) {
    List<TensorType> was = old.results().stream().map(Value::type).toList();
    List<TensorType> is = values.stream().map(Value::type).toList();
    if (!was.equals(is)) {
      throw new IllegalStateException(
          "rule " + rule.name() + " replaces " + was + " of " + old.op() + " by " + is);
    }
  }

  private void count(Rule rule) {
    applied.merge(rule, 1L, Long::sum);
    if (++applications > budget) {
      Map<String, Long> counts = new TreeMap<>();
      applied.forEach((r, n) -> counts.put(r.name(), n));
      throw new IllegalStateException(
          "more than " + budget + " rule applications; these undo each other: " + counts);
    }
  }

  /** New values that stand for named ones take over their names; {@code by} is updated. */
  private static List<Node> named(List<Node> made, List<Value> old, List<Value> by) {
    Map<Integer, Value> renamed = new TreeMap<>();
    for (Node n : made) {
      for (Value v : n.results()) {
        int at = by.indexOf(v);
        if (at >= 0 && v.name().isEmpty()) {
          renamed.put(v.id(), new Value(v.id(), old.get(at).name(), v.type()));
        }
      }
    }
    by.replaceAll(v -> renamed.getOrDefault(v.id(), v));
    return made.stream()
        .map(
            n ->
                new Node(
                    n.op(),
                    renamed(n.operands(), renamed),
                    renamed(n.results(), renamed),
                    n.origin()))
        .toList();
  }

  private static List<Value> renamed(List<Value> values, Map<Integer, Value> names) {
    return values.stream().map(v -> names.getOrDefault(v.id(), v)).toList();
  }

  private void setOrigins(List<Slot> added, List<Slot> removed) {
    Origin origin = Origin.NONE;
    for (Slot s : removed) {
      origin = origin.and(s.node.origin());
    }
    for (Slot s : added) {
      if (!(s.node.op() instanceof Constant)) {
        graph.setOrigin(s, origin);
      }
    }
  }

  private void report(
      Rule rule, List<Slot> added, List<Slot> removed, List<Value> before, List<Value> after) {
    long number = context.countApplication();
    context
        .listener()
        .applied(
            new Application(
                number,
                rule.name(),
                removed.stream().map(s -> s.node).toList(),
                added.stream().map(s -> s.node).toList(),
                before,
                after));
  }

  private void follow(List<Slot> added, List<Slot> removed, List<Slot> users) {
    added.forEach(this::enqueue);
    users.forEach(this::enqueue);
    if (users.size() <= NEAR) {
      for (Slot user : users) {
        user.node.results().forEach(this::enqueueUsers);
      }
    }
    // Rules that want a value for themselves may fit now that a reader has gone.
    for (Slot s : removed) {
      for (Value v : s.node.operands()) {
        if (graph.knows(v) && graph.useCount(v) == 1) {
          enqueueUsers(v);
        }
      }
    }
  }

  private void enqueueUsers(Value v) {
    if (graph.knows(v) && graph.useCount(v) <= NEAR) {
      graph.userSlots(v).forEach(this::enqueue);
    }
  }
}
