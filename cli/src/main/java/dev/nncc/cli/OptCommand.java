package dev.nncc.cli;

import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.ShapeChoice;
import dev.nncc.compiler.report.NodeLife;
import dev.nncc.compiler.words.PassNames;
import dev.nncc.graph.Graph;
import dev.nncc.graph.NearNames;
import dev.nncc.graph.text.GraphFiles;
import dev.nncc.graph.text.GraphPrinter;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import dev.nncc.passes.RewriteListener;
import dev.nncc.passes.standard.Pipelines;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nncc opt}: the passes alone, from and to text. */
@Command(
    name = "opt",
    description = "Runs the graph passes on a model or a graph in text form.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  nncc opt model.onnx -o model.nn",
      "  nncc opt model.nn --stop-after simplify --trace-rules",
      "  nncc opt model.onnx --no-passes",
      "  nncc opt model.onnx --explain /layer1/conv1/Conv",
    })
final class OptCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(
      paramLabel = "IN",
      description = "A model (ONNX, TensorFlow, Caffe) or a graph as .nn text.")
  private Path in;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT.nn",
      description = "File to write, large weights beside it. Default: prints.")
  private @Nullable Path output;

  @Option(
      names = "--stop-after",
      paramLabel = "STAGE",
      description = "Ends after a stage of 'nncc pipeline'.")
  private @Nullable String stopAfter;

  @Option(names = "--no-passes", description = "Only reads and writes.")
  private boolean noPasses;

  @Option(
      names = "--disable",
      paramLabel = "NAME",
      split = ",",
      description = "Passes and rules to leave out.")
  private List<String> disabled = new ArrayList<>();

  @Option(
      names = "--fast-math",
      description =
          "Take floats to be never infinite, NaN or zero below a fraction line: x*0, x-x and 0/x"
              + " become 0, x/x becomes 1.")
  private boolean fastMath;

  @Option(names = "--trace-rules", description = "Prints each application of a rewrite rule.")
  private boolean traceRules;

  @Option(
      names = "--explain",
      paramLabel = "NODE",
      description =
          "Prints the life of a node, named as in the model or by a value that it makes: which"
              + " rules touched it, into which kernel it went.")
  private @Nullable String explain;

  @Mixin private ImportFlags imports;

  @Override
  public Integer call() throws IOException {
    InputFiles.requireModel(in);
    PrintWriter out = spec.commandLine().getOut();
    CompileOptions choices = CompileOptions.DEFAULT.withImports(imports.options());
    Graph graph = Compiler.read(in, choices, ShapeChoice.NONE).graph();
    PassOptions options =
        PassOptions.DEFAULT.withDisabled(PassNames.checked(disabled)).withFastMath(fastMath);
    if (explain != null) {
      out.print(life(graph, explain, options));
      return ExitCodes.DONE;
    }
    if (!noPasses) {
      RewriteListener listener =
          traceRules ? application -> out.println(application) : RewriteListener.NONE;
      graph = pipeline(options).run(graph, new PassContext(options, listener));
    }
    if (output == null) {
      out.print(GraphPrinter.print(graph));
    } else {
      Graph result = graph;
      Path file = output;
      OutputFiles.write(
          file,
          () -> {
            GraphFiles.write(result, file);
            return file;
          });
      out.println("wrote " + file);
    }
    return ExitCodes.DONE;
  }

  private String life(Graph graph, String name, PassOptions options) {
    NodeLife life = NodeLife.of(graph, name).orElseThrow(() -> unknown(graph, name));
    if (!noPasses) {
      pipeline(options).run(graph, new PassContext(options, life), life);
    }
    return life.text();
  }

  private CommandLine.ParameterException unknown(Graph graph, String name) {
    Set<String> names = NodeLife.names(graph);
    String hint = NearNames.hint(name, names, "there are", names);
    return new CommandLine.ParameterException(
        spec.commandLine(), "--explain: the model has no node '" + name + "'" + hint);
  }

  private Pipeline pipeline(PassOptions options) {
    Pipeline all = Pipelines.standard(options);
    try {
      return stopAfter == null ? all : all.through(stopAfter);
    } catch (IllegalArgumentException e) {
      throw new CommandLine.ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
