package dev.nncc.cli;

import dev.nncc.compiler.WholeFile;
import dev.nncc.models.zoo.Zoo;
import dev.nncc.models.zoo.ZooOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nncc zoo}: standard architectures as model files. */
@Command(
    name = "zoo",
    description = {
      "Writes a standard architecture with random weights as an ONNX model.",
      "Without a name: lists them."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  nncc zoo",
      "  nncc zoo resnet50 -o resnet50.onnx",
      "  nncc zoo bert-base -o bert.onnx --dim sequence=64 --seed 7",
    })
final class ZooCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "The architecture.")
  private @Nullable String name;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE.onnx",
      description = "Default: NAME.onnx.")
  private @Nullable Path output;

  @Option(
      names = "--dim",
      paramLabel = "NAME=N",
      description = "Sets a dimension that the architecture leaves open. Repeatable.")
  private Map<String, Long> dims = new LinkedHashMap<>();

  @Option(
      names = "--open-batch",
      description = "Leaves the batch open, as dimension 'batch', for 'compile --dim batch=N'.")
  private boolean openBatch;

  @Option(
      names = "--seed",
      converter = Numbers.Whole.class,
      paramLabel = "N",
      defaultValue = "1",
      description = "Of the weights. Default: 1.")
  private long seed;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (name == null) {
      for (String n : Zoo.names()) {
        out.printf("%-20s %s%n", n, Zoo.summary(n));
        if (!Zoo.dims(n).isEmpty()) {
          out.printf("%-20s   --dim %s%n", "", Zoo.dims(n).toString().replaceAll("[{} ]", ""));
        }
      }
      return ExitCodes.DONE;
    }
    String model = name;
    ZooOptions options = new ZooOptions(seed, dims, openBatch);
    Path file = output == null ? Path.of(model + ".onnx") : output;
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      OutputFiles.requireFolder(folder);
      Files.createDirectories(folder);
    }
    OutputFiles.requireFile(file);
    try (Progress progress =
        new Progress(
            spec.commandLine().getErr(), false, Progress.isTerminal(), "writing " + file)) {
      WholeFile.write(file, part -> Zoo.write(model, options, part));
    } catch (IllegalArgumentException e) {
      throw new CommandLine.ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    out.println("wrote " + file + ", " + Figures.bytes(Files.size(file)));
    return ExitCodes.DONE;
  }
}
