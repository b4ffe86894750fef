package dev.nncc.codegen.llvm.emit;

import dev.nncc.codegen.llvm.emit.NativeMemory.Block;
import dev.nncc.codegen.llvm.toolchain.HostCpu;
import dev.nncc.codegen.llvm.toolchain.Llvm;
import dev.nncc.codegen.llvm.toolchain.Llvm.Output;
import dev.nncc.codegen.llvm.toolchain.Llvm.Unit;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.codegen.llvm.toolchain.Machine;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Kernel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Kernels as machine code, callable. */
final class Compiled {
  private final List<Kernel> kernels;
  private final List<Emitted> emitted;
  private final List<Long> functions;

  private Compiled(List<Kernel> kernels, List<Emitted> emitted, List<Long> functions) {
    this.kernels = kernels;
    this.emitted = emitted;
    this.functions = functions;
  }

  /** CPUs that this machine can stand in for, the plainest first. */
  static List<LlvmTarget> targets() {
    LlvmTarget host = HostCpu.target();
    List<LlvmTarget> all = new ArrayList<>();
    for (String cpu : List.of("x86-64-v2", "x86-64-v3")) {
      if (host.machine() == Machine.X86_64) {
        LlvmTarget t = LlvmTarget.of(Machine.X86_64, cpu);
        if (host.required().containsAll(t.required())) {
          all.add(t);
        }
      }
    }
    all.add(host);
    return all;
  }

  /** Compiles and links them; arguments are aligned to their elements only. */
  static Compiled of(List<Kernel> kernels, LlvmTarget target) {
    return of(kernels, target, true);
  }

  static Compiled of(List<Kernel> kernels, LlvmTarget target, boolean unaligned) {
    List<Emitted> emitted = new ArrayList<>();
    List<Unit> units = new ArrayList<>();
    for (int i = 0; i < kernels.size(); i++) {
      Kernel k =
          new Kernel("k" + i, kernels.get(i).args(), kernels.get(i).dims(), kernels.get(i).body());
      Set<String> names = new TreeSet<>();
      k.args().forEach(b -> names.add(b.name()));
      Emitted e = new KernelEmitter(Target.of(target)).emit(k, unaligned ? names : Set.of());
      emitted.add(e);
      units.add(new Unit(k.name(), e.llvm().replace("define hidden void", "define void")));
    }
    List<byte[]> objects;
    try {
      objects = new Llvm(2).compileAll(units, target, Output.OBJECT);
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          e.getMessage() + "\n" + (emitted.size() == 1 ? emitted.get(0).llvm() : ""), e);
    }
    long library = NativeMemory.library(objects);
    List<Long> functions = new ArrayList<>();
    for (int i = 0; i < kernels.size(); i++) {
      functions.add(NativeMemory.symbol(library, "k" + i));
    }
    return new Compiled(kernels, emitted, functions);
  }

  static String assembly(Kernel k, LlvmTarget target) {
    Emitted e = new KernelEmitter(Target.of(target)).emit(k, Set.of());
    return new String(
        new Llvm(1).compile(new Unit(k.name(), e.llvm()), target, Output.ASSEMBLY),
        StandardCharsets.UTF_8);
  }

  String llvm(int kernel) {
    return emitted.get(kernel).llvm();
  }

  /**
   * Runs a slice on copies of the arguments, which are changed in place. Each lies directly at a
   * forbidden page.
   */
  void run(int kernel, List<ByteBuffer> args, List<Long> dims, long lo, long hi) {
    List<Block> blocks = new ArrayList<>();
    try {
      for (int i = 0; i < args.size(); i++) {
        ByteBuffer a = args.get(i);
        boolean aligned = emitted.get(kernel).llvm().contains("align 64 %b." + name(kernel, i));
        Block b = aligned ? Block.behind(a.capacity()) : Block.before(a.capacity());
        b.bytes().put(0, a, 0, a.capacity());
        blocks.add(b);
      }
      Block scratch = Block.before(emitted.get(kernel).scratchBytes());
      blocks.add(scratch);
      Block table = pointers(blocks, args.size());
      blocks.add(table);
      Block sizes = Block.before(8L * dims.size());
      blocks.add(sizes);
      for (int i = 0; i < dims.size(); i++) {
        sizes.bytes().putLong(8 * i, dims.get(i));
      }
      NativeMemory.call(
          functions.get(kernel), table.address(), scratch.address(), sizes.address(), lo, hi);
      for (int i = 0; i < args.size(); i++) {
        args.get(i).put(0, blocks.get(i).bytes(), 0, args.get(i).capacity());
      }
    } finally {
      blocks.forEach(Block::close);
    }
  }

  private String name(int kernel, int i) {
    Buffer b = kernels.get(kernel).args().get(i);
    return Spelling.name(b.name());
  }

  private static Block pointers(List<Block> blocks, int n) {
    Block table = Block.before(8L * n);
    for (int i = 0; i < n; i++) {
      table.bytes().putLong(8 * i, blocks.get(i).address());
    }
    return table;
  }
}
