package dev.nncc.compiler;

import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.passes.PassOptions;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What to compile and how.
 *
 * @param imports what the model file leaves open, the same in all profiles
 * @param machine of the library, {@code x86_64-linux}; empty: this machine
 * @param cpu LLVM's name of the processor, a psABI level, or {@code host}
 * @param kernels how they are made
 * @param stopAfter name of the last stage to run
 * @param emit further files to write beside the library
 * @param jobs kernels compiled at one time; 0: as many as there are processors
 * @param profiles shapes that the library is specialised for, on top of what {@code imports} says;
 *     at least one
 * @param memory how much of it the library may need
 */
public record CompileOptions(
    ImportOptions imports,
    PassOptions passes,
    Optional<String> machine,
    String cpu,
    KernelOptions kernels,
    Optional<Stage> stopAfter,
    Set<Emit> emit,
    int jobs,
    List<ShapeChoice> profiles,
    MemoryOptions memory) {
  /** The stages of a compilation, in order. */
  public enum Stage {
    IMPORT,
    CANONICALISE,
    SIMPLIFY,
    FUSE,
    LAYOUT,
    LOWER,
    SCHEDULE,
    PLAN,
    EMIT,
    LINK;

    /** As users write it. */
    public String text() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** Forms of the model that can be written to files. */
  public enum Emit {
    NN,
    TIR,
    LLVM,
    ASM,
    OBJ,
    SO,
    HEADER;

    public String text() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  public static final CompileOptions DEFAULT =
      new CompileOptions(
          ImportOptions.NONE,
          PassOptions.DEFAULT,
          Optional.empty(),
          "host",
          KernelOptions.DEFAULT,
          Optional.empty(),
          Set.of(Emit.SO, Emit.HEADER),
          0,
          List.of(ShapeChoice.NONE),
          MemoryOptions.DEFAULT);

  public CompileOptions {
    profiles = List.copyOf(profiles);
    if (profiles.isEmpty()) {
      throw new IllegalArgumentException("no profile");
    }
    emit = Collections.unmodifiableSet(new LinkedHashSet<>(emit));
  }

  public CompileOptions withImports(ImportOptions o) {
    return new CompileOptions(
        o, passes, machine, cpu, kernels, stopAfter, emit, jobs, profiles, memory);
  }

  public CompileOptions withPasses(PassOptions o) {
    return new CompileOptions(
        imports, o, machine, cpu, kernels, stopAfter, emit, jobs, profiles, memory);
  }

  public CompileOptions withMachine(String name) {
    return new CompileOptions(
        imports, passes, Optional.of(name), cpu, kernels, stopAfter, emit, jobs, profiles, memory);
  }

  public CompileOptions withCpu(String name) {
    return new CompileOptions(
        imports, passes, machine, name, kernels, stopAfter, emit, jobs, profiles, memory);
  }

  public CompileOptions withKernels(KernelOptions o) {
    return new CompileOptions(
        imports, passes, machine, cpu, o, stopAfter, emit, jobs, profiles, memory);
  }

  public CompileOptions withStopAfter(Stage stage) {
    return new CompileOptions(
        imports, passes, machine, cpu, kernels, Optional.of(stage), emit, jobs, profiles, memory);
  }

  public CompileOptions withEmit(List<Emit> forms) {
    return new CompileOptions(
        imports,
        passes,
        machine,
        cpu,
        kernels,
        stopAfter,
        new LinkedHashSet<>(forms),
        jobs,
        profiles,
        memory);
  }

  public CompileOptions withJobs(int count) {
    return new CompileOptions(
        imports, passes, machine, cpu, kernels, stopAfter, emit, count, profiles, memory);
  }

  public CompileOptions withProfiles(List<ShapeChoice> choices) {
    return new CompileOptions(
        imports, passes, machine, cpu, kernels, stopAfter, emit, jobs, choices, memory);
  }

  public CompileOptions withMemory(MemoryOptions o) {
    return new CompileOptions(
        imports, passes, machine, cpu, kernels, stopAfter, emit, jobs, profiles, o);
  }
}
