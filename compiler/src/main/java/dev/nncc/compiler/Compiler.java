package dev.nncc.compiler;

import dev.nncc.codegen.llvm.emit.Target;
import dev.nncc.codegen.llvm.link.ModelData;
import dev.nncc.codegen.llvm.toolchain.CodegenException;
import dev.nncc.codegen.llvm.toolchain.HostCpu;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.codegen.llvm.toolchain.Machine;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.graph.Graph;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * From a model file to a shared library: the one entry point of the command line and of build
 * tools. Thread-safe; each call is a compilation of its own.
 */
public final class Compiler {
  private final CompileListener listener;
  private final Parts parts;

  public Compiler(CompileListener listener) {
    this(listener, Parts.STANDARD);
  }

  /** With parts of its own, to search for faults. */
  public Compiler(CompileListener listener, Parts parts) {
    this.listener = listener;
    this.parts = parts;
  }

  /**
   * Compiles a model into a folder, which is created. Nothing is left behind on failure.
   *
   * @throws dev.nncc.graph.ModelException when the model cannot be compiled
   * @throws CompileException when the options do not fit
   * @throws IOException when a file cannot be read or written
   */
  public CompileReport compile(Path model, Path folder, CompileOptions options) throws IOException {
    List<Compilation.Profile> profiles = new ArrayList<>();
    for (ShapeChoice choice : options.profiles()) {
      ImportOptions imports = choice.applyTo(options.imports());
      profiles.add(new Compilation.Profile(choice.name(), () -> Sources.read(model, imports)));
    }
    return new Compilation(Artefacts.stem(model), options, listener, parts).run(profiles, folder);
  }

  /**
   * Compiles a graph into a folder.
   *
   * @param name of the library, {@code libNAME.so}
   */
  public CompileReport compile(String name, Graph graph, Path folder, CompileOptions options)
      throws IOException {
    return compile(name, Map.of("", graph), folder, options);
  }

  /**
   * Compiles one graph for each shape profile into one library.
   *
   * @param profiles the graphs by the profiles' names, in order; they agree in all but shapes
   */
  public CompileReport compile(
      String name, Map<String, Graph> profiles, Path folder, CompileOptions options)
      throws IOException {
    List<Compilation.Profile> sources = new ArrayList<>();
    profiles.forEach(
        (profile, graph) ->
            sources.add(new Compilation.Profile(profile, () -> Sources.of(name, graph))));
    return new Compilation(name, options, listener, parts).run(sources, folder);
  }

  /** A model as the passes get it, with the shapes of a profile. */
  public static ImportResult read(Path model, CompileOptions options, ShapeChoice shapes)
      throws IOException {
    return Sources.read(model, shapes.applyTo(options.imports()));
  }

  /**
   * All files that a model consists of, the named one first: with its weights where they are kept
   * apart, and what lies below it where it is a folder. When none of them changes, and no option
   * does, compiling gives the same library.
   *
   * @throws dev.nncc.graph.ModelException when the model cannot be read
   */
  public static List<Path> files(Path model, CompileOptions options) throws IOException {
    return Sources.files(model, options.imports());
  }

  /** The target that options ask for; of several the best. */
  public static LlvmTarget target(CompileOptions options) {
    return targets(options).get(0);
  }

  /**
   * The targets that options ask for, the best first: those with the widest vectors, then those
   * with the most instruction sets, then as named. A library tries its variants in this order.
   */
  public static List<LlvmTarget> targets(CompileOptions options) {
    Machine machine = options.machine().map(Compiler::machine).orElseGet(HostCpu::machine);
    List<LlvmTarget> targets = new ArrayList<>();
    for (String cpu : options.cpu().split(",", -1)) {
      LlvmTarget target = target(machine, cpu.strip());
      if (targets.stream().anyMatch(t -> t.cpu().equals(target.cpu()))) {
        throw new CompileException("--cpu names " + target.cpu() + " twice");
      }
      targets.add(target);
    }
    if (targets.size() > ModelData.MAX_VARIANTS) {
      throw new CompileException(
          "--cpu names " + targets.size() + " processors, at most " + ModelData.MAX_VARIANTS);
    }
    targets.sort(
        Comparator.comparingInt((LlvmTarget t) -> Target.of(t).vectorBits())
            .thenComparingInt(t -> t.required().size())
            .reversed());
    return List.copyOf(targets);
  }

  private static LlvmTarget target(Machine machine, String cpu) {
    boolean host = cpu.equals("host");
    if (host && machine != HostCpu.machine()) {
      throw new CompileException(
          "--cpu host names this machine's processor; name one of "
              + machine.targetName()
              + (machine == Machine.AARCH64 ? ", such as generic" : ", such as x86-64-v3"));
    }
    try {
      return host ? HostCpu.target() : LlvmTarget.of(machine, cpu);
    } catch (CodegenException e) {
      throw new CompileException(String.valueOf(e.getMessage()));
    }
  }

  private static Machine machine(String name) {
    return Machine.named(name)
        .orElseThrow(
            () ->
                new CompileException(
                    "unknown target '"
                        + name
                        + "'; there are "
                        + Targets.all().stream()
                            .map(Targets.Family::machine)
                            .collect(Collectors.joining(", "))));
  }
}
