package dev.nncc.tensor.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * Calls in the order in which they are made, and which of them make one launch: their chunks are
 * shared out together, and nobody waits before the last is done. What a launch touches is live
 * during all of it.
 *
 * @param numbers for each call that of its launch, ascending from 0
 */
record Launches(List<Usage.Call> calls, List<Integer> numbers) {
  Launches {
    calls = List.copyOf(calls);
    numbers = List.copyOf(numbers);
  }

  /** A launch for each call. */
  static Launches alone(List<Usage.Call> calls) {
    List<Integer> numbers = new ArrayList<>();
    for (int c = 0; c < calls.size(); c++) {
      numbers.add(c);
    }
    return new Launches(calls, numbers);
  }

  static Launches of(List<List<Usage.Call>> launches) {
    List<Usage.Call> calls = new ArrayList<>();
    List<Integer> numbers = new ArrayList<>();
    for (int l = 0; l < launches.size(); l++) {
      for (Usage.Call c : launches.get(l)) {
        calls.add(c);
        numbers.add(l);
      }
    }
    return new Launches(calls, numbers);
  }

  /** Whether any launch has several calls. */
  boolean joinsAny() {
    return !numbers.isEmpty() && numbers.get(numbers.size() - 1) < numbers.size() - 1;
  }

  /** The first call of the launch of a call. */
  int first(int call) {
    int c = call;
    while (c > 0 && numbers.get(c - 1).equals(numbers.get(call))) {
      c--;
    }
    return c;
  }

  /** The last call of the launch of a call. */
  int last(int call) {
    int c = call;
    while (c + 1 < numbers.size() && numbers.get(c + 1).equals(numbers.get(call))) {
      c++;
    }
    return c;
  }

  boolean isAlone(int call) {
    return first(call) == last(call);
  }

  /** The same launches of calls that are rewritten. */
  Launches with(List<Usage.Call> others) {
    return new Launches(others, numbers);
  }
}
