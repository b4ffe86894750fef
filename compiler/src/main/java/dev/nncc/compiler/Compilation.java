package dev.nncc.compiler;

import dev.nncc.codegen.llvm.link.ElfObject;
import dev.nncc.codegen.llvm.link.Linker;
import dev.nncc.codegen.llvm.link.ModelData;
import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.toolchain.Llvm;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.compiler.CompileOptions.Emit;
import dev.nncc.compiler.CompileOptions.Stage;
import dev.nncc.frontend.onnx.ImportResult;
import dev.nncc.graph.Graph;
import dev.nncc.graph.text.GraphFiles;
import dev.nncc.graph.text.GraphPrinter;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.Pipeline;
import dev.nncc.passes.standard.KernelLadder;
import dev.nncc.passes.standard.Pipelines;
import dev.nncc.tensor.constant.Packer;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.plan.RunPlanner;
import dev.nncc.tensor.text.Printer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** One compilation, stage by stage: read {@link #run} to see the life of a model. */
final class Compilation {
  private final String name;
  private final CompileOptions options;
  private final CompileListener listener;
  private final LlvmTarget target;
  private final int jobs;
  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private long started = System.nanoTime();

  Compilation(String name, CompileOptions options, CompileListener listener) {
    this.name = name;
    this.options = options;
    this.listener = listener;
    target = Compiler.target(options);
    jobs = options.jobs() > 0 ? options.jobs() : Runtime.getRuntime().availableProcessors();
  }

  CompileReport run(ImportResult source, Path folder) throws IOException {
    Report report = new Report(name, target.text(), source.facts().assumed());
    if (ended(Stage.IMPORT, () -> GraphPrinter.print(source.graph()))) {
      return report.done(seconds);
    }
    Optional<Graph> fused = passes(source.graph(), report);
    if (fused.isEmpty()) {
      return report.done(seconds);
    }
    Placement placement = Placement.of(fused.get());
    report.copies(placement);
    if (ended(Stage.LAYOUT, () -> GraphPrinter.print(placement.graph()))) {
      return report.done(seconds);
    }
    RunPlan plan = RunPlanner.plan(placement, Lowerings.all());
    report.plan(plan);
    if (ended(Stage.LOWER, () -> kernels(plan))) {
      return report.done(seconds);
    }
    KernelCompiler.Result kernels =
        new KernelCompiler(target, options.optimiseKernels(), jobs).compile(plan, listener);
    if (ended(Stage.SCHEDULE, () -> scheduled(kernels))) {
      return report.done(seconds);
    }
    long hash = Long.parseUnsignedLong(source.facts().sha256().substring(0, 16), 16);
    ModelSpec spec = PlanSpec.of(name, hash, target, placement.graph(), plan, kernels);
    if (ended(Stage.PLAN, () -> PlanText.print(spec, plan))) {
      return report.done(seconds);
    }
    List<Llvm.Unit> units = units(kernels, spec);
    List<byte[]> objects = new Llvm(jobs).compileAll(units, target, Llvm.Output.OBJECT);
    report.code(objects, kernels.functions().size());
    listener.made(anatomy(placement, plan, kernels, objects, report));
    if (ended(Stage.EMIT, () -> llvm(units))) {
      return report.done(seconds);
    }
    Artefacts artefacts = new Artefacts(folder);
    artefacts.write(
        temporary -> {
          link(temporary, plan, objects);
          ArtefactFiles.write(temporary, name, spec, plan, source.facts());
          forms(temporary, placement.graph(), kernels, units, objects);
        });
    ended(Stage.LINK, () -> "");
    report.files(artefacts.files());
    return report.done(seconds);
  }

  /** The graph after all passes; empty when the user stops before. */
  private Optional<Graph> passes(Graph graph, Report report) {
    PassContext context = new PassContext(options.passes(), listener.rules());
    KernelLadder.Recorder recorder = new KernelLadder.Recorder(listener.pipeline());
    Graph g = graph;
    for (Pipeline.Stage s : Pipelines.standard(options.passes()).stages()) {
      g = Pipeline.of(s).run(g, context, recorder);
      Graph now = g;
      Stage stage = Stage.valueOf(s.name().toUpperCase(java.util.Locale.ROOT));
      if (ended(stage, () -> GraphPrinter.print(now))) {
        return Optional.empty();
      }
    }
    report.ladder(recorder.ladder());
    return Optional.of(g);
  }

  private Anatomy anatomy(
      Placement placement,
      RunPlan plan,
      KernelCompiler.Result kernels,
      List<byte[]> objects,
      Report report) {
    List<Anatomy.Function> functions = new ArrayList<>();
    for (KernelCompiler.Compiled k : kernels.functions()) {
      long bytes = objects.get(functions.size()).length;
      functions.add(new Anatomy.Function(k.kernel().name(), bytes, k.parallel()));
    }
    return new Anatomy(placement, plan, functions, kernels.functionOfStep(), report.done(seconds));
  }

  private static List<Llvm.Unit> units(KernelCompiler.Result kernels, ModelSpec spec) {
    List<Llvm.Unit> units = new ArrayList<>();
    for (KernelCompiler.Compiled k : kernels.functions()) {
      units.add(new Llvm.Unit(k.kernel().name(), k.emitted().llvm()));
    }
    units.add(new Llvm.Unit("plan", ModelData.print(spec)));
    return units;
  }

  private void link(Path temporary, RunPlan plan, List<byte[]> objects) throws IOException {
    Path weights = temporary.resolve("weights.o");
    ElfObject.write(
        weights,
        target.machine(),
        ElfObject.Section.weights(plan.weightBytes()),
        sink -> {
          for (RunPlan.Placed c : plan.constants()) {
            long[] at = {c.offset()};
            Packer.write(
                c.packed(),
                bytes -> {
                  int n = bytes.remaining();
                  sink.write(at[0], bytes);
                  at[0] += n;
                });
          }
        });
    Path library = temporary.resolve("lib" + name + ".so");
    new Linker(target.machine()).link(objects, List.of(weights), library);
    Files.delete(weights);
    if (!options.emit().contains(Emit.SO)) {
      Files.delete(library);
    }
  }

  /** The intermediate forms that the user asked for. */
  private void forms(
      Path folder,
      Graph graph,
      KernelCompiler.Result kernels,
      List<Llvm.Unit> units,
      List<byte[]> objects)
      throws IOException {
    if (options.emit().contains(Emit.NN)) {
      GraphFiles.write(graph, folder.resolve(name + ".nn"));
    }
    if (options.emit().contains(Emit.TIR)) {
      Files.writeString(folder.resolve(name + ".tir"), scheduled(kernels));
    }
    if (options.emit().contains(Emit.LLVM)) {
      Files.writeString(folder.resolve(name + ".ll"), llvm(units));
    }
    if (options.emit().contains(Emit.ASM)) {
      StringBuilder s = new StringBuilder();
      for (byte[] text : new Llvm(jobs).compileAll(units, target, Llvm.Output.ASSEMBLY)) {
        s.append(new String(text, StandardCharsets.UTF_8));
      }
      Files.writeString(folder.resolve(name + ".s"), s);
    }
    if (options.emit().contains(Emit.OBJ)) {
      for (int i = 0; i < units.size(); i++) {
        Files.write(folder.resolve(name + "." + units.get(i).name() + ".o"), objects.get(i));
      }
    }
  }

  /** Notes the stage's time; whether it is the last to run. */
  private boolean ended(Stage stage, Supplier<String> text) {
    long now = System.nanoTime();
    seconds.put(stage.text(), (now - started) / 1e9);
    listener.finished(stage, now - started, text);
    started = System.nanoTime();
    return options.stopAfter().filter(stage::equals).isPresent();
  }

  private static String kernels(RunPlan plan) {
    StringBuilder s = new StringBuilder();
    for (RunPlan.Step step : plan.steps()) {
      s.append("// ").append(step.origin()).append('\n');
      s.append(Printer.print(step.phase().kernel())).append('\n');
    }
    return s.toString();
  }

  private static String scheduled(KernelCompiler.Result kernels) {
    StringBuilder s = new StringBuilder();
    kernels.functions().forEach(k -> s.append(Printer.print(k.kernel())).append('\n'));
    return s.toString();
  }

  private static String llvm(List<Llvm.Unit> units) {
    StringBuilder s = new StringBuilder();
    units.forEach(u -> s.append("; ").append(u.name()).append('\n').append(u.ir()).append('\n'));
    return s.toString();
  }
}
