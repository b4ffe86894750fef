package dev.nncc.graph.random;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.ResizeCoordinates;
import dev.nncc.graph.op.ResizeMode;
import dev.nncc.graph.op.ResizeRounding;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Tile;
import dev.nncc.graph.op.Transpose;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Elements at other places. */
final class MovementGrowth {
  private MovementGrowth() {}

  static void grow(Growth g) {
    Value v = g.any();
    switch (g.random.nextInt(10)) {
      case 0, 1 -> reshape(g, v);
      case 2, 3 -> g.add(transpose(v, g.random), v);
      case 4 -> slice(g, v);
      case 5 -> pad(g, v);
      case 6, 7 -> concat(g, v);
      case 8 -> g.add(expand(v, g.random), v);
      default -> resize(g, v);
    }
  }

  static void reshape(Growth g, Value v) {
    Random random = g.random;
    List<Long> extents = new ArrayList<>();
    if (v.shape().elements() == 0) {
      extents.add(0L);
    } else {
      long left = v.shape().elements();
      for (long e : v.shape().toArray()) {
        // Extents stay, split, or join what comes behind.
        boolean here = left % e == 0 && random.nextInt(3) != 0;
        long take = here ? e : left % 2 == 0 && random.nextBoolean() ? 2 : 1;
        if (take != 1 || random.nextInt(4) == 0) {
          extents.add(take);
          left /= take;
        }
      }
      if (left != 1) {
        extents.add(random.nextInt(extents.size() + 1), left);
      }
    }
    if (extents.size() <= 5) {
      g.add(new Reshape(Shape.of(extents)), v);
    }
  }

  static Transpose transpose(Value v, Random random) {
    List<Integer> perm = new ArrayList<>();
    for (int i = 0; i < v.shape().rank(); i++) {
      perm.add(i);
    }
    Collections.shuffle(perm, random);
    return new Transpose(perm);
  }

  private static void slice(Growth g, Value v) {
    Random random = g.random;
    List<Long> starts = new ArrayList<>();
    List<Long> sizes = new ArrayList<>();
    List<Long> steps = new ArrayList<>();
    for (long e : v.shape().toArray()) {
      boolean whole = e == 0 || random.nextInt(2) == 0;
      long step = whole || random.nextInt(3) != 0 ? 1 : random.nextBoolean() ? 2 : -1;
      long start = whole ? 0 : random.nextInt((int) e);
      long most = step > 0 ? (e - start + step - 1) / step : start + 1;
      starts.add(start);
      steps.add(step);
      sizes.add(whole ? e : 1 + random.nextInt((int) most));
    }
    g.add(new Slice(starts, sizes, steps), v);
  }

  private static void pad(Growth g, Value v) {
    Random random = g.random;
    PadMode[] modes = PadMode.values();
    PadMode mode = random.nextBoolean() ? PadMode.CONSTANT : modes[random.nextInt(modes.length)];
    List<Long> before = new ArrayList<>();
    List<Long> after = new ArrayList<>();
    for (int i = 0; i < v.shape().rank(); i++) {
      before.add((long) Math.max(0, random.nextInt(4) - 1));
      after.add((long) Math.max(0, random.nextInt(4) - 1));
    }
    double value = mode == PadMode.CONSTANT && random.nextInt(3) == 0 ? 1 : 0;
    g.add(new Pad(before, after, mode, value), v);
  }

  private static void concat(Growth g, Value v) {
    Random random = g.random;
    int rank = v.shape().rank();
    if (rank == 0) {
      return;
    }
    int axis = random.nextInt(rank);
    List<Value> parts = new ArrayList<>(List.of(v));
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      Optional<Value> other = g.any(o -> joins(v, o, axis));
      boolean constant = v.dtype().isFloat() && random.nextInt(4) == 0;
      parts.add(constant ? g.weights(v.dtype(), v.shape().toArray()) : other.orElse(v));
    }
    Collections.shuffle(parts, random);
    g.addAll(new Concat(axis), parts);
  }

  private static boolean joins(Value v, Value o, int axis) {
    if (o.dtype() != v.dtype() || o.shape().rank() != v.shape().rank()) {
      return false;
    }
    for (int i = 0; i < v.shape().rank(); i++) {
      if (i != axis && v.type().dim(i) != o.type().dim(i)) {
        return false;
      }
    }
    return true;
  }

  private static dev.nncc.graph.Op expand(Value v, Random random) {
    List<Long> extents = new ArrayList<>();
    boolean tile = random.nextBoolean();
    for (long e : v.shape().toArray()) {
      long more = 1L + random.nextInt(3);
      extents.add(tile ? more : e == 1 ? more : e);
    }
    if (!tile && random.nextInt(3) == 0 && extents.size() < 5) {
      extents.add(0, 2L);
    }
    return tile ? new Tile(extents) : new Expand(Shape.of(extents));
  }

  private static void resize(Growth g, Value v) {
    Random random = g.random;
    List<Long> sizes = new ArrayList<>();
    List<Double> scales = new ArrayList<>();
    for (int i = 0; i < v.shape().rank(); i++) {
      long e = v.type().dim(i);
      long size = i < 2 || random.nextInt(3) == 0 ? e : 1 + random.nextInt(2 * (int) e + 1);
      sizes.add(size);
      scales.add(e == 0 ? 1 : (double) size / e);
    }
    g.add(
        new Resize(
            ResizeMode.values()[random.nextInt(ResizeMode.values().length)],
            sizes,
            scales,
            ResizeCoordinates.values()[random.nextInt(ResizeCoordinates.values().length)],
            ResizeRounding.values()[random.nextInt(ResizeRounding.values().length)],
            -0.75,
            random.nextBoolean()),
        v);
  }
}
