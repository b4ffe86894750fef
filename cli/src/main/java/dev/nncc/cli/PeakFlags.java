package dev.nncc.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nncc.compiler.ScratchFolder;
import dev.nncc.compiler.measure.PeakKernels;
import dev.nncc.compiler.measure.Peaks;
import dev.nncc.compiler.measure.Processor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What this machine can do: measured once, kept in the user's cache folder. */
final class PeakFlags {
  private static final double SECONDS = 0.5;

  @Option(
      names = "--peak",
      description =
          "Measures what this machine can do, about ten seconds, and keeps it in the user's cache"
              + " folder for --profile and 'report --time'. Each use measures again.")
  private boolean peak;

  @Option(
      names = "--peak-file",
      paramLabel = "FILE",
      description = "Where the figures of --peak are kept. Default: in ~/.cache/nncc.")
  private @Nullable Path file;

  boolean wanted() {
    return peak;
  }

  /** Measured at some time on this machine. */
  Optional<Peaks> known() throws IOException {
    return known(file);
  }

  /**
   * Measured at some time on this machine.
   *
   * @param file where the user says that it is kept
   */
  static Optional<Peaks> known(@Nullable Path file) throws IOException {
    Processor p = Processor.read();
    return Peaks.load(file(file, p), p);
  }

  private static Path file(@Nullable Path given, Processor p) {
    return given != null ? given : Peaks.file(cache(), p);
  }

  private static Path cache() {
    String set = System.getenv("XDG_CACHE_HOME");
    return set == null || set.isEmpty()
        ? Path.of(System.getProperty("user.home"), ".cache", "nncc")
        : Path.of(set, "nncc");
  }

  /** Measures, keeps and prints. */
  void measure(CommandLine line, boolean quiet, @Nullable Path json) throws IOException {
    Processor p = Processor.read();
    Path to = file(file, p);
    OutputFiles.requireFolder(Objects.requireNonNullElse(to.toAbsolutePath().getParent(), to));
    List<Integer> threads = p.cores() > 1 ? List.of(1, p.cores()) : List.of(1);
    Peaks peaks;
    try (ScratchFolder scratch = ScratchFolder.create();
        Progress progress =
            new Progress(line.getErr(), quiet, Progress.isTerminal(), "measuring")) {
      peaks =
          new PeakKernels(scratch.path(), p, threads, SECONDS)
              .measure((what, done, total) -> progress.at(what, done, total));
    }
    peaks.save(to);
    line.getOut().print(peaks.text());
    line.getOut().println("kept in " + to);
    ObjectNode tree = JsonMapper.builder().build().valueToTree(peaks);
    JsonFiles.write(json, tree);
  }
}
