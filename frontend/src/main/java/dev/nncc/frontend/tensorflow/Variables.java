package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import com.google.protobuf.ByteString;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.tensorflow.proto.FunctionDef;
import dev.nncc.frontend.tensorflow.proto.GraphDef;
import dev.nncc.frontend.tensorflow.proto.NodeDef;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The values of variables. Which tensor of the checkpoint a variable gets is written in the nodes
 * that restore it: an assignment of what RestoreV2 gives. Without such nodes the names are equal.
 */
final class Variables {
  private static final int DEPTH = 8;
  private static final Set<String> CALLS = Set.of("PartitionedCall", "StatefulPartitionedCall");
  private static final Set<String> HANDLES =
      Set.of("VarHandleOp", "VariableV2", "Variable", "AutoReloadVariable");

  private final Optional<Checkpoint> checkpoint;
  private final Body main;
  private final Map<String, FunctionDef> functions = new LinkedHashMap<>();
  private final Map<String, Source> sources = new LinkedHashMap<>();
  private final Map<String, Operand> values = new LinkedHashMap<>();

  /** A tensor of the checkpoint, and which part of it ("" for all). */
  private record Source(String key, String part) {}

  Variables(GraphDef graph, Body main, Optional<Checkpoint> checkpoint) {
    this.checkpoint = checkpoint;
    this.main = main;
    if (checkpoint.isPresent()) {
      for (FunctionDef f : graph.getLibrary().getFunctionList()) {
        functions.put(f.getSignature().getName(), f);
      }
      scan(main, Map.of(), 0);
    }
  }

  /** Whether a graph, or one of its functions, has variables. */
  static boolean isIn(GraphDef graph) {
    return Stream.concat(
            graph.getNodeList().stream(),
            graph.getLibrary().getFunctionList().stream().flatMap(f -> f.getNodeDefList().stream()))
        .anyMatch(n -> HANDLES.contains(n.getOp()));
  }

  /** The value of the variable that a node of the main graph stands for. */
  Operand value(String node) {
    Operand known = values.get(node);
    if (known == null) {
      known = Operand.known(node, read(node));
      values.put(node, known);
    }
    return known;
  }

  /** Elements of all that have been read. */
  long elements() {
    return values.values().stream().mapToLong(o -> o.shape().elements()).sum();
  }

  private Tensor read(String node) {
    Checkpoint c =
        checkpoint.orElseThrow(
            () ->
                new ModelException(
                    "variable '"
                        + node
                        + "' has no value: the model is not frozen and there is no"
                        + " checkpoint beside it (--weights names one)"));
    Source s = sources.get(node);
    if (s == null) {
      String shared =
          main.has(node) ? new Attributes(main.node(node), Map.of()).text("shared_name", "") : "";
      s = new Source(c.has(node) ? node : c.has(shared) ? shared : node, "");
    }
    Tensor all = c.tensor(s.key());
    return s.part().isEmpty() ? all : part(all, s.part());
  }

  /** The part of a tensor that a text such as {@code "10 4 0,5:-"} names. */
  private static Tensor part(Tensor all, String text) {
    String[] extents = text.substring(text.lastIndexOf(' ') + 1).split(":", -1);
    require(
        extents.length == all.shape().rank(), "the slice '%s' does not fit %s", text, all.type());
    List<Long> starts = new ArrayList<>();
    List<Long> sizes = new ArrayList<>();
    for (int i = 0; i < extents.length; i++) {
      String[] ends = extents[i].split(",", -1);
      boolean full = extents[i].equals("-");
      require(
          full
              || ends.length == 2
                  && ends[0].matches("[0-9]{1,15}")
                  && ends[1].matches("[0-9]{1,15}"),
          "'%s' is no slice",
          text);
      starts.add(full ? 0L : Long.parseLong(ends[0]));
      sizes.add(full ? all.shape().dim(i) : Long.parseLong(ends[1]));
    }
    Slice slice = new Slice(starts, sizes, Collections.nCopies(extents.length, 1L));
    slice.infer(List.of(all.type()));
    return Shape.of(sizes).equals(all.shape()) ? all : slice.evaluate(List.of(all)).get(0);
  }

  /**
   * Looks for assignments.
   *
   * @param arguments variables by the names of a function's arguments
   */
  private void scan(Body body, Map<String, String> arguments, int depth) {
    for (NodeDef n : body.all()) {
      FunctionDef called = called(n);
      if (n.getOp().equals("AssignVariableOp") || n.getOp().equals("Assign")) {
        assignment(n, body, arguments);
      } else if (called != null && depth < DEPTH && restores(called)) {
        Body inner = Body.of(called);
        Map<String, String> names = new LinkedHashMap<>();
        List<Ref> inputs = body.inputs(n);
        List<String> arg = inner.arguments();
        for (int i = 0; i < Math.min(arg.size(), inputs.size()); i++) {
          String variable = variable(inputs.get(i), body, arguments);
          if (variable != null) {
            names.put(arg.get(i), variable);
          }
        }
        scan(inner, names, depth + 1);
      }
    }
  }

  private @Nullable FunctionDef called(NodeDef n) {
    return CALLS.contains(n.getOp())
        ? functions.get(new Attributes(n, Map.of()).function("f").getName())
        : null;
  }

  private static boolean restores(FunctionDef f) {
    return f.getNodeDefList().stream()
        .anyMatch(n -> n.getOp().equals("RestoreV2") || CALLS.contains(n.getOp()));
  }

  private void assignment(NodeDef n, Body body, Map<String, String> arguments) {
    List<Ref> inputs = body.inputs(n);
    if (inputs.size() < 2) {
      return;
    }
    String variable = variable(inputs.get(0), body, arguments);
    Ref value = behindIdentities(inputs.get(1), body);
    if (variable == null || !body.has(value.node())) {
      return;
    }
    NodeDef restore = body.node(value.node());
    if (restore.getOp().equals("RestoreV2")) {
      List<ByteString> names = strings(restore, 1, body);
      List<ByteString> parts = strings(restore, 2, body);
      if (value.output() < names.size()) {
        String part = value.output() < parts.size() ? parts.get(value.output()).toStringUtf8() : "";
        sources.put(variable, new Source(names.get(value.output()).toStringUtf8(), part));
      }
    }
  }

  private static List<ByteString> strings(NodeDef n, int input, Body body) {
    List<Ref> inputs = body.inputs(n);
    Ref r = input < inputs.size() ? behindIdentities(inputs.get(input), body) : new Ref("", 0);
    if (!body.has(r.node()) || !body.node(r.node()).getOp().equals("Const")) {
      return List.of();
    }
    return Tensors.strings(new Attributes(body.node(r.node()), Map.of()).tensor("value"));
  }

  private static @Nullable String variable(Ref from, Body body, Map<String, String> arguments) {
    Ref r = behindIdentities(from, body);
    if (!body.has(r.node())) {
      return arguments.get(r.node());
    }
    return HANDLES.contains(body.node(r.node()).getOp()) && !body.isFunction() ? r.node() : null;
  }

  private static Ref behindIdentities(Ref from, Body body) {
    Ref r = from;
    for (int i = 0; i < DEPTH && body.has(r.node()); i++) {
      NodeDef n = body.node(r.node());
      if (!n.getOp().equals("Identity") || body.inputs(n).isEmpty()) {
        break;
      }
      r = body.input(n, 0);
    }
    return r;
  }
}
