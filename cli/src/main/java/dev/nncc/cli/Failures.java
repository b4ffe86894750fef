package dev.nncc.cli;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.peer.PeerException;
import dev.nncc.compiler.run.RunException;
import dev.nncc.graph.ModelException;
import dev.nncc.runtime.NnccException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;

/** Turns what goes wrong into one clear line and an exit code. */
final class Failures {
  private final PrintWriter err;
  private final Path folder;
  private final List<String> arguments;

  /**
   * @param folder for what is known about a fault of nncc; made when there is one
   */
  Failures(PrintWriter err, Path folder, String... arguments) {
    this.err = err;
    this.folder = folder;
    this.arguments = List.of(arguments);
  }

  /** Says what is wrong with the command line, and what may have been meant. */
  int usage(CommandLine.ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    if (e instanceof CommandLine.UnmatchedArgumentException u) {
      String word = u.getUnmatched().get(0);
      boolean root = command.getParent() == null;
      String kind = word.startsWith("-") ? "option" : root ? "command" : "place for";
      err.println("nncc: no " + kind + " '" + word + "'");
      List<String> near = Suggestions.of(command, word);
      if (!near.isEmpty()) {
        err.println("did you mean " + String.join(", ", near) + "?");
      }
    } else {
      err.println("nncc: " + e.getMessage());
    }
    err.println("try: " + name + " --help");
    return ExitCodes.USAGE;
  }

  int explain(Throwable failure) {
    if (isEnding()) {
      return ExitCodes.INTERRUPTED; // what fails now fails for that: files and programs are gone
    }
    if (failure instanceof CancellationException) {
      return say(failure.getMessage(), ExitCodes.INTERRUPTED);
    }
    if (failure instanceof CommandLine.ParameterException p) {
      return usage(p, new String[0]);
    }
    if (failure instanceof UncheckedIOException
        && failure.getCause() instanceof IOException cause) {
      return explain(cause);
    }
    if (failure instanceof ModelException) {
      return say(failure.getMessage(), ExitCodes.MODEL);
    }
    if (failure instanceof CompileException) {
      return say(failure.getMessage(), ExitCodes.USAGE);
    }
    if (failure instanceof RunException
        || failure instanceof NnccException
        || failure instanceof PeerException) {
      return say(failure.getMessage(), ExitCodes.FILES);
    }
    if (failure instanceof IOException io) {
      return say(text(io), ExitCodes.FILES);
    }
    if (failure instanceof OutOfMemoryError) {
      return say(
          "not enough memory for this model; give the JVM more, as in NNCC_JAVA_OPTS=-Xmx8g",
          ExitCodes.INTERNAL);
    }
    return internal(failure);
  }

  /** Whether the process was told to end, as by Ctrl-C: its threads run on until hooks are done. */
  private static boolean isEnding() {
    Thread nothing = new Thread(() -> {});
    try {
      Runtime.getRuntime().addShutdownHook(nothing);
      Runtime.getRuntime().removeShutdownHook(nothing);
      return false;
    } catch (IllegalStateException ending) {
      return true;
    }
  }

  private int say(@org.jspecify.annotations.Nullable String text, int code) {
    err.println("nncc: " + text);
    return code;
  }

  /** The messages of file system exceptions are a bare path. */
  static String text(IOException e) {
    if (e instanceof NoSuchFileException || e instanceof FileNotFoundException) {
      return "no such file: " + e.getMessage();
    }
    if (e instanceof FileAlreadyExistsException) {
      return "is in the way: " + e.getMessage();
    }
    if (e instanceof AccessDeniedException) {
      return "no permission: " + e.getMessage();
    }
    if (e instanceof NotDirectoryException) {
      return "not a folder: " + e.getMessage();
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private int internal(Throwable failure) {
    String first = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    err.println("nncc: internal error: " + failure.getClass().getSimpleName() + ": " + first);
    try {
      err.println("please report it with the text of " + dump(failure));
    } catch (IOException e) {
      err.println("the details could not be written: " + text(e));
    }
    return ExitCodes.INTERNAL;
  }

  private Path dump(Throwable failure) throws IOException {
    StringWriter text = new StringWriter();
    PrintWriter to = new PrintWriter(text);
    to.println(new Version().getVersion()[0] + " on Java " + Runtime.version());
    to.println("nncc " + String.join(" ", arguments));
    failure.printStackTrace(to);
    to.flush();
    try {
      Files.createDirectories(folder);
      return Files.writeString(Files.createTempFile(folder, "crash-", ".txt"), text.toString());
    } catch (IOException e) {
      return Files.writeString(Files.createTempFile("nncc-crash-", ".txt"), text.toString());
    }
  }
}
