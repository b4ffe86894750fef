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
import dev.nncc.frontend.onnx.ModelFacts;
import dev.nncc.graph.text.GraphFiles;
import dev.nncc.tensor.constant.Packer;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.plan.WeightTable;
import dev.nncc.tensor.text.Printer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One compilation, stage by stage: read {@link #run} to see the life of a model. Each shape profile
 * goes through {@link FrontEnd} by itself; kernels, tables and weights are made for all together.
 */
final class Compilation {
  private final String name;
  private final CompileOptions options;
  private final CompileListener listener;
  private final Parts parts;
  private final LlvmTarget target;
  private final int jobs;
  private final Stages stages;
  private final WeightTable weights = new WeightTable();

  Compilation(String name, CompileOptions options, CompileListener listener, Parts parts) {
    this.name = name;
    this.options = options;
    this.listener = listener;
    this.parts = parts;
    target = Compiler.target(options);
    jobs = options.jobs() > 0 ? options.jobs() : Runtime.getRuntime().availableProcessors();
    stages = new Stages(options.stopAfter(), listener);
  }

  /** Where the graph of a profile comes from. */
  interface Source {
    ImportResult read() throws IOException;
  }

  /** The model with the shapes of one profile. */
  record Profile(String name, Source source) {}

  CompileReport run(List<Profile> sources, Path folder) throws IOException {
    Report report = new Report(name, target.text());
    List<PlannedProfile> profiles = new ArrayList<>();
    List<ModelFacts> facts = new ArrayList<>();
    ProfileCheck check = new ProfileCheck();
    for (Profile p : sources) {
      stages.profile(p.name());
      ImportResult source = p.source().read();
      facts.add(source.facts());
      check.add(p.name(), source.graph());
      Report.OfProfile figures = report.profile(p.name(), source.facts().assumed());
      new FrontEnd(options, listener, stages, weights, parts)
          .plan(p.name(), source.graph(), figures)
          .ifPresent(profiles::add);
    }
    report.weights(weights.bytes());
    if (profiles.size() < sources.size()) {
      return report.done(stages.seconds());
    }
    stages.profile("");
    MemoryLimit limit = new MemoryLimit(name, options.memory());
    limit.check(profiles, weights.bytes(), 0);
    List<RunPlan> plans = profiles.stream().map(PlannedProfile::plan).toList();
    KernelCompiler.Result kernels =
        new KernelCompiler(target, options.optimiseKernels(), jobs, parts.scheduler())
            .compile(plans, listener);
    if (stages.ended(Stage.SCHEDULE, () -> scheduled(kernels))) {
      return report.done(stages.seconds());
    }
    long hash = Long.parseUnsignedLong(facts.get(0).sha256().substring(0, 16), 16);
    ModelSpec spec = PlanSpec.of(name, hash, target, profiles, weights.bytes(), kernels);
    limit.check(profiles, weights.bytes(), spec.memory().scratch());
    if (stages.ended(Stage.PLAN, () -> PlanText.print(spec, profiles))) {
      return report.done(stages.seconds());
    }
    List<Llvm.Unit> units = units(kernels, spec);
    List<byte[]> objects = new Llvm(jobs).compileAll(units, target, Llvm.Output.OBJECT);
    report.code(objects, kernels.functions().size());
    for (int i = 0; i < profiles.size(); i++) {
      listener.made(anatomy(profiles.get(i), i, kernels, objects, report));
    }
    if (stages.ended(Stage.EMIT, () -> llvm(units))) {
      return report.done(stages.seconds());
    }
    Artefacts artefacts = new Artefacts(folder);
    artefacts.write(
        temporary -> {
          link(temporary, objects);
          ArtefactFiles.write(temporary, name, spec, profiles, facts.get(0));
          forms(temporary, profiles, kernels, units, objects);
        });
    stages.ended(Stage.LINK, () -> "");
    report.files(artefacts.files());
    return report.done(stages.seconds());
  }

  private Anatomy anatomy(
      PlannedProfile profile,
      int number,
      KernelCompiler.Result kernels,
      List<byte[]> objects,
      Report report) {
    List<Anatomy.Function> functions = new ArrayList<>();
    for (KernelCompiler.Compiled k : kernels.functions()) {
      long bytes = objects.get(functions.size()).length;
      functions.add(new Anatomy.Function(k.kernel().name(), bytes, k.parallel()));
    }
    return new Anatomy(
        profile.name(),
        profile.placement(),
        profile.plan(),
        functions,
        kernels.functionOfStep().get(number),
        report.done(stages.seconds()));
  }

  private static List<Llvm.Unit> units(KernelCompiler.Result kernels, ModelSpec spec) {
    List<Llvm.Unit> units = new ArrayList<>();
    for (KernelCompiler.Compiled k : kernels.functions()) {
      units.add(new Llvm.Unit(k.kernel().name(), k.emitted().llvm()));
    }
    units.add(new Llvm.Unit("plan", ModelData.print(spec)));
    return units;
  }

  private void link(Path temporary, List<byte[]> objects) throws IOException {
    Path object = temporary.resolve("weights.o");
    ElfObject.write(
        object,
        target.machine(),
        ElfObject.Section.weights(weights.bytes()),
        sink -> {
          for (RunPlan.Placed c : weights.constants()) {
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
    new Linker(target.machine()).link(objects, List.of(object), library);
    Files.delete(object);
    if (!options.emit().contains(Emit.SO)) {
      Files.delete(library);
    }
  }

  /** The intermediate forms that the user asked for. */
  private void forms(
      Path folder,
      List<PlannedProfile> profiles,
      KernelCompiler.Result kernels,
      List<Llvm.Unit> units,
      List<byte[]> objects)
      throws IOException {
    if (options.emit().contains(Emit.NN)) {
      for (PlannedProfile p : profiles) {
        String of = p.name().isEmpty() ? name : name + "." + Artefacts.plain(p.name());
        GraphFiles.write(p.graph(), folder.resolve(of + ".nn"));
      }
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
