package dev.nncc.cli;

import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.ScratchFolder;
import dev.nncc.compiler.Tuning;
import dev.nncc.compiler.tune.Tuner;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Schedules found by measuring: to search them, to use them. */
final class TuneFlags {
  @Option(
      names = "--tune",
      paramLabel = "DURATION",
      converter = Seconds.class,
      description =
          "Searches that long (such as 90s or 5m) for faster schedules by running the model's"
              + " kernels on this machine, compiles with them and keeps them in the file of"
              + " --tuning.")
  private @Nullable Double seconds;

  @Option(
      names = "--tuning",
      paramLabel = "FILE",
      description =
          "Schedules to use where they fit; --tune adds to the file. Text, which may be joined with"
              + " others. With --tune by default the model's name with the ending .tuning.")
  private @Nullable Path file;

  /** Seconds of 90s, 5m or 1h. */
  static final class Seconds implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      int unit = "smh".indexOf(text.isEmpty() ? ' ' : text.charAt(text.length() - 1));
      try {
        double n = unit < 0 ? 0 : Double.parseDouble(text.substring(0, text.length() - 1));
        if (n > 0 && Double.isFinite(n)) {
          return n * (unit == 1 ? 60 : unit == 2 ? 3600 : 1);
        }
      } catch (NumberFormatException e) {
        // said below
      }
      throw new TypeConversionException("'" + text + "' is no duration such as 90s, 5m or 1h");
    }
  }

  /** The options with the schedules of the file, after a search for more if one is wanted. */
  CompileOptions apply(Path model, CompileOptions options, Progress progress, PrintWriter out)
      throws IOException {
    Tuning known = Tuning.NONE;
    if (file != null && (seconds == null || Files.exists(file))) {
      known = TuningFlag.read(file);
    }
    if (seconds != null) {
      Path to = file != null ? file : Path.of(stem(model) + ".tuning");
      OutputFiles.requireFile(to);
      known = known.and(search(seconds, model, options, progress, out));
      String text = known.print();
      OutputFiles.writeWhole(to, part -> Files.writeString(part, text));
      progress.clear();
      out.println("schedules kept in " + to);
    }
    return options.withKernels(options.kernels().withTuning(known));
  }

  private static Tuning search(
      double seconds, Path model, CompileOptions options, Progress progress, PrintWriter out)
      throws IOException {
    try (ScratchFolder scratch = ScratchFolder.create()) {
      Tuner.Result r =
          new Tuner(seconds, 1, scratch.path())
              .tune(
                  Compiler.read(model, options, options.profiles().get(0)).graph(),
                  options,
                  progress::at);
      progress.clear();
      out.printf(
          Locale.ROOT,
          "tuning   %d of %d kernels are faster with other schedules: %.3f ms a run, by the rule"
              + " %.3f ms (%.1f %% more)%n",
          r.tuning().entries().size(),
          r.kernels(),
          r.tuned(),
          r.rule(),
          100 * (r.rule() / r.tuned() - 1));
      return r.tuning();
    }
  }

  private static String stem(Path model) {
    String name = String.valueOf(model.getFileName());
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }
}
