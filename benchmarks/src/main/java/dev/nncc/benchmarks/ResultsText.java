package dev.nncc.benchmarks;

import dev.nncc.benchmarks.Results.Bandwidth;
import dev.nncc.benchmarks.Results.Change;
import dev.nncc.benchmarks.Results.Comparison;
import dev.nncc.benchmarks.Results.Compilation;
import dev.nncc.benchmarks.Results.Convolutions;
import dev.nncc.benchmarks.Results.Hot;
import dev.nncc.benchmarks.Results.Ladder;
import dev.nncc.benchmarks.Results.Origin;
import dev.nncc.benchmarks.Results.Peak;
import dev.nncc.benchmarks.Results.Timed;
import dev.nncc.models.zoo.Zoo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** The page of all results that are stored. */
record ResultsText(Store store, Machine machine) {
  private static final double SLOW = 0.5;
  private static final int NODE_NAMES = 60;

  /** What a library may weigh: the model's weights and a little more. */
  private static final double WEIGHT_FACTOR = 1.03;

  private static final double FIXED_BYTES = 600e3;

  void write(Path file) throws IOException {
    Files.writeString(file, text());
  }

  String text() throws IOException {
    Optional<Peak> peak = store.get(Session.PEAK, Session.PEAK, Peak.class);
    List<Comparison> zoo = store.all(Session.ZOO, Subject.zoo(), Comparison.class);
    List<Comparison> real = store.all(Session.REAL, Subject.REAL, Comparison.class);
    List<Compilation> compiled = store.all(Session.COMPILE, CompileCost.MODELS, Compilation.class);
    StringBuilder s = new StringBuilder();
    s.append(
        "# Results\n\nWritten by `benchmarks/run`; `benchmarks/README.md` says how to repeat it.\n\n");
    machine(s, peak);
    double flops = peak.map(Peak::oneThread).orElse(Double.NaN);
    if (!zoo.isEmpty()) {
      s.append("\n## Zoo models against ONNX Runtime\n\n");
      comparisons(s, zoo, flops);
    }
    if (!real.isEmpty()) {
      s.append("\n## Trained models against ONNX Runtime\n\n");
      comparisons(s, real, flops);
    }
    slow(s, zoo, real);
    s.append(
        new ConvText(store.all(Session.CONVOLUTIONS, ConvCommand.MODELS, Convolutions.class))
            .text());
    compilations(s, compiled);
    s.append(
        new LadderText(
                store.all(Session.LADDER_ZOO, Zoo.names(), Ladder.class),
                store.all(Session.LADDER_REAL, List.of(), Ladder.class))
            .text());
    List<String> order = new ArrayList<>(Subject.zoo());
    order.addAll(Subject.REAL);
    s.append(new ChangeText(store.all(Session.BEFORE, order, Change.class)).text());
    return s.toString();
  }

  private void machine(StringBuilder s, Optional<Peak> peak) {
    List<String> caches = new ArrayList<>();
    machine.caches().forEach(c -> caches.add("L" + c.level() + " " + (c.bytes() >> 10) + " KiB"));
    line(s, "- processor: %s, %d cores", machine.processor(), machine.cores());
    line(s, "- caches: %s", String.join(", ", caches));
    line(s, "- Java: %s", machine.java());
    if (peak.isEmpty()) {
      return;
    }
    Peak p = peak.get();
    s.append("\nWhat kernels of our own code generator reach at most, fastest run (");
    s.append(origin(p.origin())).append("):\n\n");
    List<String> head = new ArrayList<>(List.of(""));
    p.threads().forEach(t -> head.add(threads(t)));
    head(s, head);
    row(s, "FMA on registers, GFLOP/s", "%.0f", p.flopsPerSecond());
    for (Bandwidth b : p.bandwidths()) {
      row(s, b.name() + " (" + size(b.bytes()) + " a thread), GB/s", "%.0f", b.bytesPerSecond());
    }
  }

  private static void comparisons(StringBuilder s, List<Comparison> all, double peak) {
    TreeSet<Integer> threads = new TreeSet<>();
    Map<String, List<String>> origins = new TreeMap<>();
    TreeSet<String> peers = new TreeSet<>();
    for (Comparison c : all) {
      c.timed().forEach(t -> threads.add(t.threads()));
      origins.computeIfAbsent(origin(c.origin()), o -> new ArrayList<>()).add(c.model());
      if (!c.peer().isEmpty()) {
        peers.add(c.peer());
      }
    }
    line(s, "Against %s at its default settings; %s.", String.join(", ", peers), origins(origins));
    s.append(
        "Both sides run in one process in blocks that alternate, with idle gaps between them; times are the\n");
    s.append(
        "fastest run, ratios the median over the blocks of their time divided by ours (above 1: nncc is faster).\n\n");
    List<String> head = new ArrayList<>(List.of("model", "GFLOP"));
    for (int t : threads) {
      head.add("nncc ms, " + threads(t));
      head.add("ORT ms, " + threads(t));
      head.add("ratio, " + threads(t));
    }
    head.add("relative L2");
    head.add("share of FMA peak, 1 thread");
    head(s, head);
    for (Comparison c : all) {
      if (!c.failure().isEmpty()) {
        line(s, "| %s | failed: %s |", c.model(), c.failure().replace("|", "\\|"));
        continue;
      }
      StringBuilder row = new StringBuilder();
      row.append(format("| %s | %.3g |", c.model(), c.flops() / 1e9));
      String share = "";
      for (int n : threads) {
        Optional<Timed> timed = c.timed().stream().filter(t -> t.threads() == n).findFirst();
        row.append(
            timed
                .map(t -> format(" %s | %s | **%.2f** |", ms(t.ours()), ms(t.theirs()), t.ratio()))
                .orElse(" | | |"));
        if (n == 1 && timed.isPresent()) {
          share = format("%.0f %%", 100 * c.flops() / (timed.get().ours() / 1e3) / peak);
        }
      }
      line(s, "%s %.1e | %s |", row, c.relativeL2(), share);
    }
  }

