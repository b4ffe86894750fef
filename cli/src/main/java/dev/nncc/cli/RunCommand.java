package dev.nncc.cli;

import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.ModelFolder;
import dev.nncc.compiler.run.RunException;
import dev.nncc.compiler.run.TensorFolder;
import dev.nncc.compiler.run.TensorInputs;
import dev.nncc.compiler.run.Tolerance;
import dev.nncc.compiler.verify.FirstDifference;
import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Tensor;
import dev.nncc.passes.Precision;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.TensorInfo;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nncc run}: a compiled library on inputs from files. */
@Command(
    name = "run",
    description = "Runs a compiled library once and prints, stores or compares its outputs.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  nncc run out picture.png --top 5",
      "  nncc run out/libmodel.so x=x.npy y=y.npy --save results",
      "  nncc run out --seed 1",
      "  nncc run out --compare models/mnist --rtol 1e-5",
      "  nncc run out picture.png --compare expected.npy",
    })
final class RunCommand implements Callable<Integer> {
  private static final int DEFAULT_TOP = 5;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "LIBRARY",
      description = "The library, or the folder that 'compile -o' wrote.")
  private Path library;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "[NAME=]FILE",
      description = "Inputs: .npy, .pb (ONNX), .png or .jpg; without names in the model's order.")
  private List<String> files = new ArrayList<>();

  @Option(
      names = "--seed",
      converter = Numbers.Whole.class,
      paramLabel = "N",
      description = "Random numbers for inputs without a file.")
  private @Nullable Long seed;

  @Option(
      names = "--dim",
      paramLabel = "NAME=N",
      description =
          "Shape profile of a library that has several; default: that of the inputs' files, or the"
              + " largest. Repeatable.")
  private List<String> shapes = new ArrayList<>();

  @Mixin private PictureFlags pictures;

  @Option(
      names = "--top",
      converter = Numbers.AtLeastOne.class,
      paramLabel = "K",
      description = "Prints the K largest elements of each output, with labels.")
  private @Nullable Integer top;

  @Option(
      names = "--save",
      paramLabel = "DIR",
      description = "Writes output_<i>.npy into a folder instead of printing.")
  private @Nullable Path save;

  @Option(
      names = "--compare",
      paramLabel = "PATH",
      description =
          "Compares with output_<i>.npy or .pb of a folder, where inputs without a file come from"
              + " its input_<i>; or the only output with one .npy or .pb file.")
  private @Nullable Path compare;

  @Option(
      names = "--rtol",
      converter = Numbers.NotNegative.class,
      paramLabel = "R",
      description =
          "Largest relative L2 difference for --compare. Default: 1e-4; 2^-8 for a library compiled"
              + " with --precision fp16, 2^-5 with bf16.")
  private @Nullable Double rtol;

  @Option(
      names = "--threads",
      converter = Numbers.Count.class,
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads. Default: 0, all processors.")
  private int threads;

  @Override
  public Integer call() throws IOException {
    ModelFolder folder = ModelFolder.find(library);
    if (save != null) {
      OutputFiles.requireFolder(save);
    }
    ContextOptions options = ContextOptions.DEFAULT.withThreads(threads);
    PrintWriter out = spec.commandLine().getOut();
    try (CompiledModel model = CompiledModel.open(folder.library(), options)) {
      Map<Integer, Tensor> expected =
          compare == null ? Map.of() : expected(compare, model.model().outputs());
      List<Tensor> outputs = model.run(inputs(model, folder));
      if (save != null) {
        store(outputs, save, out);
      } else if (compare == null || top != null) {
        print(model, outputs, folder, top == null ? 0 : top, out);
      }
      return compare == null
          ? ExitCodes.DONE
          : compare(model, outputs, tolerance(folder, out), expected, out);
    }
  }

  private List<Tensor> inputs(CompiledModel model, ModelFolder folder) throws IOException {
    LibraryRun run =
        new LibraryRun(
            files, pictures.format(folder.metadata()), Optional.ofNullable(seed), shapes);
    if (compare == null || !files.isEmpty() || !Files.isDirectory(compare)) {
      return run.inputs(model);
    }
    TensorFolder stored = TensorFolder.list(compare);
    Map<Integer, Tensor> inputs = new LinkedHashMap<>();
    for (int i = 0; i < model.model().inputs().size(); i++) {
      Optional<Tensor> own = read(stored::input, i);
      if (own.isEmpty() && seed == null) {
        throw new RunException(compare + " has no input_" + i + ".npy or .pb");
      }
      if (own.isPresent()) {
        inputs.put(i, own.get());
      }
    }
    return run.inputs(model, inputs);
  }

  private static void store(List<Tensor> outputs, Path folder, PrintWriter out) throws IOException {
    Files.createDirectories(folder);
    for (int i = 0; i < outputs.size(); i++) {
      Path file = folder.resolve("output_" + i + ".npy");
      Tensor output = outputs.get(i);
      OutputFiles.writeWhole(file, part -> TensorFiles.writeNpy(part, output));
      out.println("wrote    " + file);
    }
  }

  /** Prints outputs; the best classes where they are wanted or have labels. */
  static void print(
      CompiledModel model, List<Tensor> outputs, ModelFolder folder, int top, PrintWriter out) {
    Outputs text = new Outputs(folder.metadata());
    for (int i = 0; i < outputs.size(); i++) {
      String name = model.model().outputs().get(i).name();
      Tensor t = outputs.get(i);
      boolean classes = (top > 0 || text.hasLabels()) && t.dtype().isFloat() && t.elements() > 0;
      out.print(classes ? text.top(name, t, top > 0 ? top : DEFAULT_TOP) : text.values(name, t));
    }
  }

  /** As asked, else by the type of the library's factors, which is then said. */
  private Tolerance tolerance(ModelFolder folder, PrintWriter out) {
    if (rtol != null) {
      return new Tolerance(rtol);
    }
    Tolerance plain = new Tolerance(FirstDifference.TOLERANCE);
    DType stored = Precision.of(folder.precision()).weights();
    plain.noteOfFactors(stored).ifPresent(t -> out.println("tolerance relative L2 " + t));
    return plain.ofFactors(stored);
  }

  /** What outputs are compared with, by their numbers. */
  private static Map<Integer, Tensor> expected(Path from, List<TensorInfo> outputs)
      throws IOException {
    if (!Files.isDirectory(from)) {
      InputFiles.require(from);
      if (outputs.size() != 1) {
        throw new RunException(
            String.format(
                "%s is one file, and there are %d outputs; --compare takes a folder with"
                    + " output_<i>.npy or .pb then",
                from, outputs.size()));
      }
      return Map.of(0, TensorInputs.read(from));
    }
    TensorFolder stored = TensorFolder.list(from);
    Map<Integer, Tensor> all = new LinkedHashMap<>();
    for (int i = 0; i < outputs.size(); i++) {
      int number = i;
      read(stored::output, i).ifPresent(t -> all.put(number, t));
    }
    if (all.isEmpty()) {
      throw new RunException(from + " has no output_<i>.npy or .pb");
    }
    return all;
  }

  private static int compare(
      CompiledModel model,
      List<Tensor> outputs,
      Tolerance tolerance,
      Map<Integer, Tensor> expected,
      PrintWriter out) {
    boolean good = true;
    for (Map.Entry<Integer, Tensor> e : expected.entrySet()) {
      String name = model.model().outputs().get(e.getKey()).name();
      Tolerance.Verdict v = tolerance.check(name, outputs.get(e.getKey()), e.getValue());
      out.println((v.passed() ? "agrees   " : "differs  ") + v.text());
      good &= v.passed();
    }
    return good ? ExitCodes.DONE : ExitCodes.CHECK_FAILED;
  }

  /** A damaged file is the user's, not the model's. */
  private static Optional<Tensor> read(IntFunction<Optional<Tensor>> stored, int i) {
    try {
      return stored.apply(i);
    } catch (ModelException e) {
      throw new RunException(String.valueOf(e.getMessage()), e);
    }
  }
}
