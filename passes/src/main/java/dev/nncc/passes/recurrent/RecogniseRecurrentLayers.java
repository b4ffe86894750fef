package dev.nncc.passes.recurrent;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.clean.Strip;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code h1 = cell(x0, h0), h2 = cell(x1, h1), .. -> Lstm or Gru([x0, x1, ..], h0)}: loops are
 * written out when a model is imported, or were when it was made. As one operator the products with
 * the inputs are one, and the steps are rounds of a loop instead of kernels of their own.
 *
 * @param fewest steps, below which nothing changes
 */
public record RecogniseRecurrentLayers(int fewest) implements Pass {
  /** Each layer costs a walk over the graph. */
  private static final int MOST_LAYERS = 64;

  public RecogniseRecurrentLayers() {
    this(3);
  }

  @Override
  public String name() {
    return "recognise-recurrent-layers";
  }

  @Override
  public String description() {
    return "steps of LSTM and GRU layers that were written out become the layer";
  }

  @Override
  public Graph apply(Graph graph, PassContext context) {
    Graph g = graph;
    for (int i = 0; i < MOST_LAYERS; i++) {
      Optional<Graph> next = Optional.empty();
      for (Chain c : chains(g)) {
        next = next.isPresent() ? next : c.raised(g);
      }
      if (next.isEmpty()) {
        return g;
      }
      g = Strip.dropUnneeded(next.get());
    }
    return g;
  }

  private List<Chain> chains(Graph g) {
    Map<Rows, Cell> cells = new LinkedHashMap<>();
    Map<Rows, Chain> endingIn = new LinkedHashMap<>();
    List<Chain> all = new ArrayList<>();
    for (Node n : g.nodes()) {
      Cell cell = Cell.ending(g, n).orElse(null);
      if (cell == null) {
        continue;
      }
      Cell previous = cells.get(cell.before());
      Optional<Cell.Reading> read =
          previous == null || previous.lstm() != cell.lstm()
              ? Optional.empty()
              : cell.reading(Rows.all(previous.out())).filter(r -> r.layer().hasState());
      if (previous != null && read.isPresent()) {
        Chain c = endingIn.get(cell.before());
        if (c == null || !c.goesOnWith(cell) || !c.layer().equals(read.get().layer())) {
          c = started(g, previous, read.get().layer());
          all.add(c);
        }
        c.add(cell, read.get().inputs());
        endingIn.put(Rows.all(cell.next()), c);
      }
      cells.put(Rows.all(cell.next()), cell);
    }
    return all.stream().filter(c -> c.cells().size() >= fewest).toList();
  }

  /** A chain that begins with a step in front of which there is no other, or behind it. */
  private static Chain started(Graph g, Cell first, Layer layer) {
    for (Rows state : first.states()) {
      Optional<Cell.Reading> r = first.reading(state);
      boolean zero = r.isPresent() && r.get().layer().hasNoState();
      if (r.isPresent()
          && (zero
              ? layer.isWithoutState(g, r.get().layer(), first.out().dtype())
              : r.get().layer().equals(layer))) {
        Chain c = Chain.from(layer, zero ? null : state, first.before());
        c.add(first, r.get().inputs());
        return c;
      }
    }
    return Chain.from(layer, Rows.all(first.out()), Rows.all(first.next()));
  }
}
