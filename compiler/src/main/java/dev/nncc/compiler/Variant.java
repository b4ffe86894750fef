package dev.nncc.compiler;

import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.toolchain.Llvm;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.compiler.CompileOptions.Emit;
import dev.nncc.tensor.text.Printer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The part of a library that is for one processor: kernels of its own and the plans that call them.
 * Variants share the weights, since no packing depends on the processor.
 *
 * @param kernels of all profiles
 */
record Variant(LlvmTarget target, KernelCompiler.Result kernels, ModelSpec spec) {
  /**
   * A variant with its machine code.
   *
   * @param units the kernels, in order, then the plan
   * @param objects of the units
   */
  record Code(Variant variant, List<Llvm.Unit> units, List<byte[]> objects) {
    String llvm() {
      StringBuilder s = new StringBuilder();
      units.forEach(u -> s.append("; ").append(u.name()).append('\n').append(u.ir()).append('\n'));
      return s.toString();
    }
  }

  /**
   * Generates machine code.
   *
   * @param plan the module that {@code ModelData} prints
   */
  Code code(String plan, int jobs) {
    List<Llvm.Unit> units = new ArrayList<>();
    for (KernelCompiler.Compiled k : kernels.functions()) {
      units.add(new Llvm.Unit(k.kernel().name(), k.emitted().llvm()));
    }
    units.add(new Llvm.Unit("plan", plan));
    return new Code(this, units, new Llvm(jobs).compileAll(units, target, Llvm.Output.OBJECT));
  }

  /** Loop nests as scheduled. */
  String scheduled() {
    StringBuilder s = new StringBuilder();
    kernels.functions().forEach(k -> s.append(Printer.print(k.kernel())).append('\n'));
    return s.toString();
  }

  /** A text of each variant; where there are several, under a line with its processor. */
  static String texts(List<Variant> variants, Function<Variant, String> text) {
    StringBuilder s = new StringBuilder();
    for (Variant v : variants) {
      if (variants.size() > 1) {
        s.append("// ").append(v.target.cpu()).append('\n');
      }
      s.append(text.apply(v));
    }
    return s.toString();
  }

  /**
   * Writes the intermediate forms that the user asked for.
   *
   * @param name of the files, without ending
   */
  static void forms(Code code, Path folder, String name, Set<Emit> emit, int jobs)
      throws IOException {
    if (emit.contains(Emit.TIR)) {
      Files.writeString(folder.resolve(name + ".tir"), code.variant().scheduled());
    }
    if (emit.contains(Emit.LLVM)) {
      Files.writeString(folder.resolve(name + ".ll"), code.llvm());
    }
    if (emit.contains(Emit.ASM)) {
      StringBuilder s = new StringBuilder();
      LlvmTarget target = code.variant().target();
      for (byte[] text : new Llvm(jobs).compileAll(code.units(), target, Llvm.Output.ASSEMBLY)) {
        s.append(new String(text, StandardCharsets.UTF_8));
      }
      Files.writeString(folder.resolve(name + ".s"), s);
    }
    if (emit.contains(Emit.OBJ)) {
      for (int i = 0; i < code.units().size(); i++) {
        String file = name + "." + code.units().get(i).name() + ".o";
        Files.write(folder.resolve(file), code.objects().get(i));
      }
    }
  }
}
