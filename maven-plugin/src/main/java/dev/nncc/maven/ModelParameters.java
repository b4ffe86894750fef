package dev.nncc.maven;

import dev.nncc.compiler.ByteCount;
import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.KernelOptions;
import dev.nncc.compiler.Tuning;
import dev.nncc.compiler.words.ImportWords;
import dev.nncc.compiler.words.PassNames;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.passes.Precision;
import dev.nncc.tensor.placement.Tie;
import dev.nncc.tensor.plan.ArenaMode;
import dev.nncc.tensor.plan.Expansion;
import dev.nncc.tensor.winograd.Winograd;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A model and how to compile it; Maven fills the fields from {@code <model>}. But for {@code
 * source}, {@code className} and {@code targets} they are the options of {@code nncc compile}.
 */
public final class ModelParameters {
  /** The model's file or folder. */
  @Nullable File source;

  /** Full name of the class to generate. */
  @Nullable String className;

  /** Machines to compile for, when there are several. */
  List<TargetParameters> targets = new ArrayList<>();

  @Nullable String target;
  @Nullable String cpu;
  @Nullable String precision;
  @Nullable String format;
  @Nullable String signature;
  @Nullable File weights;
  List<String> dims = new ArrayList<>();
  List<String> inputShapes = new ArrayList<>();
  List<String> binds = new ArrayList<>();
  List<String> overridable = new ArrayList<>();
  List<String> outputs = new ArrayList<>();
  List<String> inputs = new ArrayList<>();
  List<String> states = new ArrayList<>();
  List<String> disable = new ArrayList<>();
  boolean fastMath;
  boolean plainKernels;
  @Nullable String arena;
  @Nullable String winograd;
  @Nullable String expandWeights;
  @Nullable String memoryLimit;
  @Nullable File tuning;

  /** {@code <model>src/main/models/net.onnx</model>} is short for its source. */
  public void set(String text) {
    source = new File(text.strip());
  }

  /** Takes from the plugin's own parameters what this model leaves open; the same object. */
  ModelParameters orElse(ModelParameters defaults) {
    target = target != null ? target : defaults.target;
    cpu = cpu != null ? cpu : defaults.cpu;
    precision = precision != null ? precision : defaults.precision;
    return this;
  }

  /** A model with all options left alone. */
  static ModelParameters of(Path source) {
    ModelParameters p = new ModelParameters();
    p.source = source.toFile();
    return p;
  }

  /** The machines, at least one. */
  List<TargetParameters> machines() {
    List<TargetParameters> all = new ArrayList<>();
    for (TargetParameters t : targets) {
      TargetParameters own = new TargetParameters();
      own.machine = t.machine != null ? t.machine : target;
      own.cpu = t.cpu != null ? t.cpu : cpu;
      all.add(own);
    }
    if (all.isEmpty()) {
      TargetParameters only = new TargetParameters();
      only.machine = target;
      only.cpu = cpu;
      all.add(only);
    }
    return all;
  }

  /**
   * The options for one of {@link #machines}.
   *
   * @param folder that names of files in words are relative to
   * @throws CompileException when a word cannot be read
   */
  CompileOptions options(TargetParameters machine, Path folder) throws IOException {
    ImportWords words = words(folder);
    CompileOptions o = CompileOptions.DEFAULT;
    o =
        o.withImports(words.shared())
            .withProfiles(words.profiles())
            .withCpu(machine.cpu == null ? "host" : machine.cpu.strip())
            .withKernels(
                KernelOptions.DEFAULT
                    .withScheduled(!plainKernels)
                    .withWinograd(
                        winograd(winograd == null ? "auto" : winograd)
                            ? Winograd.AUTO
                            : Winograd.OFF)
                    .withTuning(tuning()))
            .withPasses(
                o.passes()
                    .withDisabled(PassNames.checked(disable))
                    .withFastMath(fastMath)
                    .withPrecision(precision(precision == null ? "fp32" : precision)))
            .withMemory(
                o.memory().withArena(arena()).withExpansion(expansion()).withStates(ties()));
    if (memoryLimit != null) {
      o = o.withMemory(o.memory().withLimit(ByteCount.parse(memoryLimit).bytes()));
    }
    return machine.machine == null ? o : o.withMachine(machine.machine.strip());
  }

