package dev.nncc.compiler;

import dev.nncc.codegen.llvm.link.ElfObject;
import dev.nncc.codegen.llvm.link.LargePieces;
import dev.nncc.codegen.llvm.link.Linker;
import dev.nncc.codegen.llvm.link.ModelData;
import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.compiler.CompileOptions.Emit;
import dev.nncc.compiler.CompileOptions.Stage;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.frontend.importing.ModelFacts;
import dev.nncc.graph.Value;
import dev.nncc.graph.text.GraphFiles;
import dev.nncc.tensor.constant.Packer;
import dev.nncc.tensor.plan.Pointer;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.plan.WeightTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

/**
 * One compilation, stage by stage: read {@link #run} to see the life of a model. Each shape profile
 * goes through {@link FrontEnd} by itself; kernels and tables are made for all together, once for
 * each processor ({@link Variant}), the weights once.
 */
final class Compilation {
  private final String name;
  private final CompileOptions options;
  private final CompileListener listener;
  private final Parts parts;
  private final List<LlvmTarget> targets;
  private final int jobs;
  private final Stages stages;
  private final WeightTable weights;

  Compilation(String name, CompileOptions options, CompileListener listener, Parts parts) {
    this.name = name;
    this.listener = listener;
    this.parts = parts;
    targets = Compiler.targets(options);
    this.options = options.withPasses(Schedules.within(options.passes(), targets));
    weights = new WeightTable(options.memory().expansion());
    jobs = options.jobs() > 0 ? options.jobs() : Runtime.getRuntime().availableProcessors();
    stages = new Stages(options.stopAfter(), listener);
  }

  /** Where the graph of a profile comes from. */
  interface Source {
    ImportResult read() throws IOException;
  }

  private String precision() {
    return options.passes().precision().text();
  }

  /** The model with the shapes of one profile. */
  record Profile(String name, Source source) {}

  CompileReport run(List<Profile> sources, Path folder) throws IOException {
    Report report = new Report(name, targetText(), precision());
    List<PlannedProfile> profiles = new ArrayList<>();
    List<ModelFacts> facts = new ArrayList<>();
    ProfileCheck check = new ProfileCheck();
    for (Profile p : sources) {
      stages.profile(p.name());
      ImportResult source = p.source().read();
      facts.add(source.facts());
      if (facts.size() == 1) {
        // Should it fail, it fails again where the result is asked for.
        CompletableFuture<?> unused = CompletableFuture.runAsync(source.facts()::sha256);
      }
      check.add(p.name(), source.graph());
      Report.OfProfile figures = report.profile(p.name(), notes(source));
      new FrontEnd(options, listener, stages, weights, parts)
          .plan(p.name(), source.graph(), figures)
          .ifPresent(profiles::add);
    }
    report.weights(weights);
    if (profiles.size() < sources.size()) {
      return report.done(stages.seconds());
    }
    stages.profile("");
    MemoryLimit limit =
        new MemoryLimit(name, options, others -> need(others, facts.get(0), profiles));
    limit.check(MemoryNeed.of(profiles, weights, 0));
    MemoryLimit.checkFile(name, weights.bytes(), weights.winogradBytes());
    List<Variant> variants = variants(facts.get(0), profiles);
    if (stages.ended(Stage.SCHEDULE, () -> Variant.texts(variants, Variant::scheduled))) {
      return report.done(stages.seconds());
    }
    List<ModelSpec> specs = variants.stream().map(Variant::spec).toList();
    limit.check(MemoryNeed.of(profiles, weights, scratch(specs)));
    report.states(specs.get(0).states());
    if (stages.ended(
        Stage.PLAN, () -> Variant.texts(variants, v -> PlanText.print(v.spec(), profiles)))) {
      return report.done(stages.seconds());
    }
    List<String> tables = ModelData.print(specs);
    List<Variant.Code> code = new ArrayList<>();
    for (int i = 0; i < variants.size(); i++) {
      code.add(variants.get(i).code(tables.get(i), jobs));
    }
    List<byte[]> objects = code.stream().flatMap(c -> c.objects().stream()).toList();
    report.code(objects, objects.size() - variants.size());
    for (int i = 0; i < profiles.size(); i++) {
      listener.made(anatomy(profiles.get(i), i, code.get(0), report));
    }
    if (stages.ended(
        Stage.EMIT, () -> code.stream().map(Variant.Code::llvm).collect(Collectors.joining()))) {
      return report.done(stages.seconds());
    }
    Artefacts artefacts = new Artefacts(folder);
    artefacts.write(
        temporary -> {
          link(temporary, objects);
          ArtefactFiles.write(temporary, name, precision(), specs, profiles, facts.get(0));
          forms(temporary, profiles, code);
        });
    stages.ended(Stage.LINK, () -> "");
    report.files(artefacts.files());
    return report.done(stages.seconds());
  }

