package dev.nncc.compiler.measure;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a machine can do at most.
 *
 * @param processor its name
 * @param cores that the process could use
 * @param threads counts that were measured, one figure each in the lists below
 * @param flopsPerSecond of fused multiply-adds on registers, two for each
 * @param bf16FlopsPerSecond of dot products of bfloat16 pairs on registers, four for each; empty
 *     where the processor has none
 * @param bandwidths of the memories, the nearest first
 */
public record Peaks(
    String processor,
    int cores,
    List<Integer> threads,
    List<Double> flopsPerSecond,
    List<Double> bf16FlopsPerSecond,
    List<Bandwidth> bandwidths) {
  static final String L1 = "L1 read";
  static final String L2 = "L2 read";
  static final String L3 = "L3 read";
  static final String MEMORY = "memory read";
  static final String COPY = "memory read and write";

  public Peaks {
    threads = List.copyOf(threads);
    flopsPerSecond = List.copyOf(flopsPerSecond);
    bf16FlopsPerSecond = List.copyOf(bf16FlopsPerSecond);
    bandwidths = List.copyOf(bandwidths);
  }

  /**
   * Bytes a second.
   *
   * @param name of what was done where
   * @param bytes that each chunk of the work goes over again and again
   */
  public record Bandwidth(String name, long bytes, List<Double> bytesPerSecond) {}

  /** Multiply-adds a second of that many threads; between counts that were measured, in line. */
  public double flops(int count) {
    return at(flopsPerSecond, count);
  }

  /** Bytes a second that so many threads read from memory. */
  public OptionalDouble memoryRead(int count) {
    return bandwidths.stream()
        .filter(b -> b.name().equals(MEMORY))
        .mapToDouble(b -> at(b.bytesPerSecond(), count))
        .findFirst();
  }

  /** Of a number of threads: more threads than cores do no more. */
  public double at(List<Double> figures, int count) {
    double best = Double.NaN;
    int nearest = 0;
    for (int i = 0; i < threads.size(); i++) {
      int n = threads.get(i);
      if (n <= count && n > nearest) {
        nearest = n;
        best = figures.get(i);
      }
    }
    double most = figures.stream().mapToDouble(x -> x).max().orElse(Double.NaN);
    return nearest == 0 ? most : Math.min(most, best / nearest * Math.min(count, cores));
  }

  /** A table for people. */
  public String text() {
    StringBuilder s = new StringBuilder();
    s.append(String.format(Locale.ROOT, "%s, %d cores%n%-36s", processor, cores, ""));
    for (int n : threads) {
      s.append(String.format(Locale.ROOT, " %10s", n == 1 ? "1 thread" : n + " threads"));
    }
    s.append('\n');
    row(s, "fp32 multiply-adds, GFLOP/s", flopsPerSecond);
    row(s, "bf16 dot products, GFLOP/s", bf16FlopsPerSecond);
    for (Bandwidth b : bandwidths) {
      row(s, b.name() + ", GB/s", b.bytesPerSecond());
    }
    return s.toString();
  }

  private static void row(StringBuilder s, String name, List<Double> figures) {
    if (figures.isEmpty()) {
      return;
    }
    s.append(String.format(Locale.ROOT, "%-36s", name));
    figures.forEach(x -> s.append(String.format(Locale.ROOT, " %10.0f", x / 1e9)));
    s.append('\n');
  }

  /** Where a machine's peaks are kept below a folder. */
  public static Path file(Path folder, Processor p) {
    String name = p.name().replaceAll("[^A-Za-z0-9]+", "-").replaceAll("^-|-$", "");
    return folder.resolve(String.format("peaks-%s-%d.json", name, p.cores()));
  }

  /** What was measured on a processor; empty when nothing was, or on another. */
  public static Optional<Peaks> load(Path file, Processor p) throws IOException {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    Peaks peaks = JsonMapper.builder().build().readValue(file.toFile(), Peaks.class);
    return Optional.of(peaks).filter(x -> x.processor.equals(p.name()) && x.cores == p.cores());
  }

  /** Writes the file, whole or not at all. */
  public void save(Path file) throws IOException {
    Path folder = file.toAbsolutePath().resolveSibling("");
    Files.createDirectories(folder);
    Path part = Files.createTempFile(folder, "peaks-", ".part");
    try {
      JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValue(part.toFile(), this);
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
