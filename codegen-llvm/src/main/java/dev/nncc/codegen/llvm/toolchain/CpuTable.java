package dev.nncc.codegen.llvm.toolchain;

import dev.nncc.graph.NearNames;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The processors that LLVM knows and the instruction sets of each that our code could use and the
 * runtime can check. LLVM itself ends the process on an unknown name, so names are looked up here
 * first.
 */
public final class CpuTable {
  private static final String RESOURCE = "cpus.txt";

  private final Map<Machine, Map<String, List<String>>> cpus;

  private CpuTable(Map<Machine, Map<String, List<String>>> cpus) {
    this.cpus = cpus;
  }

  /** Reads the table. */
  public static CpuTable load() {
    Map<Machine, Map<String, List<String>>> cpus = new EnumMap<>(Machine.class);
    for (Machine m : Machine.values()) {
      cpus.put(m, new TreeMap<>());
    }
    try (InputStream in = CpuTable.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + RESOURCE);
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("#")) {
          continue;
        }
        List<String> words = List.of(line.split(" ", -1));
        for (Machine m : Machine.values()) {
          if (m.arch().equals(words.get(0))) {
            Objects.requireNonNull(cpus.get(m))
                .put(words.get(1), List.copyOf(words.subList(2, words.size())));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new CpuTable(cpus);
  }

  /** Names of the processors of a machine, sorted. */
  public List<String> names(Machine machine) {
    return List.copyOf(table(machine).keySet());
  }

  /** Every instruction set that the runtime can check, sorted. */
  public Set<String> known(Machine machine) {
    Set<String> known = new TreeSet<>();
    table(machine).values().forEach(known::addAll);
    return known;
  }

  /**
   * Instruction sets of a processor, sorted.
   *
   * @throws CodegenException when it is unknown; the message names the machine that has it, or
   *     lists similar names
   */
  public List<String> features(Machine machine, String cpu) {
    List<String> features = table(machine).get(cpu);
    if (features == null) {
      for (Machine other : Machine.values()) {
        if (table(other).containsKey(cpu)) {
          throw new CodegenException(
              String.format(
                  "processor '%s' is of %s, not of %s; try --target %s",
                  cpu, other.targetName(), machine.targetName(), other.targetName()));
        }
      }
      throw new CodegenException(
          String.format(
              "unknown processor '%s' for %s%s; 'nncc targets' lists them all",
              cpu, machine.targetName(), NearNames.hint(cpu, names(machine))));
    }
    return features;
  }

  private Map<String, List<String>> table(Machine machine) {
    Map<String, List<String>> table = cpus.get(machine);
    if (table == null) {
      throw new IllegalStateException("no table for " + machine);
    }
    return table;
  }
}
