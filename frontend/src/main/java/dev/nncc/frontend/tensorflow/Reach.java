package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.tensorflow.proto.AttrValue;
import dev.nncc.frontend.tensorflow.proto.FunctionDef;
import dev.nncc.frontend.tensorflow.proto.GraphDef;
import dev.nncc.frontend.tensorflow.proto.NameAttrList;
import dev.nncc.frontend.tensorflow.proto.NodeDef;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * The operators between the ends of a model, in the functions that it calls too. A model's library
 * also holds the functions that train and save it, and what lies in front of a cut is no part of
 * what is compiled.
 */
final class Reach {
  private final Map<String, FunctionDef> library = new LinkedHashMap<>();
  private final Set<String> called = new LinkedHashSet<>();
  private final Deque<String> open = new ArrayDeque<>();
  private final Map<String, Integer> operators = new TreeMap<>();

  private Reach(GraphDef graph) {
    for (FunctionDef f : graph.getLibrary().getFunctionList()) {
      library.put(f.getSignature().getName(), f);
    }
  }

  /** How many nodes of each operator there are; those of a function once, whoever calls it. */
  static Map<String, Integer> operators(GraphDef graph, Body body, ModelEnds ends) {
    Reach r = new Reach(graph);
    r.walk(
        body,
        ends.outputs().stream().map(ModelEnds.End::ref).toList(),
        ends.inputs().stream().map(ModelEnds.End::ref).toList());
    while (!r.open.isEmpty()) {
      // Only names that the library has become open.
      Body inner = Body.of(Objects.requireNonNull(r.library.get(r.open.remove())));
      r.walk(inner, inner.results(), List.of());
    }
    return r.operators;
  }

  private void walk(Body body, List<Ref> outputs, List<Ref> inputs) {
    Set<String> seen = new LinkedHashSet<>();
    Deque<Ref> refs = new ArrayDeque<>(outputs);
    while (!refs.isEmpty()) {
      Ref r = refs.remove();
      if (!inputs.contains(r) && body.has(r.node()) && seen.add(r.node())) {
        NodeDef n = body.node(r.node());
        if (!call(n.getOp())) {
          operators.merge(n.getOp(), 1, Integer::sum);
        }
        functions(n).forEach(this::call);
        refs.addAll(body.inputs(n));
      }
    }
  }

  /** Whether it is a function. */
  private boolean call(String function) {
    boolean known = library.containsKey(function);
    if (known && called.add(function)) {
      open.add(function);
    }
    return known;
  }

  private static List<String> functions(NodeDef n) {
    List<String> out = new ArrayList<>();
    for (AttrValue a : n.getAttrMap().values()) {
      if (a.hasFunc()) {
        out.add(a.getFunc().getName());
      }
      a.getList().getFuncList().stream().map(NameAttrList::getName).forEach(out::add);
    }
    return out;
  }
}
