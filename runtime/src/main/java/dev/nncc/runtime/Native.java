package dev.nncc.runtime;

import java.nio.ByteBuffer;

/**
 * The functions that every compiled library brings along ({@code nncc_jni.c}). They are the same in
 * all of them and take the function table of the library that is meant, so the first one loaded
 * serves all.
 */
final class Native {
  /**
   * The oldest version of the interface that this class speaks. What is newer is used where a
   * library has it: profiles and variants, where it says that it has several.
   */
  static final int ABI_VERSION = 1 << 16;

  private Native() {}

  static native long address(ByteBuffer buffer);

  static native ByteBuffer view(long address, long bytes);

  static native int length(long string);

  static native long open(long path, long error);

  static native void close(long handle);

  static native long api(long handle, int version);

  static native long statusText(long api, int status);

  static native int modelOpen(long api, long out, long error);

  static native int modelOpenFor(long api, long cpu, long out, long error);

  static native int variantInfo(long api, int variant, long out);

  static native int modelClose(long api, long model);

  static native int modelInfo(long api, long model, long out);

  static native int inputInfo(long api, long model, int i, long out);

  static native int outputInfo(long api, long model, int i, long out);

  static native int profileInfo(long api, long model, int profile, long out);

  static native int profileInput(long api, long model, int profile, int i, long out);

  static native int profileOutput(long api, long model, int profile, int i, long out);

  static native int contextCreate(long api, long model, long options, long out, long error);

  static native void contextDestroy(long api, long context);

  static native int runRaw(long api, long context, long inputs, long outputs);

  static native int run(long api, long context, long inputs, int ins, long outputs, int outs);

  /** Address of the function that asks a {@link StepListener}. */
  static native long stepHook();

  /** {@link #run}, or {@link #runRaw} where {@code ins} is negative, with someone who listens. */
  static native int runListened(
      long api,
      long context,
      long inputs,
      int ins,
      long outputs,
      int outs,
      long hook,
      StepListener listener);

  static native int outputDims(long api, long context, int i, long dims);

  static native void cancel(long api, long context);

  static native int lastError(long api, long context, long error);

  static native int resetState(long api, long context);

  static native int stateInfo(long api, long model, int i, long out);

  static native int stateRead(long api, long context, int i, long data, long bytes);

  static native int stateWrite(long api, long context, int i, long data, long bytes);

  static native int statePosition(long api, long context, int i, long out);

  static native int kernelStat(long api, long context, int i, long out);

  static native int threads(long api, long context);
}
