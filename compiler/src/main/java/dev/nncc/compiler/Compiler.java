package dev.nncc.compiler;

import dev.nncc.codegen.llvm.link.ElfObject;
import dev.nncc.codegen.llvm.link.Linker;
import dev.nncc.codegen.llvm.link.ModelData;
import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.toolchain.CodegenException;
import dev.nncc.codegen.llvm.toolchain.HostCpu;
import dev.nncc.codegen.llvm.toolchain.Llvm;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.codegen.llvm.toolchain.Machine;
import dev.nncc.compiler.CompileOptions.Stage;
import dev.nncc.frontend.onnx.ImportResult;
import dev.nncc.frontend.onnx.OnnxImporter;
import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.Pipeline;
import dev.nncc.passes.standard.Pipelines;
import dev.nncc.tensor.constant.Packer;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.plan.RunPlanner;
import dev.nncc.tensor.text.Printer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * From a model file to a shared library: the one entry point of the command line and of build
 * tools. Thread-safe; each call is a compilation of its own.
 */
public final class Compiler {
  private final CompileListener listener;

  public Compiler(CompileListener listener) {
    this.listener = listener;
  }

  /**
   * Compiles a model into a folder, which is created. Nothing is left behind on failure.
   *
   * @throws dev.nncc.graph.ModelException when the model cannot be compiled
   * @throws CompileException when the options do not fit
   * @throws IOException when a file cannot be read or written
   */
  public CompileReport compile(Path model, Path folder, CompileOptions options) throws IOException {
    return new Run(model, folder, options).run();
  }

  /** The target that options ask for. */
  public static LlvmTarget target(CompileOptions options) {
    Machine machine = options.machine().map(Compiler::machine).orElseGet(HostCpu::machine);
    boolean host = options.cpu().equals("host");
    if (host && machine != HostCpu.machine()) {
      throw new CompileException(
          "--cpu host names this machine's processor; name one of " + machine.targetName());
    }
    try {
      return host ? HostCpu.target() : LlvmTarget.of(machine, options.cpu());
    } catch (CodegenException e) {
      throw new CompileException(String.valueOf(e.getMessage()));
    }
  }

  private static Machine machine(String name) {
    return Machine.named(name)
        .orElseThrow(() -> new CompileException("unknown target " + name + "; see 'nncc targets'"));
  }

  /** One compilation. */
  private final class Run {
    private final Path model;
    private final Path folder;
    private final CompileOptions options;
    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private final String name;
    private long started = System.nanoTime();

    Run(Path model, Path folder, CompileOptions options) {
      this.model = model;
      this.folder = folder;
      this.options = options;
      this.name = Artefacts.stem(model);
    }

    CompileReport run() throws IOException {
      LlvmTarget target = target(options);
      int jobs = options.jobs() > 0 ? options.jobs() : Runtime.getRuntime().availableProcessors();
      ImportResult imported = OnnxImporter.importModel(model, options.imports());
      Report report = new Report(name, target.text(), imported.facts().assumed());
      if (ended(Stage.IMPORT, () -> String.valueOf(imported.graph().nodes()))) {
        return report.done(seconds);
      }
      Optional<Graph> fused = passes(imported.graph(), report);
      if (fused.isEmpty()) {
        return report.done(seconds);
      }
      Placement placement = Placement.of(fused.get());
      if (ended(Stage.LAYOUT, () -> String.valueOf(placement.graph().nodes()))) {
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
      long hash = Long.parseUnsignedLong(imported.facts().sha256().substring(0, 16), 16);
      ModelSpec spec = PlanSpec.of(name, hash, target, placement.graph(), plan, kernels);
      if (ended(Stage.PLAN, () -> PlanText.print(spec, plan))) {
        return report.done(seconds);
      }
      List<Llvm.Unit> units = new ArrayList<>();
      for (KernelCompiler.Compiled k : kernels.functions()) {
        units.add(new Llvm.Unit(k.kernel().name(), k.emitted().llvm()));
      }
      units.add(new Llvm.Unit("plan", ModelData.print(spec)));
      List<byte[]> objects = new Llvm(jobs).compileAll(units, target, Llvm.Output.OBJECT);
      report.code(objects, kernels.functions().size());
      if (ended(Stage.EMIT, () -> llvm(units))) {
        return report.done(seconds);
      }
      Artefacts artefacts = new Artefacts(folder, name);
      artefacts.write(
          temporary -> {
            link(temporary, target, plan, objects);
            ArtefactFiles.write(temporary, name, spec, plan, imported.facts());
          });
      ended(Stage.LINK, () -> "");
      report.files(artefacts.files());
      return report.done(seconds);
    }

    private void link(Path temporary, LlvmTarget target, RunPlan plan, List<byte[]> objects)
        throws IOException {
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
      new Linker(target.machine())
          .link(objects, List.of(weights), temporary.resolve("lib" + name + ".so"));
      Files.delete(weights);
    }

    /** The graph after all passes; empty when the user stops before. */
    private Optional<Graph> passes(Graph graph, Report report) {
      PassContext context = new PassContext(options.passes(), listener.rules());
      Graph g = graph;
      for (Pipeline.Stage s : Pipelines.standard(options.passes()).stages()) {
        Stage stage = Stage.valueOf(s.name().toUpperCase(java.util.Locale.ROOT));
        g = Pipeline.of(s).run(g, context, listener.pipeline());
        Graph now = g;
        int count = (int) now.nodes().stream().filter(n -> !(n.op() instanceof Constant)).count();
        report.kernels(stage, count);
        if (ended(stage, () -> String.valueOf(now.nodes()))) {
          return Optional.empty();
        }
      }
      return Optional.of(g);
    }

    /** Notes the stage's time; whether it is the last to run. */
    private boolean ended(Stage stage, Supplier<String> text) {
      long now = System.nanoTime();
      seconds.put(stage.text(), (now - started) / 1e9);
      listener.finished(stage, now - started, text);
      started = System.nanoTime();
      return options.stopAfter().filter(stage::equals).isPresent();
    }
  }

  private static String kernels(RunPlan plan) {
    StringBuilder s = new StringBuilder();
    plan.steps()
        .forEach(
            step ->
                s.append("// ")
                    .append(step.origin())
                    .append('\n')
                    .append(Printer.print(step.phase().kernel()))
                    .append('\n'));
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
