package dev.nncc.runtime;

import java.lang.ref.Cleaner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A compiled model. Immutable, safe to use from any thread; each thread that runs it takes a {@link
 * Context} of its own.
 *
 * <pre>{@code
 * try (Model model = Model.load(Path.of("libdigits.so"));
 *     Context context = model.newContext()) {
 *   context.setInput(0, pixels);
 *   context.run();
 *   float[] scores = context.outputFloats(0);
 * }
 * }</pre>
 */
public final class Model implements AutoCloseable {
  static final Cleaner CLEANER = Cleaner.create();

  private final Library library;
  private final Layout.Info info;
  private final List<TensorInfo> inputs;
  private final List<TensorInfo> outputs;
  private final List<ShapeProfile> profiles;
  private final List<CpuVariant> variants;
  private final List<TensorInfo> states;
  private final Release release;
  private final Cleaner.Cleanable cleanable;

  private Model(Library library) {
    this.library = library;
    this.info = Layout.modelInfo(library.api(), library.model());
    this.inputs = tensors(library, info.inputs(), true);
    this.outputs = tensors(library, info.outputs(), false);
    this.profiles = profiles(library, info, inputs, outputs);
    this.variants = variants(library, info);
    this.states = states(library, info.states());
    this.release = new Release(library);
    this.cleanable = CLEANER.register(this, release);
  }

  /**
   * Loads a library that nncc compiled. Loading the same file again is cheap and gives a model of
   * its own.
   *
   * <p>Of a library for several processors it takes the best variant that this one can run.
   *
   * @throws NnccException when it is no such library, or for processors with more instructions than
   *     this one: the message says which are missing
   */
  public static Model load(Path path) {
    return new Model(Library.open(path, Optional.empty()));
  }

  /**
   * Loads the variant of a library that was compiled for a certain processor, instead of the best
   * that this one can run. {@link #load(Path)} does the same where the environment's {@code
   * NNCC_CPU} names one and the library has several.
   *
   * @param cpu as in {@link CpuVariant#cpu()}
   * @throws NnccException when the library has no such variant, or this processor cannot run it
   */
  public static Model load(Path path, String cpu) {
    return new Model(Library.open(path, Optional.of(cpu)));
  }

  /**
   * Loads the library that was packed with a class, by nncc's Maven plugin or by hand: the resource
   * {@code META-INF/nncc/OS-ARCH/CLASS.so}, such as {@code
   * META-INF/nncc/linux-x86_64/com.acme.Net.so}, with the class's full name.
   *
   * <p>From a folder it is loaded where it lies. From a jar it is first copied into the user's
   * cache, once for all processes: {@code ~/.cache/nncc/models}, below {@code $XDG_CACHE_HOME}, or
   * where the system property {@code nncc.cache} says.
   *
   * @throws NnccException when there is none for this machine, or it cannot be kept as a file; else
   *     as {@link #load(Path)}
   */
  public static Model load(Class<?> owner) {
    return load(PackagedLibrary.file(owner, LibraryCache.ofUser()));
  }

