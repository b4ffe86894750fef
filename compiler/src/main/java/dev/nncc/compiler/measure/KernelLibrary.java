package dev.nncc.compiler.measure;

import dev.nncc.codegen.llvm.emit.Emitted;
import dev.nncc.codegen.llvm.emit.KernelEmitter;
import dev.nncc.codegen.llvm.emit.Target;
import dev.nncc.codegen.llvm.link.Linker;
import dev.nncc.codegen.llvm.link.ModelData;
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
import dev.nncc.compiler.Version;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.text.Parser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A library of one kernel that is written in tensor IR, for this machine. The last argument of the
 * kernel is the library's output; the others lie in the arena and are filled with one number.
 *
 * @param text of a scheduled kernel over floats
 * @param chunks extent of its parallel loop, one chunk each
 * @param fill every element of the arguments in the arena
 */
record KernelLibrary(String text, int chunks, float fill) {
  private static final long LINE = 64;

  /** Floats in a vector register of this machine. */
  static int lanes() {
    return Target.of(HostCpu.target()).vectorBits() / Float.SIZE;
  }

  /** Whether this machine multiplies pairs of bf16 in one instruction. */
  static boolean hasPairs() {
    return Target.of(HostCpu.target()).hasBf16();
  }

  /** Writes the library into a folder. */
  Path build(Path folder) throws IOException {
    Kernel kernel = Parser.parse(text);
    LlvmTarget target = HostCpu.target();
    Buffer output = kernel.args().get(kernel.args().size() - 1);
    Emitted emitted = new KernelEmitter(Target.of(target)).emit(kernel, Set.of(output.name()));
    ModelSpec model = model(kernel, output, target, emitted.scratchBytes());
    List<Llvm.Unit> units =
        List.of(
            new Llvm.Unit(kernel.name(), emitted.llvm()),
            new Llvm.Unit("plan", ModelData.print(model)));
    List<byte[]> objects = Llvm.parallel().compileAll(units, target, Llvm.Output.OBJECT);
    Files.createDirectories(folder);
    Path library = folder.resolve("lib" + kernel.name() + ".so");
    new Linker(target.machine()).link(objects, List.of(), library);
    return library;
  }

  private ModelSpec model(Kernel kernel, Buffer output, LlvmTarget target, long scratch) {
    List<ArgSpec> args = new ArrayList<>();
    long arena = 0;
    for (Buffer b : kernel.args()) {
      if (b.equals(output)) {
        args.add(ArgSpec.output(0));
      } else {
        args.add(ArgSpec.arena(arena));
        arena += (Float.BYTES * b.extentInElements() + LINE - 1) / LINE * LINE;
      }
    }
    long[] dims = {output.extentInElements()};
    return new ModelSpec(
        kernel.name(),
        Version.TEXT,
        target.text(),
        0,
        target.required(),
        List.of(),
        List.of(TensorSpec.of(output.name(), ElementType.F32, dims)),
        List.of(new KernelSpec(kernel.name(), kernel.name(), "", 0, 0)),
        List.of(),
        List.of(new StepSpec.Call(0, args, Extent.of(chunks), chunks)),
        List.of(FillSpec.run(0, arena, FillSpec.pattern(fill))),
        new MemorySpec(0, arena, 0, 0, scratch),
        0);
  }
}
