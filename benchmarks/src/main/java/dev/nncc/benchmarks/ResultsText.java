package dev.nncc.benchmarks;

import dev.nncc.benchmarks.Results.Change;
import dev.nncc.benchmarks.Results.Comparison;
import dev.nncc.benchmarks.Results.Compilation;
import dev.nncc.benchmarks.Results.Convolutions;
import dev.nncc.benchmarks.Results.Hot;
import dev.nncc.benchmarks.Results.Ladder;
import dev.nncc.benchmarks.Results.Origin;
import dev.nncc.benchmarks.Results.Peak;
import dev.nncc.compiler.measure.Peaks;
import dev.nncc.compiler.measure.Processor;
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

/** The page of all results that are stored. */
record ResultsText(Store store, Processor machine) {
  private static final double SLOW = 0.5;
  private static final int NODE_NAMES = 60;
  private static final int HOT_KERNELS = 4;

  /** What a library may weigh: the model's weights and a little more. */
  private static final double WEIGHT_FACTOR = 1.03;

  private static final double FIXED_BYTES = 600e3;

  /** Writes the page, and the picture and the blocks beside it. */
  void write(Path file) throws IOException {
    Files.writeString(file, text());
    List<Comparison> zoo = store.all(Session.ZOO, Subject.zoo(), Comparison.class);
    List<Comparison> all = new ArrayList<>(zoo);
    all.addAll(store.all(Session.REAL, Subject.REAL, Comparison.class));
    if (!all.isEmpty()) {
      Files.writeString(file.resolveSibling("blocks.csv"), ComparisonText.blocks(all));
    }
    if (!zoo.isEmpty()) {
      Files.writeString(file.resolveSibling("speed.svg"), new SpeedPlot(zoo, Goals.zoo()).svg());
    }
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
    double flops = peak.map(p -> p.peaks().flops(1)).orElse(Double.NaN);
    if (!zoo.isEmpty()) {
      s.append("\n## Zoo models against ONNX Runtime\n\n");
      s.append(
          new ComparisonText(zoo, flops, m -> Optional.ofNullable(Goals.zoo().get(m)), means())
              .text());
      s.append("\n![Times faster than ONNX Runtime](speed.svg)\n");
    }
    if (!real.isEmpty()) {
      s.append("\n## Trained models against ONNX Runtime\n\n");
      s.append(
          new ComparisonText(
                  real,
                  flops,
                  m -> Optional.of(Goals.TRAINED),
                  List.of(new ComparisonText.Mean("geometric mean", Subject.REAL, Goals.TRAINED)))
              .text());
    }
    List<Comparison> both = new ArrayList<>(zoo);
    both.addAll(real);
    peak.ifPresent(p -> s.append(new LimitText(both, p.peaks()).text()));
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

  private static List<ComparisonText.Mean> means() {
    return List.of(
        new ComparisonText.Mean(
            "geometric mean, networks for pictures", Subject.vision(), Goals.VISION_MEAN),
        new ComparisonText.Mean(
            "geometric mean, those with a prototype", Goals.PROTOTYPED, Goals.PROTOTYPED_MEAN));
  }

  private void machine(StringBuilder s, Optional<Peak> peak) {
    List<String> caches = new ArrayList<>();
    machine.caches().forEach(c -> caches.add("L" + c.level() + " " + (c.bytes() >> 10) + " KiB"));
    line(s, "- processor: %s, %d cores", machine.name(), machine.cores());
    line(s, "- caches: %s", String.join(", ", caches));
    line(s, "- Java: %s %s", System.getProperty("java.vm.name"), Runtime.version());
    if (peak.isEmpty()) {
      return;
    }
    Peaks p = peak.get().peaks();
    s.append("\nWhat kernels of our own code generator reach at most, fastest run (");
    s.append(origin(peak.get().origin())).append("):\n\n");
    List<String> head = new ArrayList<>(List.of(""));
    p.threads().forEach(t -> head.add(threads(t)));
    head(s, head);
    row(s, "FMA on registers, GFLOP/s", "%.0f", p.flopsPerSecond());
    for (Peaks.Bandwidth b : p.bandwidths()) {
      row(s, b.name() + " (" + size(b.bytes()) + " a thread), GB/s", "%.0f", b.bytesPerSecond());
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
      for (Hot h : c.hot().subList(0, Math.min(HOT_KERNELS, c.hot().size()))) {
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
        "The limit of a library is 1.03 times the model's own weights and 600 kB, where larger forms of weights (Winograd,\n");
    s.append(
        "Strassen) count as the weights that they are made of. What loading and the first run\n");
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
            "without larger forms",
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
      long plain = c.libraryBytes() - c.formBytes();
      line(
          s,
          "| %s | %.1f | %s | %s | %s | %s%s | %s | %s | %s | %s | %s | %s |",
          c.model(),
          c.seconds(),
          size(c.peakMemory()),
          size(c.modelBytes()),
          size(c.libraryBytes()),
          size(plain),
          plain > limit ? " (above)" : "",
          size((long) limit),
          size(c.codeBytes()),
          ms(c.loadMilliseconds()),
          ms(c.firstMilliseconds()),
          ms(c.steadyMilliseconds()),
          ms(c.loadMilliseconds() + c.firstMilliseconds() - c.steadyMilliseconds()));
    }
  }

  /** Where figures come from; which of them, when not all were measured together. */
  static String origins(Map<String, List<String>> models) {
    List<String> parts = new ArrayList<>();
    models.forEach(
        (origin, names) ->
            parts.add(
                models.size() == 1 ? origin : origin + " (" + String.join(", ", names) + ")"));
    return String.join("; ", parts);
  }

  static String origin(Origin o) {
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

  static String threads(int n) {
    return n == 1 ? "1 thread" : n + " threads";
  }

  private static String nodes(String names) {
    String text = names.replace("|", "\\|");
    return text.length() <= NODE_NAMES ? text : text.substring(0, NODE_NAMES) + "...";
  }

  static String ms(double milliseconds) {
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
