package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Stmt.For;
import java.util.List;

/** Hints for what the steps of a tile read. */
final class TileHints {
  /** Bytes between a hint and its use. */
  private static final long AHEAD = 32 << 10;

  /** The same where each byte is used once, as by a product with one row: memory sets the pace. */
  private static final long AHEAD_ONCE = 2 << 10;

  /** Bytes of the next tile that come while functions of this one's sums are computed. */
  private static final long FIRST = 8 << 10;

  /** Operations behind a sum that take as long as some lines. */
  private static final double MUCH_WORK = 32;

  private static final long PAIR = 2;

  private final NestPlan.Shape x;
  private final NestModel n;
  private final String steps;

  /**
   * @param steps the innermost serial loop
   */
  TileHints(NestPlan.Shape x, NestModel n, String steps) {
    this.x = x;
    this.n = n;
    this.steps = steps;
  }

  /**
   * Weights that stream past the tile come from the outer caches or from memory: hints run ahead of
   * them. Not where the weights stay in the inner caches.
   *
   * @param r the reduced axis that the steps are of
   * @param tile axes of the tile
   */
  void forWeights(Axis r, String lane, List<String> tile) {
    for (Operand o : n.loads()) {
      boolean walked = o.inner() && o.at(lane) == 1 && o.at(r.name()) != 0;
      boolean streams = walked && tile.stream().anyMatch(a -> !o.on(a));
      boolean once = walked && n.isReadOnce(o);
      long ahead = x.s().deviation().ahead(once ? AHEAD_ONCE : AHEAD);
      long step = o.pitch(r) * (r.extent() / trip());
      if ((streams || once)
          && !Spread.hints(x.s().kernel(), o.buffer())
          && ahead > 0
          && step > 0
          && step < AHEAD
          && size(o) > x.m().l2() / 4) {
        x.s().attempt(new PrefetchAhead(o.buffer(), steps, (ahead + step - 1) / step));
      }
    }
  }

  /** Rows that are walked along and read once: hints for the next tile's, at the same place. */
  void forRows() {
    List<String> around =
        Nests.loops(x.s().kernel().body()).stream()
            .filter(f -> Nests.loops(f.body()).stream().anyMatch(l -> l.var().equals(steps)))
            .map(For::var)
            .toList();
    for (Operand o : n.loads()) {
      if (n.isReadOnce(o)
          && !around.isEmpty()
          && size(o) > x.m().l2()
          && x.s().deviation().ahead(1) > 0) {
        String tile = around.get(around.size() - 1);
        x.s().attempt(new PrefetchAhead(o.buffer(), steps, 1, tile));
      }
    }
  }

  /**
   * Weights in pairs that are read once, in front of functions of the sums: while these are
   * computed, the first lines of the next tile come from the outer caches.
   *
   * @param tile the loop around the tile
   * @param streams of weights that the tile reads side by side
   */
  void forNextTile(Axis r, String lane, String tile, long streams) {
    for (Operand o : n.loads()) {
      long step = o.pitch(r) * (r.extent() / trip()) * streams;
      if (o.at(lane) == PAIR
          && n.isReadOnce(o)
          && n.finishWork() >= MUCH_WORK
          && step > 0
          && step <= FIRST
          && size(o) > x.m().l2()) {
        x.s().attempt(new PrefetchNext(o.buffer(), steps, tile, FIRST / step));
        return;
      }
    }
  }

  private long trip() {
    return Nests.find(x.s().kernel(), steps).filter(For::isConstant).map(For::trip).orElse(1L);
  }

  private long size(Operand o) {
    return x.s().kernel().args().stream()
        .filter(b -> b.name().equals(o.buffer()))
        .mapToLong(b -> b.extentInElements() * b.type().bytes())
        .findFirst()
        .orElse(0);
  }
}
