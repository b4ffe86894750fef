package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.tensorflow.proto.FunctionDef;
import dev.nncc.frontend.tensorflow.proto.NodeDef;
import dev.nncc.frontend.tensorflow.proto.OpDef.ArgDef;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.NearNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The nodes of the main graph or of a function, by name. */
final class Body {
  private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
  private final @Nullable FunctionDef function;

  private Body(List<NodeDef> list, @Nullable FunctionDef function) {
    this.function = function;
    for (NodeDef n : list) {
      require(!n.getName().isEmpty(), "a node of operator '%s' has no name", n.getOp());
      require(nodes.put(n.getName(), n) == null, "node '%s' is defined twice", n.getName());
    }
  }

  static Body of(List<NodeDef> nodes) {
    return new Body(nodes, null);
  }

  static Body of(FunctionDef function) {
    return new Body(function.getNodeDefList(), function);
  }

  boolean isFunction() {
    return function != null;
  }

  boolean has(String name) {
    return nodes.containsKey(name);
  }

  NodeDef node(String name) {
    NodeDef n = nodes.get(name);
    if (n == null) {
      throw new ModelException(
          "there is no node '" + name + "'" + NearNames.hint(name, nodes.keySet()));
    }
    return n;
  }

  List<NodeDef> all() {
    return new ArrayList<>(nodes.values());
  }

  /** Names of a function's arguments. */
  List<String> arguments() {
    return function == null
        ? List.of()
        : function.getSignature().getInputArgList().stream().map(ArgDef::getName).toList();
  }

  /** What a function gives back, in order. */
  List<Ref> results() {
    List<Ref> out = new ArrayList<>();
    if (function != null) {
      for (ArgDef a : function.getSignature().getOutputArgList()) {
        String from = function.getRetMap().get(a.getName());
        require(from != null, "the function does not say what '%s' is", a.getName());
        out.add(Ref.parse(String.valueOf(from), this));
      }
    }
    return out;
  }

  /** The values that a node reads, those for order only left out. */
  List<Ref> inputs(NodeDef n) {
    List<Ref> out = new ArrayList<>();
    for (String in : n.getInputList()) {
      if (!Ref.isControl(in)) {
        out.add(Ref.parse(in, this));
      }
    }
    return out;
  }

  Ref input(NodeDef n, int i) {
    List<Ref> all = inputs(n);
    require(i < all.size(), "node '%s' has no input %d", n.getName(), i);
    return all.get(i);
  }

  /**
   * What tells on which side of a condition a node stands that reads nothing of it: the identities
   * of switches among the nodes that it waits for. Those of loops tell nothing.
   */
  List<Ref> pivots(NodeDef n) {
    List<Ref> out = new ArrayList<>();
    for (String in : n.getInputList()) {
      String name = Ref.isControl(in) ? in.substring(1) : "";
      if (has(name) && node(name).getOp().equals("Identity") && !inputs(node(name)).isEmpty()) {
        Ref from = input(node(name), 0);
        boolean gate = has(from.node()) && node(from.node()).getOp().equals("Switch");
        if (gate && !isLoopCondition(input(node(from.node()), 1))) {
          out.add(new Ref(name, 0));
        }
      }
    }
    return out;
  }

  private boolean isLoopCondition(Ref r) {
    return has(r.node()) && node(r.node()).getOp().equals("LoopCond");
  }
}