  private static List<TensorInfo> tensors(Library library, int count, boolean input) {
    List<TensorInfo> tensors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tensors.add(Layout.tensorInfo(library.api(), library.model(), input, i));
    }
    return List.copyOf(tensors);
  }

  private static List<ShapeProfile> profiles(
      Library library, Layout.Info info, List<TensorInfo> inputs, List<TensorInfo> outputs) {
    if (info.profiles() == 1 && info.preparedBytes() == 0) {
      return List.of(one(info, inputs, outputs, info.kernels()));
    }
    library.bindProfileNatives();
    if (info.profiles() == 1) {
      // The library's number counts those that prepare weights too.
      int ofRun = Layout.profile(library, 0, info.inputs(), info.outputs()).kernels();
      return List.of(one(info, inputs, outputs, ofRun));
    }
    List<ShapeProfile> all = new ArrayList<>();
    for (int i = 0; i < info.profiles(); i++) {
      all.add(Layout.profile(library, i, info.inputs(), info.outputs()));
    }
    return List.copyOf(all);
  }

  private static ShapeProfile one(
      Layout.Info info, List<TensorInfo> inputs, List<TensorInfo> outputs, int kernels) {
    return new ShapeProfile(0, "", inputs, outputs, info.arenaBytes(), info.flops(), 0, kernels);
  }

  private static List<CpuVariant> variants(Library library, Layout.Info info) {
    String target = info.target();
    if (info.variants() == 1) {
      return List.of(new CpuVariant(target.substring(target.lastIndexOf(' ') + 1), true));
    }
    library.bindVariantNatives();
    List<CpuVariant> all = new ArrayList<>();
    for (int i = 0; i < info.variants(); i++) {
      all.add(Layout.variant(library.api(), i));
    }
    return List.copyOf(all);
  }

  private static List<TensorInfo> states(Library library, int count) {
    List<TensorInfo> states = new ArrayList<>();
    if (count > 0) {
      library.bindStateNatives();
    }
    for (int i = 0; i < count; i++) {
      states.add(Layout.stateInfo(library.api(), library.model(), i));
    }
    return List.copyOf(states);
  }

  /** A context with default options. */
  public Context newContext() {
    return newContext(ContextOptions.DEFAULT);
  }

  /**
   * A context: memory and threads for one run at a time.
   *
   * @throws NnccException when there is not enough memory
   * @throws IllegalStateException after {@link #close}
   */
  public Context newContext(ContextOptions options) {
    if (release.done.get()) {
      throw new IllegalStateException("model is closed");
    }
    return new Context(this, options);
  }

  Library library() {
    return library;
  }

  public String name() {
    return info.name();
  }

  /** The nncc that compiled it. */
  public String compilerVersion() {
    return info.compilerVersion();
  }

  /** Machine and processor, such as {@code x86_64-linux znver5}: of the variant that runs. */
  public String target() {
    return info.target();
  }

  /** Of the imported model file. */
  public long sourceHash() {
    return info.sourceHash();
  }

  /** Where profiles differ a dim is -1 and its largest extent in {@link TensorInfo#maxDims}. */
  public List<TensorInfo> inputs() {
    return inputs;
  }

  /** As {@link #inputs()}. */
  public List<TensorInfo> outputs() {
    return outputs;
  }

  /**
   * What a context keeps from run to run, by the names of the model's inputs; neither inputs nor
   * outputs of a run.
   */
  public List<TensorInfo> states() {
    return states;
  }

  /**
   * The sets of shapes that the library was compiled for, in the order in which they were asked
   * for; at least one.
   */
  public List<ShapeProfile> profiles() {
    return profiles;
  }

  /** The processors that the library has code for, the best first; at least one. */
  public List<CpuVariant> variants() {
    return variants;
  }

  /** The profile with the largest inputs, which stands in where a run says no dims. */
  public ShapeProfile largestProfile() {
    return profiles.get(info.defaultProfile());
  }

  /** Calls of all profiles, and behind them those that prepare weights. */
  public int kernels() {
    return info.kernels();
  }

  /** Weights in the library's file, which processes share. */
  public long weightBytes() {
    return info.weightBytes();
  }

  /**
   * Memory in which the first context makes weights of the form that kernels read; all contexts
   * share it, and it goes with the last of them and the model.
   */
  public long preparedBytes() {
    return info.preparedBytes();
  }

  /** Memory for intermediate values that each context for all profiles takes. */
  public long arenaBytes() {
    return info.arenaBytes();
  }

  /** Floating-point operations of one run at the largest shapes. */
  public double flops() {
    return info.flops();
  }

  /**
   * Unloads the library once its last context is closed; contexts stay usable. A second call does
   * nothing.
   */
  @Override
  public void close() {
    cleanable.clean();
  }

  private static final class Release implements Runnable {
    private final Library library;
    private final AtomicBoolean done = new AtomicBoolean();

    Release(Library library) {
      this.library = library;
    }

    @Override
    public void run() {
      if (done.compareAndSet(false, true)) {
        library.release();
      }
    }
  }
}
