package dev.nncc.cli;

import dev.nncc.compiler.conformance.Outcome;
import dev.nncc.compiler.conformance.Scoreboard;
import dev.nncc.compiler.conformance.TestCase;
import dev.nncc.compiler.conformance.TestCases;
import dev.nncc.compiler.conformance.WorkerPool;
import dev.nncc.compiler.run.RunException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nncc conformance}: stored tests, and a scoreboard. */
@Command(
    name = "conformance",
    description = {
      "Compiles and runs the tests of a folder or zip file and prints a scoreboard.",
      "",
      "A test is a folder with model.onnx, model.pb, saved_model or model.prototxt and stored"
          + " tensors: input_<i> and output_<i> (.npy or .pb) beside it, or in test_data_set_<k>. A"
          + " meta.json may name the shapes of inputs, the tensors to feed and fetch and how well"
          + " the outputs are known; io.txt names tensors too. Exit code 1 when a test fails or is"
          + " refused."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  nncc conformance onnx-models --jobs 2",
      "  nncc conformance onnx-node-tests.zip --filter 'test_conv*' --json results.json",
    })
final class ConformanceCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(paramLabel = "PATH", description = "Folder or zip file of tests.")
  private Path path;

  @Option(
      names = "--filter",
      paramLabel = "PATTERN",
      split = ",",
      description =
          "Only tests whose name or last part of it matches; * stands for anything. Repeatable.")
  private List<String> filters = new ArrayList<>();

  @Option(
      names = "--jobs",
      converter = Numbers.Count.class,
      paramLabel = "N",
      defaultValue = "0",
      description = "Worker processes. Default: 0, half of the processors.")
  private int jobs;

  @Option(
      names = "--time-limit",
      converter = Numbers.AtLeastOne.class,
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "For one test. Default: 300.")
  private int timeLimit;

  @Option(
      names = "--threads",
      converter = Numbers.AtLeastOne.class,
      paramLabel = "N",
      defaultValue = "1",
      description = "Threads of each run. Default: 1.")
  private int threads;

  @Mixin private TargetFlags target;

  @Mixin private ResultFlags results;

  @Option(
      names = {"-v", "--verbose"},
      description = "Prints each test as it ends.")
  private boolean verbose;

  @Override
  public Integer call() throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    PrintWriter out = spec.commandLine().getOut();
    try (TestCases all = TestCases.find(path)) {
      List<TestCase> cases = all.cases().stream().filter(this::isWanted).toList();
      if (cases.isEmpty()) {
        throw new RunException(
            path
                + " holds no test (a folder with model.onnx)"
                + (filters.isEmpty() ? "" : " that matches"));
      }
      Scoreboard board = run(cases, out);
      out.print(board.text());
      JsonFiles.write(results.json(), board.json());
      return board.isClean() ? ExitCodes.DONE : ExitCodes.CHECK_FAILED;
    }
  }

  private Scoreboard run(List<TestCase> cases, PrintWriter out) throws IOException {
    int workers = jobs > 0 ? jobs : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    WorkerPool pool = new WorkerPool(worker(), workers, Duration.ofSeconds(timeLimit));
    AtomicInteger done = new AtomicInteger();
    try (Progress progress =
        new Progress(
            spec.commandLine().getErr(), results.quiet(), Progress.isTerminal(), "starting")) {
      return pool.run(
          cases,
          outcome -> {
            progress.at("tests", done.incrementAndGet(), cases.size());
            if (verbose) {
              progress.clear();
              out.println(line(outcome));
              out.flush();
            }
          });
    }
  }

  private static String line(Outcome o) {
    return String.format(
        java.util.Locale.ROOT,
        "%-8s %s (%.1f s): %s",
        o.kind().name().toLowerCase(java.util.Locale.ROOT),
        o.name(),
        o.seconds(),
        o.why());
  }

  /** This program again, as a worker. */
  private List<String> worker() {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:+DisplayVMOutputToStderr",
                "-XX:ErrorFile=/dev/null",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "conformance-worker",
                "--threads",
                Integer.toString(threads)));
    command.addAll(target.arguments());
    return command;
  }

  private boolean isWanted(TestCase test) {
    String name = test.name();
    String last = name.substring(name.lastIndexOf('/') + 1);
    return filters.isEmpty()
        || filters.stream()
            .map(ConformanceCommand::pattern)
            .anyMatch(p -> p.matcher(name).matches() || p.matcher(last).matches());
  }

  private static Pattern pattern(String glob) {
    String[] parts = glob.split("\\*", -1);
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < parts.length; i++) {
      regex.append(i == 0 ? "" : ".*").append(Pattern.quote(parts[i]));
    }
    return Pattern.compile(regex.toString());
  }
}
