package dev.nncc.codegen.llvm.emit;

import dev.nncc.codegen.llvm.toolchain.HostCpu;
import dev.nncc.codegen.llvm.toolchain.Lld;
import dev.nncc.codegen.llvm.toolchain.Llvm;
import dev.nncc.codegen.llvm.toolchain.Llvm.Output;
import dev.nncc.codegen.llvm.toolchain.Llvm.Unit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What tests need of the machine below Java: shared libraries, calls by address, and memory between
 * pages that must not be touched. The native methods are LLVM IR of our own, so no C compiler and
 * no JNI header is involved.
 */
final class NativeMemory {
  private NativeMemory() {}

  private static final String STUBS =
      """
      declare ptr @dlopen(ptr, i32)
      declare ptr @dlsym(ptr, ptr)
      declare ptr @mmap(ptr, i64, i32, i32, i32, i64)
      declare i32 @mprotect(ptr, i64, i32)
      declare i32 @munmap(ptr, i64)

      define ptr @Java_dev_nncc_codegen_llvm_emit_NativeMemory_buffer(ptr %env, ptr %c, i64 %a, i64 %n) {
        %table = load ptr, ptr %env
        %entry = getelementptr ptr, ptr %table, i64 229
        %create = load ptr, ptr %entry
        %p = inttoptr i64 %a to ptr
        %r = call ptr %create(ptr %env, ptr %p, i64 %n)
        ret ptr %r
      }
      define i64 @Java_dev_nncc_codegen_llvm_emit_NativeMemory_open(ptr %env, ptr %c, i64 %path) {
        %p = inttoptr i64 %path to ptr
        %h = call ptr @dlopen(ptr %p, i32 2)
        %r = ptrtoint ptr %h to i64
        ret i64 %r
      }
      define i64 @Java_dev_nncc_codegen_llvm_emit_NativeMemory_symbol(ptr %env, ptr %c, i64 %lib, i64 %name) {
        %l = inttoptr i64 %lib to ptr
        %n = inttoptr i64 %name to ptr
        %h = call ptr @dlsym(ptr %l, ptr %n)
        %r = ptrtoint ptr %h to i64
        ret i64 %r
      }
      define i64 @Java_dev_nncc_codegen_llvm_emit_NativeMemory_map(ptr %env, ptr %c, i64 %bytes) {
        %h = call ptr @mmap(ptr null, i64 %bytes, i32 3, i32 34, i32 -1, i64 0)
        %r = ptrtoint ptr %h to i64
        ret i64 %r
      }
      define i32 @Java_dev_nncc_codegen_llvm_emit_NativeMemory_protect(ptr %env, ptr %c, i64 %a, i64 %bytes) {
        %p = inttoptr i64 %a to ptr
        %r = call i32 @mprotect(ptr %p, i64 %bytes, i32 0)
        ret i32 %r
      }
      define i32 @Java_dev_nncc_codegen_llvm_emit_NativeMemory_unmap(ptr %env, ptr %c, i64 %a, i64 %bytes) {
        %p = inttoptr i64 %a to ptr
        %r = call i32 @munmap(ptr %p, i64 %bytes)
        ret i32 %r
      }
      define void @Java_dev_nncc_codegen_llvm_emit_NativeMemory_call(ptr %env, ptr %c, i64 %f, i64 %args, i64 %scratch, i64 %dims, i64 %lo, i64 %hi) {
        %k = inttoptr i64 %f to ptr
        %a = inttoptr i64 %args to ptr
        %s = inttoptr i64 %scratch to ptr
        %d = inttoptr i64 %dims to ptr
        call void %k(ptr %a, ptr %s, ptr %d, i64 %lo, i64 %hi)
        ret void
      }
      """;

  static {
    byte[] object = new Llvm(1).compile(new Unit("stubs", STUBS), HostCpu.target(), Output.OBJECT);
    System.load(link("stubs", List.of(object)).toString());
  }

  private static native ByteBuffer buffer(long address, long bytes);

  private static native long open(long path);

  private static native long symbol(long library, long name);

  private static native long map(long bytes);

  private static native int protect(long address, long bytes);

  private static native int unmap(long address, long bytes);

  static native void call(long function, long args, long scratch, long dims, long lo, long hi);

  private static Path link(String name, List<byte[]> objects) {
    try {
      Path folder = Files.createTempDirectory("nncc-test");
      folder.toFile().deleteOnExit(); // in the reverse order of these calls: the files go first
      List<String> command =
          new java.util.ArrayList<>(
              List.of("-shared", "--build-id=none", "-z", "noexecstack", "-o"));
      Path so = folder.resolve("lib" + name + ".so");
      command.add(so.toString());
      so.toFile().deleteOnExit();
      for (int i = 0; i < objects.size(); i++) {
        Path o = Files.write(folder.resolve(i + ".o"), objects.get(i));
        o.toFile().deleteOnExit();
        command.add(o.toString());
      }
      new Lld().run(command);
      return so;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Links and loads; the library stays loaded. */
  static long library(List<byte[]> objects) {
    try (Block path = text(link("kernels", objects).toString())) {
      long handle = open(path.address());
      if (handle == 0) {
        throw new IllegalStateException("the library does not load");
      }
      return handle;
    }
  }

  static long symbol(long library, String name) {
    try (Block text = text(name)) {
      long address = symbol(library, text.address());
      if (address == 0) {
        throw new IllegalStateException("no symbol " + name);
      }
      return address;
    }
  }

  private static Block text(String s) {
    byte[] bytes = (s + "\0").getBytes(StandardCharsets.UTF_8);
    Block b = Block.before(bytes.length);
    b.bytes().put(0, bytes);
    return b;
  }

  /** Zeroed memory with a forbidden page on either side, one of them directly adjacent. */
  record Block(long mapping, long mapped, long address, ByteBuffer bytes) implements AutoCloseable {
    private static final long PAGE = 4096;

    /** Starts at a page: any access in front of it ends the process. */
    static Block behind(long size) {
      return of(size, 0);
    }

    /** Ends at a page: any access past its end ends the process. */
    static Block before(long size) {
      return of(size, Math.floorMod(-size, PAGE));
    }

    private static Block of(long size, long offset) {
      long inside = Math.max(PAGE, (size + offset + PAGE - 1) / PAGE * PAGE);
      long at = map(inside + 2 * PAGE);
      if (at == -1 || protect(at, PAGE) != 0 || protect(at + PAGE + inside, PAGE) != 0) {
        throw new IllegalStateException("no memory for " + size + " bytes");
      }
      long address = at + PAGE + offset;
      ByteBuffer b = buffer(address, size).order(ByteOrder.LITTLE_ENDIAN);
      return new Block(at, inside + 2 * PAGE, address, b);
    }

    @Override
    public void close() {
      unmap(mapping, mapped);
    }
  }
}
