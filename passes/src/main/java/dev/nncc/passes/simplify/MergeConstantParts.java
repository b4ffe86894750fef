package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code Concat(x, c, d, y) -> Concat(x, cd, y)} for constants side by side, and parts without
 * elements are left out.
 */
public record MergeConstantParts() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Concat.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Concat concat)
        || root.operands().stream().allMatch(context::isConstant)
        || root.result().shape().elements() == 0) {
      return Optional.empty();
    }
    List<Value> parts = new ArrayList<>();
    List<Tensor> constants = new ArrayList<>();
    for (Value v : root.operands()) {
      Optional<Tensor> t = context.constant(v);
      if (v.shape().elements() == 0) {
        continue;
      }
      if (t.isPresent()) {
        constants.add(t.get());
        continue;
      }
      flush(concat, constants, parts, context);
      parts.add(v);
    }
    flush(concat, constants, parts, context);
    return parts.size() == root.operands().size()
        ? Optional.empty()
        : Optional.of(new Replacement(context.addAll(concat, parts)));
  }

  private static void flush(
      Concat concat, List<Tensor> constants, List<Value> parts, RewriteContext context) {
    if (!constants.isEmpty()) {
      parts.add(context.constant(joined(concat, List.copyOf(constants))));
      constants.clear();
    }
  }

  private static Tensor joined(Concat concat, List<Tensor> parts) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    TensorType type = concat.infer(parts.stream().map(Tensor::type).toList()).get(0);
    return new Tensor(
        type, Payload.lazy(type.bytes(), () -> concat.evaluate(parts).get(0).payload().bytes()));
  }
}
