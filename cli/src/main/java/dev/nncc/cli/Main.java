package dev.nncc.cli;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.CompileOptions.Emit;
import dev.nncc.compiler.CompileOptions.Stage;
import dev.nncc.compiler.words.ByteCount;
import dev.nncc.tensor.plan.ArenaMode;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;

/** Entry point: parses the arguments, runs one command, turns what goes wrong into an exit code. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, args));
  }

  /** Runs one command line and returns its exit code; nothing else in the process is touched. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    Failures failures = new Failures(err, Path.of("nncc-crash"), args);
    try {
      CommandLine nncc = new CommandLine(new Nncc());
      nncc.getSubcommands().values().forEach(Main::inherit);
      return nncc.setOut(out)
          .setErr(err)
          .registerConverter(Stage.class, word -> constant(Stage.values(), "stage", word))
          .registerConverter(Emit.class, word -> constant(Emit.values(), "form", word))
          .registerConverter(ArenaMode.class, word -> constant(ArenaMode.values(), "mode", word))
          .registerConverter(ByteCount.class, Main::bytes)
          .setCaseInsensitiveEnumValuesAllowed(true)
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

  /** As users write it, in small letters. */
  private static <E extends Enum<E>> E constant(E[] all, String kind, String word) {
    for (E e : all) {
      if (e.name().equalsIgnoreCase(word)) {
        return e;
      }
    }
    String known =
        Arrays.stream(all)
            .map(e -> e.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    throw new CommandLine.TypeConversionException(
        "no " + kind + " '" + word + "'; there are " + known);
  }
}
