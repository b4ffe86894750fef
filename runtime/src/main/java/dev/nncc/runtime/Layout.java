package dev.nncc.runtime;

import java.util.ArrayList;
import java.util.List;

/** Reads the structs of {@code nncc.h}; {@code nncc_jni.c} asserts the same offsets. */
final class Layout {
  static final int ERROR_BYTES = 1024;
  static final int OPTIONS_BYTES = 96;

  /** What {@code runListened} keeps in a context's memory. */
  static final int LISTENER_BYTES = 24;

  static final int BUFFER_BYTES = 40;
  static final int MAX_RANK = 8;
  private static final int TENSOR_INFO_BYTES = 176;
  private static final int MODEL_INFO_BYTES = 120;
  private static final int KERNEL_STAT_BYTES = 64;
  private static final int PROFILE_INFO_BYTES = 40;
  private static final int VARIANT_INFO_BYTES = 32;

  private Layout() {}

  /** What a library says of itself. */
  record Info(
      int inputs,
      int outputs,
      int kernels,
      String name,
      String compilerVersion,
      String target,
      long sourceHash,
      long weightBytes,
      long arenaBytes,
      double flops,
      int profiles,
      int defaultProfile,
      int variants,
      int states,
      long preparedBytes) {}

  static Info modelInfo(long api, long model) {
    Block b = Block.struct(MODEL_INFO_BYTES);
    check(Native.modelInfo(api, model, b.address()), "model info");
    return new Info(
        b.getInt(12),
        b.getInt(16),
        b.getInt(20),
        b.getString(24),
        b.getString(32),
        b.getString(40),
        b.getLong(48),
        b.getLong(56),
        b.getLong(64),
        b.getDouble(80),
        Math.max(1, b.getInt(88)), // an older library leaves the zero
        b.getInt(92),
        Math.max(1, b.getInt(96)),
        b.getInt(104),
        b.getLong(112));
  }

  static CpuVariant variant(long api, int number) {
    Block b = Block.struct(VARIANT_INFO_BYTES);
    check(Native.variantInfo(api, number, b.address()), "variant " + number);
    return new CpuVariant(b.getString(8), b.getInt(24) != 0);
  }

  static ShapeProfile profile(Library library, int number, int inputs, int outputs) {
    long api = library.api();
    long model = library.model();
    Block b = Block.struct(PROFILE_INFO_BYTES);
    check(Native.profileInfo(api, model, number, b.address()), "profile " + number);
    List<TensorInfo> in = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      Block t = Block.struct(TENSOR_INFO_BYTES);
      in.add(tensorInfo(t, Native.profileInput(api, model, number, i, t.address())));
    }
    List<TensorInfo> out = new ArrayList<>();
    for (int i = 0; i < outputs; i++) {
      Block t = Block.struct(TENSOR_INFO_BYTES);
      out.add(tensorInfo(t, Native.profileOutput(api, model, number, i, t.address())));
    }
    return new ShapeProfile(
        number,
        b.getString(8),
        in,
        out,
        b.getLong(16),
        b.getDouble(24),
        b.getInt(32),
        b.getInt(36));
  }

  static TensorInfo tensorInfo(long api, long model, boolean input, int i) {
    Block t = Block.struct(TENSOR_INFO_BYTES);
    return tensorInfo(
        t,
        input
            ? Native.inputInfo(api, model, i, t.address())
            : Native.outputInfo(api, model, i, t.address()));
  }

  static TensorInfo stateInfo(long api, long model, int i) {
    Block t = Block.struct(TENSOR_INFO_BYTES);
    return tensorInfo(t, Native.stateInfo(api, model, i, t.address()));
  }

  /** What a call has written into {@code b}. */
  private static TensorInfo tensorInfo(Block b, int status) {
    check(status, "tensor info");
    int rank = b.getInt(20);
    List<Long> dims = b.getLongs(24, rank);
    List<Long> maxDims = b.getLongs(88, rank);
    return new TensorInfo(b.getString(8), DType.of(b.getInt(16)), dims, maxDims, b.getLong(152));
  }

  static KernelProfile kernelProfile(long api, long context, int i) {
    Block b = Block.struct(KERNEL_STAT_BYTES);
    check(Native.kernelStat(api, context, i, b.address()), "kernel statistics");
    return new KernelProfile(
        b.getString(8),
        b.getString(16),
        b.getLong(24),
        b.getLong(32),
        b.getLong(40),
        b.getDouble(48),
        b.getDouble(56));
  }

  static void check(int status, String what) {
    if (status != 0) {
      throw new NnccException(Status.of(status), what + ": " + Status.of(status));
    }
  }

  static NnccException failure(int status, Block error) {
    return new NnccException(Status.of(status), error.getText(16));
  }
}
