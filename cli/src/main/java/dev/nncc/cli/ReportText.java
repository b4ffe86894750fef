package dev.nncc.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nncc.compiler.CompileReport;
import dev.nncc.graph.NearNames;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** What a compilation did, for people and as JSON. */
record ReportText(CompileReport report) {
  String summary() {
    CompileReport.Ladder k = report.kernels();
    StringBuilder s = new StringBuilder();
    String precision = report.precision().equals("fp32") ? "" : ", " + report.precision();
    line(s, "model", "%s for %s%s", report.model(), report.target(), precision);
    line(
        s,
        "kernels",
        "%d imported -> %d after vertical fusion -> %d after concat elimination -> %d after"
            + " horizontal fusion%s",
        k.imported(),
        k.vertical(),
        k.concat(),
        k.horizontal(),
        k.joined() == 0 ? "" : " -> " + k.left() + " with neighbours joined by bands");
    line(
        s,
        "",
        "of these %s and %s that are left",
        count(k.copies(), "copy", "copies"),
        count(k.conversions(), "layout conversion", "layout conversions"));
    line(
        s,
        "launches",
        "%d a run, of %d different functions, %s",
        report.launches(),
        report.distinctKernels(),
        Figures.flops(report.flops()));
    line(
        s,
        "memory",
        "arena %s (at least %s), weights %s%s%s",
        Figures.bytes(report.arenaBytes()),
        Figures.bytes(report.arenaLowerBoundBytes()),
        Figures.bytes(report.weightBytes()),
        report.winogradBytes() == 0
            ? ""
            : ", of which " + Figures.bytes(report.winogradBytes()) + " more for Winograd",
        report.preparedBytes() == 0
            ? ""
            : "; " + Figures.bytes(report.preparedBytes()) + " are made of them at load");
    if (report.profiles().size() > 1) {
      profiles(s);
    }
    if (!report.states().isEmpty()) {
      line(s, "states", "%s", NearNames.some(report.states()));
    }
    if (report.libraryBytes() > 0) {
      line(
          s,
          "library",
          "%s, of which code %s",
          Figures.bytes(report.libraryBytes()),
          Figures.bytes(report.codeBytes()));
    }
    line(s, "time", "%s", Figures.seconds(report.seconds().getOrDefault("total", 0.0)));
    for (Path file : report.files()) {
      line(s, "wrote", "%s", file);
    }
    return s.toString();
  }

  /** What differs between shapes; the lines above are about the profile with the most work. */
  private void profiles(StringBuilder s) {
    String what = "profiles";
    int width = report.profiles().stream().mapToInt(p -> p.name().length()).max().orElse(0);
    for (CompileReport.Profile p : report.profiles()) {
      line(
          s,
          what,
          "%-" + width + "s  %d launches, %s, arena %s (at least %s)",
          p.name(),
          p.launches(),
          Figures.flops(p.flops()),
          Figures.bytes(p.arenaBytes()),
          Figures.bytes(p.arenaLowerBoundBytes()));
      what = "";
    }
  }

  private static String count(int n, String one, String many) {
    return n + " " + (n == 1 ? one : many);
  }

  private static void line(StringBuilder s, String what, String format, Object... args) {
    s.append(String.format(Locale.ROOT, "%-9s", what));
    s.append(String.format(Locale.ROOT, format, args)).append('\n');
  }

  /** Seconds of stages, then of passes. */
  String times(Map<String, Double> passes) {
    StringBuilder s = new StringBuilder();
    report.seconds().forEach((stage, t) -> s.append(time(stage, t)));
    passes.forEach((pass, t) -> s.append(time("  " + pass, t)));
    return s.toString();
  }

  private static String time(String what, double seconds) {
    return String.format(Locale.ROOT, "%-40s %8.3f s%n", what, seconds);
  }

  ObjectNode json(long peakMemory) {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    o.put("model", report.model()).put("target", report.target());
    o.put("precision", report.precision());
    o.putObject("kernels")
        .put("imported", report.kernels().imported())
        .put("vertical", report.kernels().vertical())
        .put("concat", report.kernels().concat())
        .put("horizontal", report.kernels().horizontal())
        .put("copies", report.kernels().copies())
        .put("conversions", report.kernels().conversions())
        .put("left", report.kernels().left());
    o.put("launches", report.launches()).put("distinct_kernels", report.distinctKernels());
    if (!report.states().isEmpty()) {
      report.states().forEach(o.putArray("states")::add);
    }
    o.put("flops", report.flops());
    o.put("arena_bytes", report.arenaBytes());
    o.put("arena_lower_bound_bytes", report.arenaLowerBoundBytes());
    o.put("weight_bytes", report.weightBytes());
    o.put("winograd_bytes", report.winogradBytes());
    o.put("prepared_bytes", report.preparedBytes());
    o.put("code_bytes", report.codeBytes());
    o.put("library_bytes", report.libraryBytes());
    if (report.profiles().size() > 1) {
      ArrayNode profiles = o.putArray("profiles");
      for (CompileReport.Profile p : report.profiles()) {
        profiles
            .addObject()
            .put("name", p.name())
            .put("launches", p.launches())
            .put("flops", p.flops())
            .put("arena_bytes", p.arenaBytes())
            .put("arena_lower_bound_bytes", p.arenaLowerBoundBytes());
      }
    }
    ObjectNode seconds = o.putObject("seconds");
    report.seconds().forEach(seconds::put);
    o.put("peak_memory_bytes", peakMemory);
    ArrayNode files = o.putArray("files");
    report.files().forEach(f -> files.add(f.toString()));
    return o;
  }
}
