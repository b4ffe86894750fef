package dev.nncc.codegen.llvm.link;

import dev.nncc.codegen.llvm.plan.ArgSpec;
import dev.nncc.codegen.llvm.plan.ElementType;
import dev.nncc.codegen.llvm.plan.Extent;
import dev.nncc.codegen.llvm.plan.FillSpec;
import dev.nncc.codegen.llvm.plan.KernelSpec;
import dev.nncc.codegen.llvm.plan.MemorySpec;
import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.plan.StepSpec;
import dev.nncc.codegen.llvm.plan.StepSpec.Call;
import dev.nncc.codegen.llvm.plan.TensorSpec;
import dev.nncc.codegen.llvm.toolchain.HostCpu;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.Model;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Libraries of a few kernels that leave traces, for tests of plans. */
final class PlanModels {
  private static final List<String> NAMES =
      List.of("trace", "condition", "count", "check", "ranges");
  static final int TRACE_LENGTH = 64;
  private static final LlvmTarget HOST = HostCpu.target();

  static final MemorySpec SMALL = new MemorySpec(0, 4096, 64, 64, 64);

  private PlanModels() {}

  static Call trace(int tag) {
    return new Call(0, List.of(ArgSpec.output(0)), Extent.of(tag), 1);
  }

  static Model link(
      Path folder,
      List<TensorSpec> inputs,
      List<TensorSpec> outputs,
      MemorySpec memory,
      List<StepSpec> prepare,
      List<FillSpec> fills,
      StepSpec... steps)
      throws Exception {
    List<KernelSpec> kernels =
        NAMES.stream().map(n -> new KernelSpec(n, n, n + "_node", 10, 0)).toList();
    ModelSpec spec =
        new ModelSpec(
            "plan",
            "0",
            HOST.text(),
            0,
            HOST.required(),
            inputs,
            outputs,
            kernels,
            prepare,
            List.of(steps),
            fills,
            memory,
            3);
    List<String> ir =
        List.of(
            PlanKernels.TRACE,
            PlanKernels.CONDITION,
            PlanKernels.COUNT,
            PlanKernels.CHECK,
            PlanKernels.RANGES);
    return Model.load(SampleLibrary.link(folder, spec, HOST, ir, List.of()));
  }

  static TensorSpec list(int length) {
    return TensorSpec.of("list", ElementType.I64, length);
  }

  static List<Long> longs(Context context, int output) {
    ByteBuffer b = context.output(output);
    List<Long> values = new ArrayList<>();
    for (int i = 0; i < b.capacity() / 8; i++) {
      values.add(b.getLong(8 * i));
    }
    return values;
  }
}
