package dev.nncc.cli;

import dev.nncc.cli.BenchCommand.Against;
import dev.nncc.cli.TargetFlags.PrecisionName;
import dev.nncc.cli.TargetFlags.When;
import dev.nncc.compiler.ByteCount;
import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.CompileOptions.Emit;
import dev.nncc.compiler.CompileOptions.Stage;
import dev.nncc.compiler.run.PictureFormat.Layout;
import dev.nncc.compiler.run.PictureFormat.Resize;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.tensor.plan.ArenaMode;
import dev.nncc.tensor.plan.Expansion;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;

/** Entry point: parses the arguments, runs one command, turns what goes wrong into an exit code. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    StandardOutput to = new StandardOutput(new FileOutputStream(FileDescriptor.out));
    PrintWriter out = new PrintWriter(to, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(to.finished(run(out, err, args), err));
  }

  /** Runs one command line and returns its exit code; nothing else in the process is touched. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    Failures failures = new Failures(err, Path.of("nncc-crash"), args);
    try {
      CommandLine nncc = new CommandLine(new Nncc());
      nncc.getSubcommands().values().forEach(Main::inherit);
      return words(nncc)
          .setOut(out)
          .setErr(err)
          .registerConverter(ByteCount.class, Main::bytes)
          .setUsageHelpWidth(100)
          .setUsageHelpLongOptionsMaxWidth(32)
          .setExecutionExceptionHandler((failure, command, parsed) -> failures.explain(failure))
          .setParameterExceptionHandler(failures::usage)
          .execute(args);
    } catch (StackOverflowError | OutOfMemoryError | LinkageError e) {
      return failures.explain(e);
    } finally {
      out.flush();
    }
  }

  private static void inherit(CommandLine command) {
    command.getCommandSpec().usageMessage().abbreviateSynopsis(true);
    command.getCommandSpec().versionProvider(new Version());
  }

  private static ByteCount bytes(String text) {
    try {
      return ByteCount.parse(text);
    } catch (CompileException e) {
      throw new CommandLine.TypeConversionException(e.getMessage());
    }
  }

  /** What takes one of several words takes it in letters of either size, and lists them. */
  private static CommandLine words(CommandLine nncc) {
    return nncc.registerConverter(Stage.class, lower(Stage.values()))
        .registerConverter(Emit.class, lower(Emit.values()))
        .registerConverter(ArenaMode.class, lower(ArenaMode.values()))
        .registerConverter(Expansion.class, lower(Expansion.values()))
        .registerConverter(When.class, lower(When.values()))
        .registerConverter(PrecisionName.class, lower(PrecisionName.values()))
        .registerConverter(Against.class, lower(Against.values()))
        .registerConverter(ModelFormat.class, lower(ModelFormat.values()))
        .registerConverter(Resize.class, lower(Resize.values()))
        .registerConverter(Layout.class, word -> constant(Layout.values(), Layout::name, word));
  }

  private static <E extends Enum<E>> ITypeConverter<E> lower(E[] all) {
    return word -> constant(all, e -> e.name().toLowerCase(Locale.ROOT), word);
  }

  private static <E extends Enum<E>> E constant(E[] all, Function<E, String> text, String word) {
    for (E e : all) {
      if (e.name().equalsIgnoreCase(word)) {
        return e;
      }
    }
    String known = Arrays.stream(all).map(text).collect(Collectors.joining(", "));
    throw new CommandLine.TypeConversionException("'" + word + "' is none of " + known);
  }
}
