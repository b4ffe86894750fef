package dev.nncc.runtime;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Memory and threads of a model for one run at a time. Buffers are direct and bound once; a run
 * copies and allocates nothing.
 *
 * <p>Methods may be called from any thread and take turns; {@link #cancel} alone does not wait for
 * a run in flight. A leaked context is freed by the collector, but close it: its threads and arena
 * live until then.
 */
public final class Context implements AutoCloseable {
  private final Model model;
  private final ContextOptions options; // keeps the caller's arena alive
  private final Binding inputs;
  private final Binding outputs;
  private final Handle handle;
  private final Cleaner.Cleanable cleanable;

  Context(Model model, ContextOptions options) {
    this.model = model;
    this.options = options;
    ShapeProfile largest = options.profile().orElse(model.largestProfile());
    this.inputs =
        new Binding(
            "input",
            options.profile().isPresent() ? largest.inputs() : model.inputs(),
            largest.inputs());
    this.outputs =
        new Binding(
            "output",
            options.profile().isPresent() ? largest.outputs() : model.outputs(),
            largest.outputs());
    this.handle = Handle.create(model, options);
    this.cleanable = Model.CLEANER.register(this, handle);
  }

  public Model model() {
    return model;
  }

  /**
   * The buffer of an input, in native order: the one bound last, or one that this context
   * allocates.
   */
  public synchronized ByteBuffer input(int i) {
    requireOpen();
    return inputs.get(i);
  }

  /**
   * The buffer of an output, in native order: the one bound last, or one that this context
   * allocates.
   */
  public synchronized ByteBuffer output(int i) {
    requireOpen();
    return outputs.get(i);
  }

  /**
   * Reads an input from a buffer of the caller's from now on: direct, from its position, with at
   * least the bytes of the tensor in native order. Native code reads it during runs: what is
   * written into it between them is seen.
   */
  public synchronized void bindInput(int i, ByteBuffer buffer) {
    requireOpen();
    inputs.set(i, buffer);
  }

  /**
   * The same with the dims of the coming runs. In a model with several profiles they choose: a run
   * takes the profile that has the dims of all inputs.
   */
  public synchronized void bindInput(int i, ByteBuffer buffer, List<Long> dims) {
    requireOpen();
    inputs.set(i, buffer, dims);
  }

  /**
   * Gives the coming runs the shapes of a profile, and keeps the buffers: tensors lie at their
   * start.
   */
  public synchronized void select(ShapeProfile profile) {
    requireOpen();
    for (int i = 0; i < inputs.count(); i++) {
      inputs.set(i, inputs.get(i), profile.inputs().get(i).maxDims());
    }
  }

  /**
   * Writes an output to a buffer of the caller's from now on, which has room for it in the runs to
   * come.
   */
  public synchronized void bindOutput(int i, ByteBuffer buffer) {
    requireOpen();
    outputs.set(i, buffer);
  }

  /**
   * Runs the model on the bound buffers.
   *
   * @throws NnccException when the data holds a bad index ({@link Status#INDEX}), the run was
   *     cancelled, or no profile has the dims of the inputs ({@link Status#SHAPE}; the message
   *     lists the profiles)
   * @throws IllegalStateException after {@link #close}
   */
  public synchronized void run() {
    requireOpen();
    inputs.complete();
    outputs.complete();
    try {
      boolean shaped = inputs.shaped() || outputs.shaped();
      int status =
          options.steps().isPresent()
              ? listened(shaped, options.steps().get())
              : shaped
                  ? Native.run(
                      handle.api,
                      handle.context,
                      inputs.structs(),
                      inputs.count(),
                      outputs.structs(),
                      outputs.count())
                  : Native.runRaw(
                      handle.api, handle.context, inputs.pointers(), outputs.pointers());
      if (status != 0) {
        throw failure(status);
      }
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private int listened(boolean shaped, StepListener listener) {
    return Native.runListened(
        handle.api,
        handle.context,
        shaped ? inputs.structs() : inputs.pointers(),
        shaped ? inputs.count() : -1,
        shaped ? outputs.structs() : outputs.pointers(),
        outputs.count(),
        handle.hook.address(),
        listener);
  }

  private NnccException failure(int status) {
    Block error = Block.struct(Layout.ERROR_BYTES);
    Native.lastError(handle.api, handle.context, error.address());
    String text = error.getText(16);
    return new NnccException(
        Status.of(status), text.isEmpty() ? Status.of(status).toString() : text);
  }

  /** Stops the run in flight at its next kernel; does nothing when none is. */
  public void cancel() {
    handle.cancel();
  }

  /** Dims of an output after the last run. */
  public synchronized List<Long> outputDims(int i) {
    requireOpen();
    Block out = Block.of(8 * Layout.MAX_RANK + 8);
    Layout.check(Native.outputDims(handle.api, handle.context, i, out.address()), "output " + i);
    return out.getLongs(0, out.getInt(8 * Layout.MAX_RANK));
  }

  /** Zeroes what the model keeps from run to run, and the positions. */
  public synchronized void resetState() {
    requireOpen();
    Layout.check(Native.resetState(handle.api, handle.context), "reset");
  }

  /**
   * Copies what the next run will find in a state ({@link Model#states}) to a direct buffer, from
   * its position: row-major, in native order.
   */
  public synchronized void readState(int i, ByteBuffer to) {
    requireOpen();
    long data = Native.address(direct(i, to)) + to.position();
    long bytes = model.states().get(i).maxBytes();
    try {
      Layout.check(Native.stateRead(handle.api, handle.context, i, data, bytes), "state " + i);
    } finally {
      Reference.reachabilityFence(to);
    }
  }

  /** Gives the next run what a direct buffer holds, such as a state that was read before. */
  public synchronized void writeState(int i, ByteBuffer from) {
    requireOpen();
    long data = Native.address(direct(i, from)) + from.position();
    long bytes = model.states().get(i).maxBytes();
    try {
      Layout.check(Native.stateWrite(handle.api, handle.context, i, data, bytes), "state " + i);
    } finally {
      Reference.reachabilityFence(from);
    }
  }

  private ByteBuffer direct(int i, ByteBuffer buffer) {
    if (!buffer.isDirect() || buffer.remaining() < model.states().get(i).maxBytes()) {
      throw new IllegalArgumentException(
          "a state needs a direct buffer with " + model.states().get(i).maxBytes() + " bytes");
    }
    return buffer;
  }

  /**
   * Positions that runs have added to a state since the context was new or reset; for a state that
   * keeps its shape, runs.
   */
  public synchronized long statePosition(int i) {
    requireOpen();
    Block out = Block.of(8);
    Layout.check(Native.statePosition(handle.api, handle.context, i, out.address()), "state " + i);
    return out.getLong(0);
  }

  /** Times of each kernel, with {@link ContextOptions.Flag#PROFILE}. */
  public synchronized List<KernelProfile> profile() {
    requireOpen();
    List<KernelProfile> kernels = new ArrayList<>();
    for (int i = 0; i < model.kernels(); i++) {
      kernels.add(Layout.kernelProfile(handle.api, handle.context, i));
    }
    return kernels;
  }

  /** How many threads work at most, the calling one included. */
  public synchronized int threads() {
    requireOpen();
    return Native.threads(handle.api, handle.context);
  }

  public ContextOptions options() {
    return options;
  }

  /** Copies values to an input of type {@link DType#F32}. */
  public synchronized void setInput(int i, float[] values) {
    requireType(model.inputs().get(i), DType.F32, values.length);
    input(i).duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer().put(values);
  }

  /** Copies values to an input of type {@link DType#F32} and gives it these dims. */
  public synchronized void setInput(int i, float[] values, long... dims) {
    inputs.set(i, input(i), Arrays.stream(dims).boxed().toList());
    setInput(i, values);
  }

  /** Copies an output of type {@link DType#F32}, at its dims after the last run. */
  public synchronized float[] outputFloats(int i) {
    long elements = 1;
    for (long d : outputDims(i)) {
      elements *= d;
    }
    requireType(model.outputs().get(i), DType.F32, elements);
    float[] values = new float[(int) elements];
    output(i).duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer().get(values);
    return values;
  }

  private static void requireType(TensorInfo t, DType type, long elements) {
    if (t.dtype() != type || elements > t.maxElements()) {
      throw new IllegalArgumentException(
          String.format(
              "'%s' has %d elements of %s, not %d of %s",
              t.name(), t.maxElements(), t.dtype(), elements, type));
    }
  }

  private void requireOpen() {
    if (handle.closed.get()) {
      throw new IllegalStateException("context is closed");
    }
  }

  /** Waits for a run in flight, then frees threads and memory. A second call does nothing. */
  @Override
  public synchronized void close() {
    cleanable.clean();
  }

  /** What outlives a leaked context until the collector finds it. */
  private static final class Handle implements Runnable {
    private final Library library;
    private final long api;
    private final long context;
    private final Block hook; // for whoever listens to steps
    private final AtomicBoolean closed = new AtomicBoolean();

    private Handle(Library library, long context, Block hook) {
      this.library = library;
      this.api = library.api();
      this.context = context;
      this.hook = hook;
    }

    static Handle create(Model model, ContextOptions options) {
      Library library = model.library();
      library.retain();
      try {
        Block hook = Block.of(Layout.LISTENER_BYTES);
        return new Handle(library, createNative(model, options, hook), hook);
      } catch (RuntimeException e) {
        library.release();
        throw e;
      }
    }

    private static long createNative(Model model, ContextOptions options, Block hook) {
      Library library = model.library();
      Block block = Block.struct(Layout.OPTIONS_BYTES);
      block.putInt(8, options.bits()).putInt(12, options.threads());
      if (options.profile().isPresent()) {
        block.putInt(88, options.profile().get().index());
      }
      if (options.arena().isPresent()) {
        putArena(block, options.arena().get());
      }
      if (options.steps().isPresent()) {
        block.putLong(64, Native.stepHook()).putLong(72, hook.address());
      }
      Block out = Block.of(8);
      Block error = Block.struct(Layout.ERROR_BYTES);
      int status =
          Native.contextCreate(
              library.api(), library.model(), block.address(), out.address(), error.address());
      block.keep();
      if (status != 0) {
        throw Layout.failure(status, error);
      }
      return out.getLong(0);
    }

    private static void putArena(Block block, ByteBuffer arena) {
      if (!arena.isDirect() || arena.isReadOnly()) {
        throw new IllegalArgumentException("the arena must be a direct, writable buffer");
      }
      block.putLong(40, Native.address(arena) + arena.position()).putLong(48, arena.remaining());
    }

    /** Not while it is being freed. */
    synchronized void cancel() {
      if (!closed.get()) {
        Native.cancel(api, context);
      }
    }

    @Override
    public synchronized void run() {
      if (closed.compareAndSet(false, true)) {
        Native.contextDestroy(api, context);
        library.release();
      }
    }
  }
}
