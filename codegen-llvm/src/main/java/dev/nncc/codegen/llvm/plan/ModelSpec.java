package dev.nncc.codegen.llvm.plan;

import java.util.List;

/**
 * Everything that a library says about its model, and the plans that its runs walk.
 *
 * @param name of the model
 * @param compilerVersion of nncc
 * @param target as the user reads it: {@code x86_64-linux znver5}
 * @param sourceHash of the imported file
 * @param cpuFeatures what the code needs, in LLVM's names; checked before any kernel runs
 * @param kernels of all profiles
 * @param prepare steps that run once per model and write {@link ArgSpec.Base#PREPARED} memory
 * @param profiles at least one; the shapes of a run choose
 * @param memory its arena holds that of each profile
 * @param slots size of the dims table
 * @param states what a context keeps from run to run, neither inputs nor outputs of the profiles
 */
public record ModelSpec(
    String name,
    String compilerVersion,
    String target,
    long sourceHash,
    List<String> cpuFeatures,
    List<KernelSpec> kernels,
    List<StepSpec> prepare,
    List<ProfileSpec> profiles,
    MemorySpec memory,
    int slots,
    List<StateSpec> states) {
  public ModelSpec {
    states = List.copyOf(states);
    cpuFeatures = List.copyOf(cpuFeatures);
    kernels = List.copyOf(kernels);
    prepare = List.copyOf(prepare);
    profiles = List.copyOf(profiles);
    if (profiles.isEmpty()) {
      throw new IllegalArgumentException("a library has at least one profile");
    }
    for (ProfileSpec p : profiles) {
      if (p.arena() > memory.arena()) {
        throw new IllegalArgumentException(
            "profile " + p.name() + " needs " + p.arena() + " of " + memory.arena() + " bytes");
      }
    }
  }

  /** A library that keeps nothing. */
  public ModelSpec(
      String name,
      String compilerVersion,
      String target,
      long sourceHash,
      List<String> cpuFeatures,
      List<KernelSpec> kernels,
      List<StepSpec> prepare,
      List<ProfileSpec> profiles,
      MemorySpec memory,
      int slots) {
    this(
        name,
        compilerVersion,
        target,
        sourceHash,
        cpuFeatures,
        kernels,
        prepare,
        profiles,
        memory,
        slots,
        List.of());
  }

  /**
   * A library with one profile.
   *
   * @param steps of each run
   * @param fills of a new context's arena
   */
  public ModelSpec(
      String name,
      String compilerVersion,
      String target,
      long sourceHash,
      List<String> cpuFeatures,
      List<TensorSpec> inputs,
      List<TensorSpec> outputs,
      List<KernelSpec> kernels,
      List<StepSpec> prepare,
      List<StepSpec> steps,
      List<FillSpec> fills,
      MemorySpec memory,
      int slots) {
    this(
        name,
        compilerVersion,
        target,
        sourceHash,
        cpuFeatures,
        kernels,
        prepare,
        List.of(new ProfileSpec("", inputs, outputs, steps, fills, memory.arena())),
        memory,
        slots);
  }

  /** What the variant is called: the processor of the target. */
  public String cpu() {
    return target.substring(target.lastIndexOf(' ') + 1);
  }

  /** The number of the profile whose shapes stand in where a run names none: the largest inputs. */
  public int defaultProfile() {
    int best = 0;
    long most = -1;
    for (int i = 0; i < profiles.size(); i++) {
      long bytes = profiles.get(i).inputs().stream().mapToLong(TensorSpec::bytes).sum();
      if (bytes > most) {
        best = i;
        most = bytes;
      }
    }
    return best;
  }

  /** See {@link #defaultProfile}. */
  public ProfileSpec largest() {
    return profiles.get(defaultProfile());
  }
}