  /** The options for a machine as lines of text: equal lines, equal options. */
  List<String> lines(TargetParameters machine) {
    Map<String, Object> set = new LinkedHashMap<>();
    set.put("target", machine.machine == null ? "" : machine.machine);
    set.put("cpu", machine.cpu == null ? "host" : machine.cpu);
    set.put("precision", precision == null ? "" : precision);
    set.put("format", format == null ? "" : format);
    set.put("signature", signature == null ? "" : signature);
    set.put("weights", weights == null ? "" : weights);
    set.put("dim", joined(dims));
    set.put("input-shape", joined(inputShapes));
    set.put("bind", binds);
    set.put("overridable", overridable);
    set.put("outputs", outputs);
    set.put("inputs", inputs);
    set.put("state", states);
    set.put("disable", disable);
    set.put("fast-math", fastMath ? "on" : "");
    set.put("plain-kernels", plainKernels ? "on" : "");
    set.put("arena", arena == null ? "" : arena);
    set.put("winograd", winograd == null ? "" : winograd);
    set.put("expand-weights", expandWeights == null ? "" : expandWeights);
    set.put("memory-limit", memoryLimit == null ? "" : memoryLimit);
    List<String> lines = new ArrayList<>();
    set.forEach(
        (name, value) -> {
          for (Object v : value instanceof List<?> all ? all : List.of(value)) {
            if (!v.equals("")) {
              lines.add("--" + name + " " + v);
            }
          }
        });
    return lines;
  }

  /** Files that options name, but for those that the model consists of. */
  List<Path> files(Path folder) {
    List<Path> files = new ArrayList<>();
    for (String bind : binds) {
      String word = located(bind, folder);
      Path file = Path.of(word.substring(word.lastIndexOf('=') + 1));
      if (Files.isRegularFile(file)) {
        files.add(file);
      }
    }
    if (tuning != null) {
      files.add(tuning.toPath());
    }
    return files;
  }

  private ImportWords words(Path folder) {
    FileChoice files =
        new FileChoice(
            Optional.ofNullable(format).map(ModelParameters::format),
            Optional.ofNullable(signature),
            Optional.ofNullable(weights).map(File::toPath));
    return new ImportWords(
        joined(dims),
        joined(inputShapes),
        binds.stream().map(b -> located(b, folder)).toList(),
        overridable,
        outputs,
        inputs,
        files);
  }

  /**
   * {@code <dims>batch=1,4</dims>} reaches us as two words, since Maven takes commas for a list:
   * the second one belongs to the first.
   */
  private static List<String> joined(List<String> words) {
    List<String> all = new ArrayList<>();
    for (String word : words) {
      if (word.contains("=") || all.isEmpty()) {
        all.add(word.strip());
      } else {
        all.set(all.size() - 1, all.get(all.size() - 1) + "," + word.strip());
      }
    }
    return all;
  }

  private List<Tie> ties() {
    List<Tie> ties = new ArrayList<>();
    for (String word : states) {
      int at = word.indexOf('=');
      if (at <= 0 || at == word.length() - 1) {
        throw new CompileException("states take OUTPUT=INPUT, not '" + word + "'");
      }
      ties.add(new Tie(word.substring(0, at).strip(), word.substring(at + 1).strip()));
    }
    return ties;
  }

  private Tuning tuning() throws IOException {
    if (tuning == null) {
      return Tuning.NONE;
    }
    try {
      return Tuning.parse(Files.readString(tuning.toPath()));
    } catch (IllegalArgumentException e) {
      throw new CompileException(tuning + ": " + e.getMessage());
    }
  }

  private ArenaMode arena() {
    return arena == null
        ? ArenaMode.FAST
        : named(ArenaMode.values(), "arena", arena, ArenaMode::text);
  }

  private Expansion expansion() {
    return expandWeights == null
        ? Expansion.AUTO
        : named(Expansion.values(), "expandWeights", expandWeights, Expansion::text);
  }

  private static Precision precision(String word) {
    try {
      return Precision.of(word.strip());
    } catch (IllegalArgumentException e) {
      throw new CompileException("precision is fp32, bf16 or fp16, not '" + word + "'");
    }
  }

  private static boolean winograd(String word) {
    String w = word.strip().toLowerCase(Locale.ROOT);
    if (!w.equals("auto") && !w.equals("off")) {
      throw new CompileException("winograd is auto or off, not '" + word + "'");
    }
    return w.equals("auto");
  }

  private static ModelFormat format(String word) {
    return named(ModelFormat.values(), "format", word, ModelFormat::toString);
  }

  /** Of {@code NAME=FILE|VALUE} the file in the folder, where it is one. */
  private static String located(String bind, Path folder) {
    int at = bind.lastIndexOf('=') + 1;
    Path file = folder.resolve(bind.substring(at).strip());
    return Files.isRegularFile(file) ? bind.substring(0, at) + file : bind;
  }

  private static <E> E named(E[] all, String kind, String word, Function<E, String> name) {
    List<String> names = Arrays.stream(all).map(name).toList();
    int at = names.indexOf(word.strip().toLowerCase(Locale.ROOT));
    if (at < 0) {
      throw new CompileException(
          kind + " is one of " + String.join(", ", names) + ", not '" + word + "'");
    }
    return all[at];
  }
}
