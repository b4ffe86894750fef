package dev.nncc.codegen.llvm.link;

import dev.nncc.codegen.llvm.plan.ArgSpec;
import dev.nncc.codegen.llvm.plan.ElementType;
import dev.nncc.codegen.llvm.plan.Extent;
import dev.nncc.codegen.llvm.plan.FillSpec;
import dev.nncc.codegen.llvm.plan.KernelSpec;
import dev.nncc.codegen.llvm.plan.MemorySpec;
import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.plan.StepSpec;
import dev.nncc.codegen.llvm.plan.TensorSpec;
import dev.nncc.codegen.llvm.toolchain.HostCpu;
import dev.nncc.codegen.llvm.toolchain.Llvm;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.codegen.llvm.toolchain.Machine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A small library written by hand: {@code t = x * w}, {@code y = t + t} over 16 * {@link #ROWS}
 * floats.
 */
final class SampleLibrary {
  static final int ROWS = 37;
  static final int ELEMENTS = 16 * ROWS;

  private SampleLibrary() {}

  /**
   * A kernel of two operands, {@code args[2][i] = op(args[0][i], args[1][i])} for 16 floats a row.
   */
  static String binaryKernel(String name, String op) {
    return """
        define hidden void @%s(ptr %%args, ptr %%scratch, ptr %%dims, i64 %%lo, i64 %%hi) {
        entry:
          %%a = load ptr, ptr %%args
          %%pb = getelementptr ptr, ptr %%args, i64 1
          %%b = load ptr, ptr %%pb
          %%pc = getelementptr ptr, ptr %%args, i64 2
          %%c = load ptr, ptr %%pc
          %%any = icmp slt i64 %%lo, %%hi
          br i1 %%any, label %%loop, label %%end
        loop:
          %%i = phi i64 [ %%lo, %%entry ], [ %%next, %%loop ]
          %%at = mul i64 %%i, 64
          %%ai = getelementptr i8, ptr %%a, i64 %%at
          %%bi = getelementptr i8, ptr %%b, i64 %%at
          %%ci = getelementptr i8, ptr %%c, i64 %%at
          %%x = load <16 x float>, ptr %%ai, align 4
          %%y = load <16 x float>, ptr %%bi, align 4
          %%z = %s <16 x float> %%x, %%y
          store <16 x float> %%z, ptr %%ci, align 4
          %%next = add i64 %%i, 1
          %%more = icmp slt i64 %%next, %%hi
          br i1 %%more, label %%loop, label %%end
        end:
          ret void
        }
        """
        .formatted(name, op);
  }

  static ModelSpec model(String name, LlvmTarget target, int chunks) {
    List<KernelSpec> kernels =
        List.of(
            new KernelSpec("mul_1", "k_mul", "Mul_3", ELEMENTS, 12.0 * ELEMENTS),
            new KernelSpec("add_2", "k_add", "Add_4;Relu_5", ELEMENTS, 12.0 * ELEMENTS));
    List<StepSpec> steps =
        List.of(
            new StepSpec.Call(
                0,
                List.of(ArgSpec.input(0), ArgSpec.weights(0), ArgSpec.arena(64)),
                Extent.of(ROWS),
                chunks),
            new StepSpec.Call(
                1,
                List.of(ArgSpec.arena(64), ArgSpec.arena(64), ArgSpec.output(0)),
                Extent.of(ROWS),
                chunks));
    return new ModelSpec(
        name,
        "0.1.0",
        target.text(),
        0x1234_5678_9abc_def0L,
        target.required(),
        List.of(TensorSpec.of("x", ElementType.F32, 1, ROWS, 16)),
        List.of(TensorSpec.of("ergebnis_ü", ElementType.F32, ELEMENTS)),
        kernels,
        List.of(),
        steps,
        List.of(FillSpec.run(0, 64, FillSpec.pattern(-1.5f))),
        new MemorySpec(4 * ELEMENTS, 64 + 4 * ELEMENTS, 0, 0, 0),
        0);
  }

  /** w[i] = factor * i. */
  static float weight(float factor, int i) {
    return factor * i;
  }

  static Path build(Path folder, String name, float factor, int chunks) throws IOException {
    LlvmTarget target = HostCpu.target();
    return build(folder, model(name, target, chunks), target, factor);
  }

  static Path build(Path folder, ModelSpec model, LlvmTarget target, float factor)
      throws IOException {
    Path weights = weights(folder, model.name(), target.machine(), factor);
    List<String> kernels = List.of(binaryKernel("k_mul", "fmul"), binaryKernel("k_add", "fadd"));
    return link(folder, model, target, kernels, List.of(weights));
  }

  /** Compiles kernels and plan and links them. */
  static Path link(
      Path folder, ModelSpec model, LlvmTarget target, List<String> kernels, List<Path> files)
      throws IOException {
    List<Llvm.Unit> units = new ArrayList<>();
    for (String kernel : kernels) {
      units.add(new Llvm.Unit("kernel " + units.size(), kernel));
    }
    units.add(new Llvm.Unit("plan", ModelData.print(model)));
    List<byte[]> objects = new Llvm(2).compileAll(units, target, Llvm.Output.OBJECT);
    Path library = folder.resolve("lib" + model.name() + ".so");
    new Linker(target.machine()).link(objects, files, library);
    return library;
  }

  private static Path weights(Path folder, String name, Machine machine, float factor)
      throws IOException {
    ByteBuffer data = ByteBuffer.allocate(4 * ELEMENTS).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < ELEMENTS; i++) {
      data.putFloat(weight(factor, i));
    }
    Path file = folder.resolve(name + ".weights.o");
    ElfObject.write(
        file,
        machine,
        ElfObject.Section.weights(4L * ELEMENTS),
        sink -> {
          // in two parts, the second first: the sink takes any order
          sink.write(1000, data.slice(1000, 4 * ELEMENTS - 1000));
          sink.write(0, data.slice(0, 1000));
        });
    return file;
  }
}
