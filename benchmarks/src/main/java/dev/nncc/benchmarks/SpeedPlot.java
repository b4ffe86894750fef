package dev.nncc.benchmarks;

import dev.nncc.benchmarks.Goals.Goal;
import dev.nncc.benchmarks.Results.Comparison;
import dev.nncc.benchmarks.Results.Timed;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Bars of the ratios to the peer, with marks at the goals, as a picture in SVG. */
record SpeedPlot(List<Comparison> all, Map<String, Goal> goals) {
  private static final int LEFT = 150;
  private static final int WIDTH = 860;
  private static final int ROW = 34;
  private static final int BAR = 11;
  private static final int TOP = 58;
  private static final List<String> COLOURS = List.of("#2456d6", "#0f8f83");

  String svg() {
    List<Comparison> shown = all.stream().filter(c -> !c.timed().isEmpty()).toList();
    double most = 2;
    for (Comparison c : shown) {
      for (Timed t : c.timed()) {
        most = Math.max(most, t.ratio());
      }
      most = Math.max(most, goal(c).flatMap(g -> g.target(1)).orElse(0.0));
    }
    double unit = (WIDTH - LEFT - 60) / most;
    int height = TOP + ROW * shown.size() + 14;
    StringBuilder s = new StringBuilder();
    s.append(
        String.format(
            Locale.ROOT,
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" font-family="system-ui, sans-serif" font-size="12.5">
            <rect width="100%%" height="100%%" fill="#ffffff"/>
            <text x="14" y="24" font-size="16" font-weight="600" fill="#1a1c20">Times faster than ONNX Runtime</text>
            <rect x="%3$d" y="14" width="12" height="%4$d" fill="%5$s"/><text x="%6$d" y="24" fill="#646a73">1 thread</text>
            <rect x="%7$d" y="14" width="12" height="%4$d" fill="%8$s"/><text x="%9$d" y="24" fill="#646a73">2 threads</text>
            <path d="M%10$d 12v15" stroke="#c2410c" stroke-width="2"/><text x="%11$d" y="24" fill="#646a73">floor</text>
            <path d="M%12$d 12v15" stroke="#1a1c20" stroke-width="2"/><text x="%13$d" y="24" fill="#646a73">target</text>
            """,
            WIDTH,
            height,
            420,
            BAR,
            COLOURS.get(0),
            438,
            510,
            COLOURS.get(1),
            528,
            606,
            614,
            662,
            670));
    for (int r = 0; r <= most; r++) {
      double x = LEFT + r * unit;
      s.append(
          String.format(
              Locale.ROOT,
              "<path d=\"M%.1f %dV%d\" stroke=\"%s\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#646a73\">%d</text>%n",
              x,
              TOP - 8,
              height - 8,
              r == 1 ? "#646a73" : "#e2e2de",
              x,
              TOP - 13,
              r));
    }
    for (int i = 0; i < shown.size(); i++) {
      row(s, shown.get(i), TOP + i * ROW, unit);
    }
    return s.append("</svg>\n").toString();
  }

  private Optional<Goal> goal(Comparison c) {
    return Optional.ofNullable(goals.get(c.model()));
  }

  private void row(StringBuilder s, Comparison c, int y, double unit) {
    s.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#1a1c20\">%s</text>%n",
            LEFT - 10,
            y + 16,
            c.model()));
    for (int n = 1; n <= 2; n++) {
      int threads = n;
      Optional<Timed> timed = c.timed().stream().filter(t -> t.threads() == threads).findFirst();
      if (timed.isEmpty()) {
        continue;
      }
      int at = y + (n - 1) * (BAR + 1);
      double wide = timed.get().ratio() * unit;
      s.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/><text x=\"%.1f\" y=\"%d\" font-size=\"10.5\" fill=\"#1a1c20\">%.2f</text>%n",
              LEFT,
              at,
              wide,
              BAR,
              COLOURS.get(n - 1),
              LEFT + wide + 7,
              at + BAR - 1,
              timed.get().ratio()));
      goal(c).flatMap(g -> g.floor(threads)).ifPresent(f -> mark(s, f * unit, at, "#c2410c"));
      goal(c).flatMap(g -> g.target(threads)).ifPresent(f -> mark(s, f * unit, at, "#1a1c20"));
    }
  }

  private static void mark(StringBuilder s, double x, int y, String colour) {
    s.append(
        String.format(
            Locale.ROOT,
            "<path d=\"M%.1f %dv%d\" stroke=\"%s\" stroke-width=\"2\"/>%n",
            LEFT + x,
            y - 1,
            BAR + 2,
            colour));
  }
}
