package dev.nncc.models.zoo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The main loops of kernels in x86-64 assembly: innermost loops with at least eight multiply-adds
 * on vectors. A vector that such a loop loads from the stack or stores there was spilled.
 */
final class MainLoops {
  private static final int MULTIPLY_ADDS = 8;
  private static final Pattern FUNCTION = Pattern.compile("\"?(nncc_[\\w.]+)\"?:.*");
  private static final Pattern LABEL = Pattern.compile("(\\.L\\w+):.*");
  private static final Pattern JUMP = Pattern.compile("\\s+j\\w+\\s+(\\.L\\w+).*");
  private static final Pattern MULTIPLY_ADD = Pattern.compile("\\s+vf(n?)m(add|sub)\\d+p.*");
  private static final Pattern SPILL = onStack("%rsp");

  /** Where a function keeps its frame in rbp, which otherwise is a register like others. */
  private static final Pattern SPILL_IN_FRAME = onStack("%r[sb]p");

  private static final Pattern FRAME = Pattern.compile("\\s+movq\\s+%rsp, %rbp");

  private MainLoops() {}

  private static Pattern onStack(String base) {
    String at = "\\(" + base + "\\).*";
    return Pattern.compile("\\s+\\S+\\s+.*" + at + "%[xyz]mm.*|.*%[xyz]mm.*" + at);
  }

  /** How many loops there are, and the spills of those functions that have any. */
  record Found(int loops, Map<String, Integer> spills) {
    int total() {
      return spills.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  static Found in(String assembly) {
    Map<String, List<String>> functions = new LinkedHashMap<>();
    List<String> body = new ArrayList<>();
    for (String line : assembly.split("\n", -1)) {
      Matcher m = FUNCTION.matcher(line);
      if (m.matches()) {
        body = new ArrayList<>();
        functions.put(m.group(1), body);
      }
      body.add(line);
    }
    int loops = 0;
    Map<String, Integer> spills = new LinkedHashMap<>();
    for (Map.Entry<String, List<String>> f : functions.entrySet()) {
      Pattern spill = count(f.getValue(), FRAME) > 0 ? SPILL_IN_FRAME : SPILL;
      for (List<String> loop : innermost(f.getValue())) {
        if (count(loop, MULTIPLY_ADD) >= MULTIPLY_ADDS) {
          loops++;
          if (count(loop, spill) > 0) {
            spills.merge(f.getKey(), count(loop, spill), Integer::sum);
          }
        }
      }
    }
    return new Found(loops, spills);
  }

  private static int count(List<String> lines, Pattern what) {
    return (int) lines.stream().filter(l -> what.matcher(l).matches()).count();
  }

  /** Backward jumps that enclose no other. */
  private static List<List<String>> innermost(List<String> lines) {
    Map<String, Integer> labels = new LinkedHashMap<>();
    List<int[]> all = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      Matcher label = LABEL.matcher(lines.get(i));
      Matcher jump = JUMP.matcher(lines.get(i));
      if (label.matches()) {
        labels.put(label.group(1), i);
      } else if (jump.matches() && labels.containsKey(jump.group(1))) {
        all.add(new int[] {labels.get(jump.group(1)), i + 1});
      }
    }
    List<List<String>> inner = new ArrayList<>();
    for (int[] a : all) {
      if (all.stream().noneMatch(b -> b != a && a[0] <= b[0] && b[1] <= a[1])) {
        inner.add(lines.subList(a[0], a[1]));
      }
    }
    return inner;
  }
}
