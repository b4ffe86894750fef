package dev.nncc.passes.simplify;

import dev.nncc.graph.Shape;
import java.util.ArrayList;
import java.util.List;

/** Orders of axes, as in Transpose: axis i of the result is axis {@code perm[i]} of the operand. */
final class Perms {
  private Perms() {}

  static boolean isIdentity(List<Integer> perm) {
    for (int i = 0; i < perm.size(); i++) {
      if (perm.get(i) != i) {
        return false;
      }
    }
    return true;
  }

  /** Of a transpose by {@code first} and then by {@code second}. */
  static List<Integer> compose(List<Integer> first, List<Integer> second) {
    return second.stream().map(first::get).toList();
  }

  static List<Integer> inverse(List<Integer> perm) {
    List<Integer> inverse = new ArrayList<>(perm);
    for (int i = 0; i < perm.size(); i++) {
      inverse.set(perm.get(i), i);
    }
    return List.copyOf(inverse);
  }

  /** The numbers of the axes in another order. */
  static List<Long> apply(List<Integer> perm, List<Long> numbers) {
    return perm.stream().map(numbers::get).toList();
  }

  /** Whether only the last two axes change places. */
  static boolean swapsLastTwo(List<Integer> perm) {
    int n = perm.size();
    return n >= 2
        && perm.get(n - 1) == n - 2
        && perm.get(n - 2) == n - 1
        && isIdentity(perm.subList(0, n - 2));
  }

  /** Whether axes of larger extents keep their order: no element moves. */
  static boolean movesOnlyOnes(List<Integer> perm, Shape from) {
    List<Integer> large = perm.stream().filter(axis -> from.dim(axis) != 1).toList();
    return large.equals(large.stream().sorted().toList());
  }
}
