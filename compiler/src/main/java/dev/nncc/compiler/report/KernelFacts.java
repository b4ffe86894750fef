package dev.nncc.compiler.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nncc.compiler.Anatomy;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Fused;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.placement.Home;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.Pointer;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Boxes of the graph that is compiled: kernels with their calls, work and sizes. */
final class KernelFacts implements GraphData.Facts {
  private static final int BODY = 2_000;

  private final Anatomy anatomy;
  private final Placement placement;
  private final Map<Node, List<Integer>> stepsOf = new LinkedHashMap<>();

  /** How many steps call a function. */
  private final int[] calls;

  KernelFacts(Anatomy anatomy) {
    this.anatomy = anatomy;
    this.placement = anatomy.placement();
    List<RunPlan.Step> steps = anatomy.plan().steps();
    calls = new int[anatomy.functions().size()];
    for (int i = 0; i < steps.size(); i++) {
      stepsOf.computeIfAbsent(steps.get(i).node(), n -> new ArrayList<>()).add(i);
      calls[anatomy.functionOfStep().get(i)]++;
    }
  }

  @Override
  public Kinds kind(Node n) {
    if (!stepsOf.containsKey(n)) {
      return Kinds.VIEW;
    }
    return isCopy(n) ? Kinds.MOVEMENT : Kinds.of(n.op());
  }

  @Override
  public String title(Node n) {
    return isCopy(n) ? "Convert layout" : Kinds.title(n);
  }

  private static boolean isCopy(Node n) {
    return n.op() instanceof Elementwise e && e.kind() == ElementwiseKind.IDENTITY;
  }

  @Override
  public void add(Node n, ObjectNode box) {
    if (n.op() instanceof Fused f) {
      box.put("body", NodeText.of(f.body().nodes(), BODY));
    }
    ArrayNode steps = box.putArray("steps");
    for (int s : stepsOf.getOrDefault(n, List.of())) {
      RunPlan.Step step = anatomy.plan().steps().get(s);
      Anatomy.Function function = anatomy.functions().get(anatomy.functionOfStep().get(s));
      steps
          .addObject()
          .put("step", s)
          .put("function", function.name())
          .put("flops", step.phase().flops())
          .put("moved", bytes(step, false))
          .put("weights", bytes(step, true))
          .put("code", function.codeBytes())
          .put("calls", calls[anatomy.functionOfStep().get(s)])
          .put("parallel", function.parallel());
    }
  }

  /** Bytes of the constants of a call, or of its other arguments, each once. */
  private static long bytes(RunPlan.Step step, boolean constants) {
    long bytes = 0;
    List<Buffer> args = step.phase().kernel().args();
    for (int i = 0; i < args.size(); i++) {
      Pointer p = step.pointers().get(i);
      boolean constant = p instanceof Pointer.Weights || p instanceof Pointer.Prepared;
      if (constant == constants) {
        long elements = 1;
        for (long n : args.get(i).shape()) {
          elements *= n;
        }
        bytes += elements * args.get(i).type().bytes();
      }
    }
    return bytes;
  }

  /** {@code rows, caller's input}, {@code blocks of 16 on axis 1, view of x}. */
  @Override
  public String layout(Value v) {
    Storage s = placement.storage(v);
    List<String> words = new ArrayList<>();
    words.add(s.isBlocked() ? "blocks of " + Storage.BLOCK + " on axis " + s.blockAxis() : "rows");
    if (s.hasBorder()) {
      words.add("border " + border(s));
    }
    Value root = placement.root(v);
    if (!root.equals(v)) {
      words.add("view of " + NodeText.value(root));
    } else if (placement.home(root) instanceof Home.Input) {
      words.add("caller's input");
    } else if (placement.home(root) instanceof Home.State) {
      words.add("kept in the context");
    } else if (placement.home(root) instanceof Home.Output) {
      words.add("caller's output");
    } else {
      words.add(String.format(Locale.ROOT, "%,d bytes", s.elements() * s.dtype().bytes()));
    }
    return String.join(", ", words);
  }

  /** {@code 1+1 on axis 2, 1+1 on axis 3}: elements in front and behind. */
  private static String border(Storage s) {
    List<String> axes = new ArrayList<>();
    for (int a = 0; a < s.shape().size(); a++) {
      if (s.lo(a) != 0 || s.hi(a) != 0) {
        axes.add(s.lo(a) + "+" + s.hi(a) + " on axis " + a);
      }
    }
    return String.join(", ", axes);
  }
}
