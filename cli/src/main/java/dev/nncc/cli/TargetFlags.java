package dev.nncc.cli;

import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.KernelOptions;
import dev.nncc.compiler.words.PassNames;
import dev.nncc.passes.Precision;
import dev.nncc.tensor.placement.Tie;
import dev.nncc.tensor.plan.ArenaMode;
import dev.nncc.tensor.plan.Expansion;
import dev.nncc.tensor.winograd.Winograd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** For which processor, and how hard to try. */
final class TargetFlags {
  @Option(
      names = "--target",
      paramLabel = "MACHINE",
      description = "Machine of the library, such as x86_64-linux; default: this one.")
  private @Nullable String machine;

  @Option(
      names = "--cpu",
      paramLabel = "CPU",
      defaultValue = "host",
      description =
          "Processor: host, x86-64-v2, x86-64-v3, x86-64-v4 or a name of LLVM's; see 'nncc"
              + " targets'. Several with commas: a library with code for each, which takes the"
              + " best that it can run. Default: host.")
  private String cpu = "host";

  @Option(
      names = "--plain-kernels",
      description = "Leave every loop scalar and serial: slow code, to search for faults.")
  private boolean plainKernels;

  @Option(
      names = "--disable",
      paramLabel = "NAME",
      split = ",",
      description = "Passes and rules to leave out; 'nncc pipeline --rules' lists them.")
  private List<String> disabled = new ArrayList<>();

  @Option(
      names = "--fast-math",
      description =
          "Take floats to be never infinite, NaN or zero below a fraction line: x*0, x-x and 0/x"
              + " become 0, x/x becomes 1. Nothing else changes.")
  private boolean fastMath;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      defaultValue = "fp32",
      description =
          "Type in which the factors of convolutions and matrix products are stored: fp32, bf16 or"
              + " fp16. Sums are fp32, and so is everything else. Default: fp32.")
  private PrecisionName precision = PrecisionName.FP32;

  /** What {@code --precision} takes. */
  enum PrecisionName {
    FP32,
    BF16,
    FP16;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--arena",
      paramLabel = "MODE",
      defaultValue = "fast",
      description =
          "What the memory for intermediate values saves: fast keeps borders apart that are written"
              + " once, small reuses every byte and writes them again in each run. Default: fast.")
  private ArenaMode arena = ArenaMode.FAST;

  @Option(
      names = "--state",
      paramLabel = "OUTPUT=INPUT",
      description =
          "Keeps an output in the context as the next run's input; neither is the caller's then. The"
              + " output may be the input with more positions behind it (a key-value cache): the"
              + " oldest drop out. A * stands for the same text in both names. Repeatable.")
  private Map<String, String> states = new LinkedHashMap<>();

  /** Words of --winograd. */
  enum When {
    AUTO,
    OFF
  }

  @Option(
      names = "--winograd",
      paramLabel = "WHEN",
      defaultValue = "auto",
      description =
          "Convolutions and matrix products with fewer multiplications: auto takes them where they"
              + " are faster, off never; their rounding errors are a few times larger. Default:"
              + " auto.")
  private When winograd = When.AUTO;

  @Option(
      names = "--expand-weights",
      paramLabel = "WHEN",
      defaultValue = "auto",
      description =
          "When weights get the larger form that these algorithms multiply with: load has the"
              + " library's first context make it, for the smallest file and the most memory, which"
              + " then holds both forms; compile stores it in the file, where processes share it;"
              + " auto stores it while that makes the weights at most half as large again, else has"
              + " what grows most made. Default: auto.")
  private Expansion expansion = Expansion.AUTO;

  CompileOptions apply(CompileOptions options) {
    CompileOptions o =
        options
            .withCpu(cpu)
            .withKernels(
                KernelOptions.DEFAULT
                    .withScheduled(!plainKernels)
                    .withWinograd(winograd == When.AUTO ? Winograd.AUTO : Winograd.OFF))
            .withPasses(
                options
                    .passes()
                    .withDisabled(PassNames.checked(disabled))
                    .withFastMath(fastMath)
                    .withPrecision(Precision.of(precision.toString())))
            .withMemory(
                options.memory().withArena(arena).withExpansion(expansion).withStates(ties()));
    return machine == null ? o : o.withMachine(machine);
  }

  private List<Tie> ties() {
    return states.entrySet().stream().map(e -> new Tie(e.getKey(), e.getValue())).toList();
  }

  /** The same choice as arguments of another nncc process. */
  List<String> arguments() {
    List<String> words = new ArrayList<>(List.of("--cpu", cpu));
    if (machine != null) {
      words.addAll(List.of("--target", machine));
    }
    if (plainKernels) {
      words.add("--plain-kernels");
    }
    if (fastMath) {
      words.add("--fast-math");
    }
    words.addAll(List.of("--precision", precision.toString(), "--arena", arena.text()));
    states.forEach((next, past) -> words.addAll(List.of("--state", next + "=" + past)));
    words.addAll(List.of("--winograd", winograd.name().toLowerCase(Locale.ROOT)));
    words.addAll(List.of("--expand-weights", expansion.text()));
    disabled.forEach(name -> words.addAll(List.of("--disable", name)));
    return words;
  }
}
