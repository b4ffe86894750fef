package dev.nncc.tensor.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.text.Parser;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Random directives with random arguments: whatever is accepted keeps the result. */
class DirectiveFuzzTest {
  private static final int STEPS = 8;

  @Test
  void randomSequencesKeepTheMeaning() {
    Map<String, int[]> count = fuzz(7, 3000);
    // every directive was both accepted and refused at least once
    assertThat(count.values()).allMatch(c -> c[0] > 0 && c[1] > 0, count.keySet().toString());
  }

  @Test
  @Tag("full")
  void manyRandomSequencesKeepTheMeaning() {
    fuzz(8, 40_000);
  }

  private static Map<String, int[]> fuzz(long seed, int rounds) {
    Random r = new Random(seed);
    Map<String, int[]> count = new TreeMap<>();
    for (int round = 0; round < rounds; round++) {
      List<String> texts = Kernels.all();
      Kernel naive = Parser.parse(texts.get(r.nextInt(texts.size())));
      Kernel now = naive;
      List<String> done = new ArrayList<>();
      for (int step = 0; step < STEPS; step++) {
        String d = random(now, r, "x" + step);
        int[] c = count.computeIfAbsent(d.split(" ")[0], k -> new int[2]);
        try {
          now = Schedule.apply(now, d);
          done.add(d);
          c[0]++;
        } catch (Illegal e) {
          c[1]++;
        } catch (RuntimeException e) {
          throw new AssertionError("seed " + seed + " " + done + " then " + d, e);
        }
      }
      String how = "seed " + seed + " round " + round + ":\n" + String.join("\n", done);
      Kernels.assertSame(naive, now, round, Map.of(), how);
      Kernels.assertPrints(now);
    }
    return count;
  }

  private static String random(Kernel k, Random r, String fresh) {
    List<String> loops = Nests.loops(k.body()).stream().map(For::var).distinct().toList();
    if (loops.isEmpty()) {
      return "unroll none";
    }
    String v = loops.get(r.nextInt(loops.size()));
    String w = loops.get(r.nextInt(loops.size()));
    List<String> some = new ArrayList<>(loops);
    Collections.shuffle(some, r);
    TreeSet<String> names = new TreeSet<>();
    Deps.of(k.body()).accesses().forEach(a -> names.add(a.buffer().name()));
    List<String> buffers = new ArrayList<>(names);
    String b = buffers.get(r.nextInt(buffers.size()));
    String at = r.nextInt(6) == 0 ? Nests.ROOT : v;
    return switch (r.nextInt(14)) {
      case 0, 1 ->
          "split "
              + v
              + " "
              + (2 + r.nextInt(5))
              + " -> "
              + fresh
              + "o "
              + fresh
              + "i"
              + List.of("", " guard", " ragged").get(r.nextInt(3));
      case 2 -> "fuse " + v + " " + adjacent(k, v, w, r) + " -> " + fresh;
      case 3, 4 ->
          "reorder "
              + String.join(" ", some.subList(0, Math.min(some.size(), 2 + r.nextInt(3))))
              + (r.nextInt(10) == 0 ? " " + v : "");
      case 5 -> (r.nextInt(3) == 0 ? "tensorise " : "unroll ") + v;
      case 6 -> List.of("lift ", "clip ", "vectorise ").get(r.nextInt(3)) + v;
      case 7 -> "parallel " + (r.nextBoolean() ? loops.get(0) : v);
      case 8, 9 ->
          "accumulate "
              + b
              + " at "
              + at
              + " as "
              + fresh
              + (r.nextBoolean() ? " private " + w : "");
      case 10 -> "pack " + b + " at " + at + " as " + fresh;
      case 11 -> r.nextBoolean() ? "merge " + v + " " + w : "inline T";
      case 12 ->
          r.nextInt(3) == 0
              ? r.nextBoolean() ? "promote " + b : "distribute " + v
              : "prefetch " + b + " at " + v + " by 2" + (r.nextBoolean() ? " of " + w : "");
      default -> "peel " + v + (r.nextBoolean() ? " multiple " : " ") + (1 + r.nextInt(4));
    };
  }

  private static String adjacent(Kernel k, String v, String other, Random r) {
    return Nests.find(k, v)
        .filter(f -> r.nextInt(4) > 0 && f.body() instanceof For)
        .map(f -> ((For) f.body()).var())
        .orElse(other);
  }
}
