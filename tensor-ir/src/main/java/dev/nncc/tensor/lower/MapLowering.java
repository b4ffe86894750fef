package dev.nncc.tensor.lower;

import dev.nncc.graph.Node;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.region.Region;
import java.util.List;

/**
 * Operators each of whose elements is one expression of the operands: one visit of every element of
 * the result.
 */
final class MapLowering implements Lowering {
  /** The anchor's element at a logical index of its result. */
  interface Element {
    /**
     * @param loose axis whose index may run into padding lanes, or -1
     */
    Expr at(PhaseBuilder phase, Node node, List<Expr> index, int loose);
  }

  private final String name;
  private final Element element;

  MapLowering(String name, Element element) {
    this.name = name;
    this.element = element;
  }

  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Domain out = Domain.of(phase.resultStorage(0), "i");
    Node node = region.requireAnchor();
    Expr value = element.at(phase, node, out.logical(), out.paddedAxis());
    var body = out.nest(new Epilogue(phase, out).anchor(value).stores());
    return List.of(phase.build(name, body, node.result().shape().elements()));
  }
}
