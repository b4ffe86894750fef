package dev.nncc.compiler.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The processor that measures, as the system describes it.
 *
 * @param name of the model
 * @param cores that this process may use
 * @param caches of the first core, the nearest first
 */
public record Processor(String name, int cores, List<Cache> caches) {
  /** Data or unified cache. */
  public record Cache(int level, long bytes) {}

  private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");

  public Processor {
    caches = List.copyOf(caches);
  }

  /**
   * This machine's.
   *
   * @throws IOException when the system does not describe it
   */
  public static Processor read() throws IOException {
    String name = name(Files.readString(Path.of("/proc/cpuinfo")));
    return new Processor(name, Runtime.getRuntime().availableProcessors(), caches(CACHES));
  }

  /** The model of {@code /proc/cpuinfo}, with the numbers that tell apart what shares a name. */
  static String name(String cpuinfo) {
    String name = field(cpuinfo, "model name");
    if (name.isEmpty()) {
      return "unknown processor";
    }
    return String.format(
        "%s (%s family %s model %s)",
        name, field(cpuinfo, "vendor_id"), field(cpuinfo, "cpu family"), field(cpuinfo, "model"));
  }

  private static String field(String cpuinfo, String name) {
    return cpuinfo
        .lines()
        .filter(
            line -> line.contains(":") && line.substring(0, line.indexOf(':')).strip().equals(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("");
  }

  static List<Cache> caches(Path folder) throws IOException {
    List<Cache> caches = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return caches;
    }
    List<Path> entries;
    try (Stream<Path> files = Files.list(folder)) {
      entries = files.filter(f -> Files.exists(f.resolve("size"))).sorted().toList();
    }
    for (Path entry : entries) {
      if (!text(entry, "type").equals("Instruction")) {
        caches.add(new Cache(Integer.parseInt(text(entry, "level")), bytes(text(entry, "size"))));
      }
    }
    return caches;
  }

  private static String text(Path entry, String file) throws IOException {
    return Files.readString(entry.resolve(file)).strip();
  }

  private static long bytes(String size) {
    long number = Long.parseLong(size.replaceAll("[^0-9]", ""));
    return size.endsWith("K") ? number << 10 : size.endsWith("M") ? number << 20 : number;
  }

  /** Bytes of a cache; a usual size where the system does not say. */
  public long cache(int level) {
    return caches.stream()
        .filter(c -> c.level() == level)
        .mapToLong(Cache::bytes)
        .findFirst()
        .orElse(level == 1 ? 32L << 10 : level == 2 ? 1L << 20 : 32L << 20);
  }
}
