package dev.nncc.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.Parts;
import dev.nncc.compiler.ScratchFolder;
import dev.nncc.compiler.ShapeChoice;
import dev.nncc.compiler.peer.ExposedModel;
import dev.nncc.compiler.run.PictureFormat;
import dev.nncc.compiler.run.TensorInputs;
import dev.nncc.compiler.run.Tolerance;
import dev.nncc.compiler.verify.FirstDifference;
import dev.nncc.compiler.verify.Verification;
import dev.nncc.compiler.verify.WrongKernel;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nncc verify}: what is wrong with a compiled model, and what made it so. */
@Command(
    name = "verify",
    description = {
      "Checks a compiled model kernel by kernel, and finds what made it wrong.",
      "Compiles the model, runs it and compares each kernel with the reference evaluator on the same"
          + " operands, then the graph before and after each pass. Names the first wrong kernel, or"
          + " the pass and rule that changed what the model computes. Exit code 1 if one is wrong.",
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  nncc verify model.onnx --dim batch=1",
      "  nncc verify model.onnx --input x=picture.npy --cpu x86-64-v3",
      "  nncc verify model.onnx --against onnxruntime --json result.json",
    })
final class VerifyCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      description = "A model (ONNX, TensorFlow, Caffe) or a graph as .nn text.")
  private Path model;

  @Option(
      names = "--input",
      paramLabel = "[NAME=]FILE",
      description =
          "A .npy, .pb, .png or .jpg file; without a name for the next input. Repeatable. Inputs"
              + " without a file are random.")
  private List<String> files = new ArrayList<>();

  @Mixin private SeedFlag random;

  @Option(
      names = "--against",
      paramLabel = "onnxruntime",
      description =
          "Also compares all values that have the same name with those of ONNX Runtime, which is"
              + " fetched from Maven Central on first use, and names the first that differs.")
  private BenchCommand.@Nullable Against against;

  @Mixin private TargetFlags target;
  @Mixin private TuningFlag tuning;
  @Mixin private ImportFlags imports;
  @Mixin private PictureFlags pictures;

  @Mixin private ResultFlags results;

  @Override
  public Integer call() throws IOException {
    InputFiles.requireModel(model);
    if (against != null) {
      PeerSide.requireOnnx(model, imports.shared().files());
    }
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    all.put("model", String.valueOf(model.getFileName()));
    ArrayNode profiles = all.putArray("profiles");
    CompileOptions options =
        tuning.apply(target.apply(CompileOptions.DEFAULT)).withImports(imports.shared());
    if (!options.memory().states().isEmpty()) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "verify looks at one run by itself: leave --state out");
    }
    boolean right = true;
    for (ShapeChoice shapes : imports.profiles()) {
      right &= verify(options, shapes, profiles.addObject());
    }
    all.put("right", right);
    JsonFiles.write(results.json(), all);
    return right ? ExitCodes.DONE : ExitCodes.CHECK_FAILED;
  }

  private boolean verify(CompileOptions options, ShapeChoice shapes, ObjectNode found)
      throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (!shapes.name().isEmpty()) {
      out.println(shapes.name());
    }
    found.put("profile", shapes.name());
    ImportResult source = Compiler.read(model, options, shapes);
    Graph graph = source.graph();
    List<Tensor> inputs = inputs(graph, pictures.format(source.facts().metadata()));
    Verification.Result result;
    Optional<FirstDifference> peer = Optional.empty();
    try (ScratchFolder scratch = ScratchFolder.create();
        Progress progress =
            new Progress(
                spec.commandLine().getErr(), results.quiet(), Progress.isTerminal(), "import")) {
      result =
          new Verification(graph, inputs, options, Parts.STANDARD, progress::at)
              .run(scratch.path().resolve("out"));
      if (against != null) {
        progress.at("running ONNX Runtime", 0, 0);
        peer =
            Optional.of(
                peer(result, inputs, options.passes().precision().weights(), scratch.path()));
      }
    }
    print(out, result, peer);
    json(found, result, peer);
    return result.isRight() && peer.flatMap(FirstDifference::text).isEmpty();
  }

  private FirstDifference peer(
      Verification.Result result, List<Tensor> inputs, DType stored, Path scratch)
      throws IOException {
    ExposedModel exposed = ExposedModel.write(model, scratch, result.values().keySet());
    Map<String, Tensor> theirs = new LinkedHashMap<>();
    try (PeerSide side =
        PeerSide.open(exposed.file(), scratch, inputs, 1, spec.commandLine().getErr())) {
      List<Tensor> outputs = side.outputs();
      for (int i = 0; i < outputs.size(); i++) {
        theirs.put(exposed.names().get(i), outputs.get(i));
      }
    }
    Tolerance plain = new Tolerance(FirstDifference.TOLERANCE);
    PrintWriter out = spec.commandLine().getOut();
    plain.noteOfFactors(stored).ifPresent(t -> out.println("tolerance     relative L2 " + t));
    double tolerance = plain.limit(stored);
    return FirstDifference.of(result.values(), theirs, "ONNX Runtime", tolerance);
  }

  private List<Tensor> inputs(Graph graph, PictureFormat format) throws IOException {
    List<String> names = graph.inputs().stream().map(Value::name).toList();
    List<@Nullable Path> paths = LibraryRun.assign(files, names);
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      TensorType type = graph.inputs().get(i).type();
      Path file = paths.get(i);
      inputs.add(
          file == null
              ? TensorInputs.random(type, random.seed(), i)
              : TensorInputs.read(InputFiles.require(file), type, format));
    }
    return inputs;
  }

  private static void print(
      PrintWriter out, Verification.Result r, Optional<FirstDifference> peer) {
    if (r.wrongKernel().isPresent()) {
      WrongKernel k = r.wrongKernel().get();
      out.println("wrong kernel  " + k.name() + " [" + k.nodes() + "]");
      out.println("  value       " + k.value());
      out.println("  element     " + k.problem());
      k.cause().ifPresent(c -> out.println("  cause       " + c.text()));
    } else {
      out.printf(
          Locale.ROOT,
          "kernels       %d are right; at worst %.2g of the error bound%s%n",
          r.kernels(),
          r.worst(),
          r.worstKernel().isEmpty() ? "" : " (" + r.worstKernel() + ")");
    }
    if (r.wrongPass().isPresent()) {
      out.println("wrong pass    " + r.wrongPass().get().text());
    } else {
      out.printf(
          Locale.ROOT, "passes        keep the meaning; relative L2 %.2g over f64%n", r.graphs());
    }
    r.outputs()
        .ifPresent(
            d -> out.printf(Locale.ROOT, "outputs       relative L2 %.2g from the model%n", d));
    peer.ifPresent(
        p ->
            out.println(
                p.text()
                    .map(t -> "differs       " + t)
                    .orElseGet(
                        () ->
                            String.format(
                                Locale.ROOT,
                                "onnxruntime   %d values agree, relative L2 up to %.2g",
                                p.compared(),
                                p.largest()))));
  }

  private static void json(ObjectNode o, Verification.Result r, Optional<FirstDifference> peer) {
    o.put("kernels", r.kernels()).put("worst_by_bound", r.worst());
    o.put("worst_kernel", r.worstKernel()).put("passes_relative_l2", r.graphs());
    r.outputs().ifPresent(d -> o.put("outputs_relative_l2", d));
    r.wrongKernel()
        .ifPresent(
            k -> {
              ObjectNode n = o.putObject("wrong_kernel");
              n.put("name", k.name()).put("nodes", k.nodes()).put("value", k.value());
              n.put("element", k.problem());
              k.cause().ifPresent(c -> n.put("cause", c.name().toLowerCase(Locale.ROOT)));
            });
    r.wrongPass()
        .ifPresent(
            p -> {
              ObjectNode n = o.putObject("wrong_pass");
              n.put("pass", p.pass()).put("relative_l2", p.distance().outputs());
              p.distance().value().ifPresent(v -> n.put("value", v));
              p.application()
                  .ifPresent(a -> n.put("rule", a.rule()).put("application", a.toString()));
            });
    peer.ifPresent(
        p -> {
          ObjectNode n = o.putObject("onnxruntime");
          n.put("values", p.compared()).put("relative_l2", p.largest());
          p.text().ifPresent(t -> n.put("first_difference", t));
        });
  }
}
