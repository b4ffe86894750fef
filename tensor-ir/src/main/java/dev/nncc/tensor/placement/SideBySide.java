package dev.nncc.tensor.placement;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.Slice;
import dev.nncc.tensor.region.Region;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Concatenations of channels that are shuffled: every second (third, ..) channel goes one way, the
 * others another. They lie with their channels side by side, behind the picture. A convolution
 * writes its part there wherever that begins, and reads every second channel as it would read all;
 * in blocks both would be copies, since parts begin and steps lead anywhere in a block. What goes
 * on to the next concatenation is the one copy left.
 */
final class SideBySide {
  private static final int CHANNELS = 1;

  private SideBySide() {}

  /** The concatenations of a graph that lie so. */
  static Set<Value> of(Graph graph) {
    Set<Value> all = new LinkedHashSet<>();
    for (Node n : graph.nodes()) {
      if (n.op() instanceof Concat c && c.axis() == CHANNELS && isShuffled(graph, n)) {
        all.add(n.result());
      }
    }
    return all;
  }

  /** Whether a value is written straight into one of them. */
  static boolean isPart(Graph graph, Value v, Set<Value> sideBySide) {
    return isOnlyFor(graph, v) && sideBySide.contains(graph.uses(v).get(0).results().get(0));
  }

  private static boolean isOnlyFor(Graph graph, Value v) {
    return graph.hasOneUse(v) && !graph.isOutput(v);
  }

  private static boolean isShuffled(Graph graph, Node concat) {
    Value whole = concat.result();
    List<Node> uses = graph.uses(whole);
    boolean takenApart =
        uses.stream().anyMatch(SideBySide::isStrided)
            || concat.operands().stream()
                .anyMatch(v -> graph.producer(v).filter(SideBySide::isStrided).isPresent());
    return takenApart
        && whole.shape().rank() == 4
        && !graph.isOutput(whole)
        && concat.operands().stream().anyMatch(v -> isOfConv(graph, v))
        && uses.stream().allMatch(n -> n.op() instanceof Slice ? feeds(graph, n) : reads(n, whole));
  }

  private static boolean isStrided(Node n) {
    return n.op() instanceof Slice s && s.steps().size() > CHANNELS && s.steps().get(CHANNELS) > 1;
  }

  private static boolean isOfConv(Graph graph, Value v) {
    Optional<Node> made = graph.producer(v);
    return isOnlyFor(graph, v)
        && made.filter(n -> n.results().size() == 1)
            .map(Region::of)
            .flatMap(Region::anchor)
            .filter(a -> a.op() instanceof Conv)
            .isPresent();
  }

  /** Whether a slice of channels goes to convolutions and concatenations only. */
  private static boolean feeds(Graph graph, Node slice) {
    Slice s = (Slice) slice.op();
    for (int a = 0; a < s.sizes().size(); a++) {
      boolean plain = a == CHANNELS || s.sizes().get(a) == slice.operand(0).shape().dim(a);
      if (!plain || s.steps().get(a) < 1) {
        return false;
      }
    }
    return !graph.isOutput(slice.result())
        && graph.uses(slice.result()).stream()
            .allMatch(n -> n.op() instanceof Concat || reads(n, slice.result()));
  }

  /** Whether a convolution or pool reads the value and does nothing else with it. */
  private static boolean reads(Node user, Value v) {
    Region region = Region.of(user);
    return region.anchor().filter(a -> a.op() instanceof Conv || a.op() instanceof Pool).isPresent()
        && region
            .outerOf(region.narrow(region.requireAnchor().operand(0)))
            .filter(v::equals)
            .isPresent()
        && user.operands().stream().filter(v::equals).count() == 1;
  }
}
