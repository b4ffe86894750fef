package dev.nncc.benchmarks;

import dev.nncc.compiler.measure.Processor;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/** The measuring program; {@code benchmarks/run} starts it. */
public final class Main {
  private static final String USAGE =
      """
      benchmarks/run COMMAND [OPTIONS]
        table      zoo models against ONNX Runtime
        real       trained models against ONNX Runtime
        compile    seconds, memory, library size, load and first run
        ladder     kernels, memory and sizes of all models, seconds of the optimiser
        before     all models against those that another checkout compiles
        peak       what this machine can do: FMA and memory bandwidth
        convolutions  each convolution of resnet50 and vgg19 against oneDNN
        algorithms    each convolution by every algorithm; fails where the rule is 5 % slower than another
        write      the page of results once more, from what was measured

      --models A,B   only these; default: all of the command
      --threads 1,2  thread counts to measure at
      --seconds S    of measuring each side of a comparison; default 3
      --minutes M    no further model is begun after this time; default 12
      --resume       leaves out what was measured with this commit
      --date D       written with the results; default: today
      --data DIR     folder of trained models; default: ../shared/data/onnx-models beside the checkout
      --checkout DIR the other checkout of 'before'; default: ../before beside this one
      --results FILE page to write; default benchmarks/RESULTS.md
      --work DIR     models, libraries and figures; default benchmarks/target/work
      """;

  private Main() {}

  public static void main(String[] words) throws IOException {
    System.exit(run(words, System.out));
  }

  private static int run(String[] words, PrintStream out) throws IOException {
    if (words.length == 2 && words[0].equals(FirstRun.COMMAND)) {
      out.println(FirstRun.measure(Path.of(words[1])));
      return 0;
    }
    Arguments arguments;
    Store store;
    boolean good;
    try {
      arguments = Arguments.parse(words);
      store = new Store(arguments.work().resolve("figures"));
      good = new Session(arguments, store, out).run();
    } catch (IllegalArgumentException e) {
      out.println(e.getMessage());
      out.print(USAGE);
      return 2;
    }
    ResultsText text = new ResultsText(store, Processor.read());
    text.write(arguments.results());
    out.println("wrote " + arguments.results());
    return good ? 0 : 1;
  }
}
