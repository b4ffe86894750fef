package dev.nncc.graph.random;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import java.util.List;
import java.util.Random;

/**
 * A random graph and inputs for it. Nodes whose results are all special or huge on these inputs are
 * mostly left out, so that what comes behind them still means something.
 *
 * @param inputs in the graph's order
 */
public record RandomGraph(Graph graph, List<Tensor> inputs) {
  public RandomGraph {
    inputs = List.copyOf(inputs);
  }

  /** What belongs to a number: always the same. */
  public static RandomGraph of(long seed) {
    Random random = new Random(seed * 0x9e3779b97f4a7c15L ^ 0x5deece66dL);
    boolean recurrent = random.nextInt(12) == 0;
    Growth g = new Growth(random);
    int size = 2 + random.nextInt(14);
    if (recurrent) {
      // Many nodes: others join them, else there would be nothing in front and behind.
      grow(g, random);
      RecurrentGrowth.grow(g);
      size += g.nodes();
    }
    for (int step = 0; step < 6 * size && g.nodes() < size; step++) {
      grow(g, random);
    }
    return g.done();
  }

  private static void grow(Growth g, Random random) {
    switch (random.nextInt(15)) {
      case 0, 1 -> ElementwiseGrowth.unary(g);
      case 2, 3 -> ElementwiseGrowth.binary(g);
      case 4 -> ElementwiseGrowth.choice(g);
      case 5 -> ContractionGrowth.grow(g);
      case 6, 7 -> MovementGrowth.grow(g);
      case 8 -> ReductionGrowth.grow(g);
      case 9 -> IndexingGrowth.grow(g);
      case 10 -> g.again();
      case 11, 12 -> ChainGrowth.grow(g);
      default -> PatternGrowth.grow(g);
    }
  }
}
