package dev.nncc.tensor.placement;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.InstanceNorm;
import dev.nncc.graph.op.Lrn;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Transpose;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.storage.Storage;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which values lie in blocks of channels. Convolutions make blocks; what works on each channel
 * alone keeps them; everything else reads any layout and writes row-major. A value has one layout;
 * consumers adapt by index.
 */
final class Layouts {
  private static final int CHANNELS = 1;

  /** Adding up the lanes of a vector, in multiply-adds. */
  private static final double ACROSS = 10;

  private static final double GAIN = 0.5;

  private final Graph graph;
  private final Set<Value> blocked = new LinkedHashSet<>();
  private final Set<Value> sideBySide;

  private Layouts(Graph graph) {
    this.graph = graph;
    sideBySide = SideBySide.of(graph);
  }

  /**
   * The values blocked at axis 1.
   *
   * @param chosen values that are blocked whatever makes them
   */
  static Set<Value> blocked(Graph graph, Set<Value> chosen) {
    Layouts l = new Layouts(graph);
    l.blocked.addAll(chosen);
    for (Node n : graph.nodes()) {
      if (l.makesBlocks(n)) {
        boolean conv = Region.of(n).anchor().filter(a -> a.op() instanceof Conv).isPresent();
        n.results().stream().filter(v -> !conv || !l.isSideBySide(v)).forEach(l.blocked::add);
      }
    }
    return l.blocked;
  }

  private boolean isSideBySide(Value v) {
    return Views.leadsToChannelsLast(graph, v) || SideBySide.isPart(graph, v, sideBySide);
  }

  private boolean makesBlocks(Node n) {
    Region region = Region.of(n);
    TensorType first = n.results().get(0).type();
    boolean parts = region.part(0).isPresent();
    for (Value r : n.results()) {
      // All results of a region are visited by one set of loops.
      if (r.shape().rank() < 3
          || r.shape().rank() > 5
          || !(parts || r.shape().equals(first.shape()))
          || r.shape().elements() == 0) {
        return false;
      }
    }
    boolean conv =
        region
            .anchor()
            .filter(a -> a.op() instanceof Conv || a.op() instanceof ConvTranspose)
            .isPresent();
    if (!conv && n.results().stream().allMatch(this::isOnlyRearranged)) {
      return false;
    }
    if (region.anchor().isEmpty()) {
      return elementwise(n, first);
    }
    if (sideBySide.contains(n.results().get(0))) {
      return false;
    }
    Node anchor = region.requireAnchor();
    boolean one = anchor.results().size() == 1;
    if (!one || !parts && !anchor.result().shape().equals(first.shape())) {
      return false;
    }
    return anchored(anchor, region);
  }

  /**
   * Whether all readers want rows: outputs, and views that blocks would make copies. What stores a
   * value once can as well store it in rows; a convolution cannot, since it makes blocks of results
   * at a time.
   */
  private boolean isOnlyRearranged(Value v) {
    return graph.uses(v).stream()
        .allMatch(n -> n.op() instanceof Reshape || n.op() instanceof Transpose);
  }

  /** Blocks if an operand of the result's own shape has them. */
  private boolean elementwise(Node n, TensorType result) {
    return n.operands().stream()
        .anyMatch(v -> blocked.contains(v) && v.shape().equals(result.shape()));
  }

  /**
   * Whether vectors of the input's channels, summed up in the end, are less work than a block of
   * result channels, most of which would be empty.
   */
  private static boolean sumsAcross(Node n, Conv c) {
    Shape w = n.operand(1).shape();
    double results = w.dim(0);
    double terms = (double) w.elements() / w.dim(0);
    return c.groups() == 1
        && w.dim(1) >= Storage.BLOCK
        && results * (terms / Storage.BLOCK + ACROSS) < GAIN * terms;
  }

  private boolean anchored(Node anchor, Region region) {
    Op op = anchor.op();
    Optional<Value> operand =
        anchor.operands().isEmpty() ? Optional.empty() : region.sourceOf(anchor.operand(0));
    boolean x = operand.isPresent() && blocked.contains(operand.get());
    if (op instanceof Conv c) {
      return !(x && region.part(0).isEmpty() && sumsAcross(anchor, c));
    }
    if (op instanceof ConvTranspose) {
      return true;
    }
    if (op instanceof Pool || op instanceof Lrn || op instanceof BatchNorm) {
      return x;
    }
    if (op instanceof InstanceNorm) {
      return x && anchor.result().shape().dim(CHANNELS) % Storage.BLOCK == 0;
    }
    if (op instanceof Resize r) {
      return x && r.sizes().get(CHANNELS) == anchor.operand(0).shape().dim(CHANNELS);
    }
    if (op instanceof Pad p) {
      boolean behind = p.after().get(CHANNELS) > 0;
      boolean zeros = p.mode() == PadMode.CONSTANT && p.value() == 0;
      return x && p.before().get(CHANNELS) == 0 && (!behind || zeros);
    }
    if (op instanceof Reduce r) {
      return x && r.keepDims() && !r.axes().contains(CHANNELS);
    }
    if (op instanceof Slice s) {
      return x && s.steps().get(CHANNELS) == 1 && s.sizes().get(CHANNELS) >= Storage.BLOCK;
    }
    return op instanceof Concat c && concat(anchor, c, region);
  }

  /** Parts must begin at blocks and leave no padding lanes between them. */
  private boolean concat(Node anchor, Concat c, Region region) {
    List<Value> parts = anchor.operands();
    if (anchor.result().shape().dim(CHANNELS) % Storage.BLOCK != 0) {
      return false;
    }
    for (Value part : parts) {
      boolean whole = part.shape().dim(CHANNELS) % Storage.BLOCK == 0;
      Optional<Value> outer = region.outerOf(part);
      if (outer.isEmpty() || !blocked.contains(outer.get()) || (c.axis() == CHANNELS && !whole)) {
        return false;
      }
    }
    return true;
  }
}
