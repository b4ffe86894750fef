package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A chain of Reshapes and Transposes becomes the shortest one that does the same, with one
 * Transpose at most: {@code Transpose(Reshape(Transpose(x))) -> Reshape(Transpose(Reshape(x)))}
 * where extents divide each other, nothing at all where all cancel. Values between that others read
 * stay, and count as no gain.
 */
public record MergeMovements() implements Rule {
  /** Links of a chain that are looked at; longer ones shrink in several steps. */
  private static final int MOST = 8;

  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Reshape.class, Transpose.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    List<Node> chain = chain(root, context);
    for (int length = chain.size(); length >= 2; length--) {
      List<Node> links = chain.subList(0, length);
      Optional<List<Op>> ops = shorter(links, context);
      if (ops.isPresent()) {
        Value v = links.get(length - 1).operand(0);
        for (Op op : ops.get()) {
          v = context.add(op, v);
        }
        return Replacement.by(v);
      }
    }
    return Optional.empty();
  }

  /** The root and the movements in front of it, nearest first. */
  private static List<Node> chain(Node root, RewriteContext context) {
    List<Node> chain = new ArrayList<>();
    Optional<Node> next = Optional.of(root).filter(MergeMovements::moves);
    while (next.isPresent() && chain.size() < MOST) {
      chain.add(next.get());
      next = context.producer(next.get().operand(0)).filter(MergeMovements::moves);
    }
    return chain;
  }

  private static boolean moves(Node n) {
    boolean movement = n.op() instanceof Reshape || n.op() instanceof Transpose;
    return movement && n.result().shape().elements() > 0;
  }

  private static Optional<List<Op>> shorter(List<Node> links, RewriteContext context) {
    Value x = links.get(links.size() - 1).operand(0);
    Optional<Rearrangement> all = Optional.of(Rearrangement.identity(x.shape()));
    for (int i = links.size() - 1; i >= 0; i--) {
      Op op = links.get(i).op();
      all = all.flatMap(r -> r.then(op));
    }
    List<Op> saved = new ArrayList<>();
    for (int i = 0; i < links.size(); i++) {
      if (i > 0 && !context.hasOneUse(links.get(i).result())) {
        break;
      }
      saved.add(links.get(i).op());
    }
    return all.map(Rearrangement::ops)
        .filter(
            ops ->
                transposes(ops) < transposes(saved)
                    || transposes(ops) == transposes(saved) && ops.size() < saved.size());
  }

  private static long transposes(List<Op> ops) {
    return ops.stream().filter(op -> op instanceof Transpose).count();
  }
}
