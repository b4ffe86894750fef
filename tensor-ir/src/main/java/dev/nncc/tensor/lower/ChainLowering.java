package dev.nncc.tensor.lower;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.storage.Storage;
import dev.nncc.tensor.winograd.Winograd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A region of regions: the phases of one after the other, with scratch memory between them. */
final class ChainLowering {
  private final Region chain;
  private final LowerContext context;
  private final Map<Value, Value> outer = new LinkedHashMap<>();
  private final Map<Value, Integer> between = new LinkedHashMap<>();
  private int scratches;

  ChainLowering(Region chain, LowerContext context) {
    this.chain = chain;
    this.context = context;
    Graph body = chain.body();
    body.inputs().forEach(v -> outer.put(v, chain.outerOf(v).orElseThrow()));
    for (int i = 0; i < body.outputs().size(); i++) {
      outer.put(body.outputs().get(i), chain.results().get(i));
    }
  }

  List<Phase> lower(Lowerings lowerings) {
    List<Phase> phases = new ArrayList<>();
    for (Node n : chain.body().nodes()) {
      Map<Integer, Integer> own = new LinkedHashMap<>();
      for (Phase p : lowerings.lower(n, new Inside())) {
        List<Argument> arguments = p.arguments().stream().map(a -> argument(a, own)).toList();
        phases.add(p.with(arguments));
      }
    }
    Set<Argument> inside = new LinkedHashSet<>();
    phases.forEach(
        p ->
            p.arguments().stream()
                .filter(Argument.OfScratch.class::isInstance)
                .forEach(inside::add));
    return RowFusion.of(phases, inside)
        .or(() -> BandFusion.of(phases, inside).map(BandFusion::fused))
        .map(List::of)
        .orElse(phases);
  }

  /**
   * A value of the body is one of the graph, or scratch.
   *
   * @param own numbers of the member's own scratch
   */
  private Argument argument(Argument a, Map<Integer, Integer> own) {
    if (a instanceof Argument.OfScratch s) {
      int id = own.computeIfAbsent(s.id(), k -> scratches++);
      return new Argument.OfScratch(id, s.bytes());
    }
    if (!(a instanceof Argument.OfValue v)) {
      return a;
    }
    Value o = outer.get(v.value());
    return o != null
        ? new Argument.OfValue(o)
        : new Argument.OfScratch(
            between.computeIfAbsent(v.value(), k -> scratches++), v.value().type().bytes());
  }

  /** The body's values: those it shares with the graph lie where they do there. */
  private final class Inside implements LowerContext {
    @Override
    public Storage storage(Value v) {
      Value o = outer.get(v);
      return o != null ? context.storage(o) : context.between(v);
    }

    @Override
    public boolean sameAllocation(Value a, Value b) {
      Value x = outer.get(a);
      Value y = outer.get(b);
      return x != null && y != null ? context.sameAllocation(x, y) : a.equals(b);
    }

    @Override
    public boolean nonNegative(Value v) {
      return context.nonNegative(outer.getOrDefault(v, v));
    }

    @Override
    public Winograd.Choice winograd() {
      return context.winograd();
    }

    @Override
    public Optional<Tensor> constant(Value v) {
      Optional<Tensor> inside = chain.body().constant(v);
      return inside.isPresent() ? inside : chain.outerOf(v).flatMap(context::constant);
    }
  }
}
