package dev.nncc.cli;

import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.conformance.CaseRunner;
import dev.nncc.compiler.conformance.Worker;
import dev.nncc.runtime.ContextOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The other end of {@code nncc conformance}: answers requests until there are no more. */
@Command(name = "conformance-worker", hidden = true)
final class ConformanceWorker implements Callable<Integer> {
  @Option(names = "--threads", converter = Numbers.AtLeastOne.class, defaultValue = "1")
  private int threads;

  @Mixin private TargetFlags target;

  @Override
  public Integer call() throws IOException {
    PrintStream answers = System.out;
    // Whatever else prints must not come between the answers.
    System.setOut(System.err);
    CaseRunner runner =
        new CaseRunner(
            target.apply(CompileOptions.DEFAULT).withJobs(1),
            ContextOptions.DEFAULT.withThreads(threads));
    Worker.serve(
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
        new PrintWriter(answers, false, StandardCharsets.UTF_8),
        runner);
    return ExitCodes.DONE;
  }
}