  /** What the library would need with other options, down to the scratch of its kernels. */
  private MemoryNeed need(CompileOptions others, ModelFacts facts, List<PlannedProfile> profiles) {
    Compilation other = new Compilation(name, others, CompileListener.NONE, parts);
    Report unread = new Report(name, targetText(), precision());
    List<PlannedProfile> planned = new ArrayList<>();
    for (PlannedProfile p : profiles) {
      new FrontEnd(other.options, other.listener, other.stages, other.weights, parts)
          .planned(p.name(), p.fused(), unread.profile(p.name(), List.of()))
          .ifPresent(planned::add);
    }
    List<ModelSpec> specs = other.variants(facts, planned).stream().map(Variant::spec).toList();
    return MemoryNeed.of(planned, other.weights, scratch(specs));
  }

  private static List<String> notes(ImportResult source) {
    List<String> notes = new ArrayList<>(source.facts().assumed());
    for (Value in : source.graph().inputs()) {
      if (in.type().shape().elements() == 0) {
        notes.add("input '" + in.name() + "' has no elements: " + in.type());
      }
    }
    return notes;
  }

  /** The kernels of each processor, and the plans that call them. */
  private List<Variant> variants(ModelFacts facts, List<PlannedProfile> profiles) {
    List<List<RunPlan.Step>> calls = new ArrayList<>();
    profiles.forEach(p -> calls.add(p.plan().steps()));
    calls.add(weights.preparations());
    long hash = Long.parseUnsignedLong(facts.sha256().substring(0, 16), 16);
    Parts tuned = parts.withScheduler(options.kernels().tuning().over(parts.scheduler()));
    List<Variant> variants = new ArrayList<>();
    for (LlvmTarget target : targets) {
      String prefix = targets.size() == 1 ? "nncc_k" : "nncc_v" + variants.size() + "_k";
      KernelCompiler.Result kernels =
          new KernelCompiler(target, prefix, options.kernels().scheduled(), jobs, tuned)
              .compile(calls, listener);
      ModelSpec spec = PlanSpec.of(name, hash, target, profiles, weights, kernels);
      variants.add(new Variant(target, kernels, spec));
    }
    return variants;
  }

  private static long scratch(List<ModelSpec> specs) {
    return specs.stream().mapToLong(s -> s.memory().scratch()).max().orElse(0);
  }

  /** {@code x86_64-linux x86-64-v4, x86-64-v3}. */
  private String targetText() {
    return targets.get(0).machine().targetName()
        + " "
        + targets.stream().map(LlvmTarget::cpu).collect(Collectors.joining(", "));
  }

  private Anatomy anatomy(PlannedProfile profile, int number, Variant.Code code, Report report) {
    KernelCompiler.Result kernels = code.variant().kernels();
    List<Anatomy.Function> functions = new ArrayList<>();
    for (KernelCompiler.Compiled k : kernels.functions()) {
      long bytes = code.objects().get(functions.size()).length;
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

  private void link(Path temporary, List<byte[]> objects) throws IOException {
    Path object = temporary.resolve("weights.o");
    ElfObject.write(
        object, targets.get(0).machine(), ElfObject.Section.weights(weights.bytes()), this::pack);
    Path library = temporary.resolve("lib" + name + ".so");
    new Linker(targets.get(0).machine()).link(objects, List.of(object), library);
    Files.delete(object);
    if (options.emit().contains(Emit.SO)) {
      LargePieces.rewrite(library);
    } else {
      Files.delete(library);
    }
  }

  /** Writes the weights, several at a time; the large ones begin, so that no thread waits. */
  private void pack(ElfObject.Sink sink) throws IOException {
    List<RunPlan.Placed> largest = new ArrayList<>(weights.constants());
    largest.sort(Comparator.comparingLong(c -> -c.packed().bytes()));
    List<Callable<Long>> tasks = new ArrayList<>();
    largest.forEach(c -> tasks.add(() -> pack(c, sink)));
    try {
      Jobs.all(jobs, tasks, done -> {});
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private static long pack(RunPlan.Placed c, ElfObject.Sink sink) throws IOException {
    long[] at = {((Pointer.Weights) c.at()).offset()};
    Packer.write(
        c.packed(),
        bytes -> {
          int n = bytes.remaining();
          sink.write(at[0], bytes);
          at[0] += n;
        });
    return at[0];
  }

  /** The intermediate forms that the user asked for. */
  private void forms(Path folder, List<PlannedProfile> profiles, List<Variant.Code> code)
      throws IOException {
    if (options.emit().contains(Emit.NN)) {
      for (PlannedProfile p : profiles) {
        String of = p.name().isEmpty() ? name : name + "." + Artefacts.plain(p.name());
        GraphFiles.write(p.graph(), folder.resolve(of + ".nn"));
      }
    }
    for (Variant.Code c : code) {
      String of = code.size() == 1 ? name : name + "." + c.variant().target().cpu();
      Variant.forms(c, folder, of, options.emit(), jobs);
    }
  }
}
