package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Slice;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * {@code x * cos + Concat(-x2, x1) * sin -> Concat(x1 * cos1 - x2 * sin1, x2 * cos2 + x1 * sin2)}
 * for the halves of x along the last axis: rotary embeddings. Each half is one kernel that reads
 * halves in place, and nothing is copied to be rotated.
 */
public record SplitRotaryEmbedding() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.ADD);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.ADD) || root.result().shape().rank() == 0) {
      return Optional.empty();
    }
    for (int i = 0; i < 2; i++) {
      Optional<Node> straight = context.producer(root.operand(i), ElementwiseKind.MUL);
      Optional<Node> turned = context.producer(root.operand(1 - i), ElementwiseKind.MUL);
      for (int k = 0; k < 4 && straight.isPresent() && turned.isPresent(); k++) {
        Value x = straight.get().operand(k % 2);
        Value cos = straight.get().operand(1 - k % 2);
        Value rotated = turned.get().operand(k / 2);
        Value sin = turned.get().operand(1 - k / 2);
        if (x.type().equals(root.result().type()) && isRotated(rotated, x, context)) {
          return split(x, cos, sin, context);
        }
      }
    }
    return Optional.empty();
  }

  /** Whether the value is {@code Concat(-x2, x1)}. */
  private static boolean isRotated(Value v, Value x, RewriteContext context) {
    int last = x.shape().rank() - 1;
    Optional<Node> concat =
        context
            .onlyFor(v, Concat.class)
            .filter(n -> ((Concat) n.op()).axis() == last && n.operands().size() == 2);
    if (concat.isEmpty() || x.type().dim(last) % 2 != 0) {
      return false;
    }
    long half = x.type().dim(last) / 2;
    return Terms.argument(concat.get().operand(0), ElementwiseKind.NEG, context)
            .filter(w -> isPart(w, x, half, half, context))
            .isPresent()
        && isPart(concat.get().operand(1), x, 0, half, context);
  }

  private static boolean isPart(Value v, Value x, long start, long half, RewriteContext context) {
    return context
        .producer(v, Slice.class)
        .filter(n -> n.operand(0).equals(x) && n.op().equals(part(x, start, half)))
        .isPresent();
  }

  private static Slice part(Value v, long start, long size) {
    int rank = v.shape().rank();
    List<Long> starts = new ArrayList<>(Collections.nCopies(rank, 0L));
    List<Long> sizes = new ArrayList<>();
    for (long extent : v.shape().toArray()) {
      sizes.add(extent);
    }
    starts.set(rank - 1, start);
    sizes.set(rank - 1, size);
    return new Slice(starts, sizes, Collections.nCopies(rank, 1L));
  }

  private static Optional<Replacement> split(
      Value x, Value cos, Value sin, RewriteContext context) {
    int last = x.shape().rank() - 1;
    long half = x.type().dim(last) / 2;
    Value first = context.add(part(x, 0, half), x);
    Value second = context.add(part(x, half, half), x);
    Value left =
        context.add(
            ElementwiseKind.SUB,
            context.add(ElementwiseKind.MUL, first, half(cos, 0, half, context)),
            context.add(ElementwiseKind.MUL, second, half(sin, 0, half, context)));
    Value right =
        context.add(
            ElementwiseKind.ADD,
            context.add(ElementwiseKind.MUL, second, half(cos, half, half, context)),
            context.add(ElementwiseKind.MUL, first, half(sin, half, half, context)));
    return Replacement.by(context.add(new Concat(last), left, right));
  }

  /** A half of a factor; the factor itself where it is the same along the last axis. */
  private static Value half(Value factor, long start, long size, RewriteContext context) {
    int rank = factor.shape().rank();
    boolean same = rank == 0 || factor.type().dim(rank - 1) == 1;
    return same ? factor : context.add(part(factor, start, size), factor);
  }
}