  private static void slow(StringBuilder s, List<Comparison> zoo, List<Comparison> real) {
    List<Comparison> slow = new ArrayList<>(zoo);
    slow.addAll(real);
    slow.removeIf(c -> c.timed().stream().noneMatch(t -> t.ratio() < SLOW));
    if (slow.isEmpty()) {
      return;
    }
    s.append("\n## Slower than half of ONNX Runtime\n\n");
    s.append("The kernels that take most of the time on one thread.\n\n");
    head(s, List.of("model", "kernel", "share of the time", "GFLOP/s", "nodes"));
    for (Comparison c : slow) {
      for (Hot h : c.hot()) {
        line(
            s,
            "| %s | %s | %.0f %% | %.1f | %s |",
            c.model(),
            h.kernel(),
            100 * h.share(),
            h.flopsPerSecond() / 1e9,
            nodes(h.nodes()));
      }
    }
  }

  private static void compilations(StringBuilder s, List<Compilation> all) {
    if (all.isEmpty()) {
      return;
    }
    Map<String, List<String>> origins = new TreeMap<>();
    all.forEach(
        c -> origins.computeIfAbsent(origin(c.origin()), o -> new ArrayList<>()).add(c.model()));
    s.append("\n## Compiling\n\n");
    line(s, "Fresh processes through the launcher, medians; %s.", origins(origins));
    s.append(
        "The limit of a library is 1.03 times the model's own weights and 600 kB. What loading and the first run\n");
    s.append(
        "take beyond a steady run is measured in fresh processes too, with all cores and the file in memory.\n\n");
    head(
        s,
        List.of(
            "model",
            "seconds",
            "peak memory",
            "model's weights",
            "library",
            "its limit",
            "code",
            "load ms",
            "first run ms",
            "steady run ms",
            "beyond steady ms"));
    for (Compilation c : all) {
      if (!c.failure().isEmpty()) {
        line(s, "| %s | failed: %s |", c.model(), c.failure().replace("|", "\\|"));
        continue;
      }
      double limit = WEIGHT_FACTOR * c.modelBytes() + FIXED_BYTES;
      line(
          s,
          "| %s | %.1f | %s | %s | %s%s | %s | %s | %s | %s | %s | %s |",
          c.model(),
          c.seconds(),
          size(c.peakMemory()),
          size(c.modelBytes()),
          size(c.libraryBytes()),
          c.libraryBytes() > limit ? " (above)" : "",
          size((long) limit),
          size(c.codeBytes()),
          ms(c.loadMilliseconds()),
          ms(c.firstMilliseconds()),
          ms(c.steadyMilliseconds()),
          ms(c.loadMilliseconds() + c.firstMilliseconds() - c.steadyMilliseconds()));
    }
  }

  /** Where figures come from; which of them, when not all were measured together. */
  private static String origins(Map<String, List<String>> models) {
    List<String> parts = new ArrayList<>();
    models.forEach(
        (origin, names) ->
            parts.add(
                models.size() == 1 ? origin : origin + " (" + String.join(", ", names) + ")"));
    return String.join("; ", parts);
  }

  private static String origin(Origin o) {
    return format("nncc %s on %s, load %.1f before", o.commit(), o.date(), o.load());
  }

  private static void head(StringBuilder s, List<String> cells) {
    s.append("| ").append(String.join(" | ", cells)).append(" |\n|");
    s.append(String.join("|", Collections.nCopies(cells.size(), "---"))).append("|\n");
  }

  private static void row(StringBuilder s, String name, String format, List<Double> numbers) {
    s.append("| ").append(name).append(" |");
    for (double n : numbers) {
      s.append(' ').append(format(format, n / 1e9)).append(" |");
    }
    s.append('\n');
  }

  private static String threads(int n) {
    return n == 1 ? "1 thread" : n + " threads";
  }

  private static String nodes(String names) {
    String text = names.replace("|", "\\|");
    return text.length() <= NODE_NAMES ? text : text.substring(0, NODE_NAMES) + "...";
  }

  private static String ms(double milliseconds) {
    return format(
        milliseconds < 0.01
            ? "%.5f"
            : milliseconds < 1 ? "%.3f" : milliseconds < 100 ? "%.2f" : "%.0f",
        milliseconds);
  }

  private static String size(long bytes) {
    return bytes < 1_000_000 ? format("%.0f kB", bytes / 1e3) : format("%.1f MB", bytes / 1e6);
  }

  private static void line(StringBuilder s, String format, Object... values) {
    s.append(format(format, values)).append('\n');
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
