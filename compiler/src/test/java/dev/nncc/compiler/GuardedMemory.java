package dev.nncc.compiler;

import dev.nncc.codegen.llvm.toolchain.HostCpu;
import dev.nncc.codegen.llvm.toolchain.Lld;
import dev.nncc.codegen.llvm.toolchain.Llvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Memory that ends at a page nobody may touch: an access past its end ends the process, and with it
 * the test run. The native methods are LLVM IR, so that no C compiler is needed.
 */
final class GuardedMemory implements AutoCloseable {
  private static final long PAGE = 4096;

  private static final String STUBS =
      """
      declare ptr @mmap(ptr, i64, i32, i32, i32, i64)
      declare i32 @mprotect(ptr, i64, i32)
      declare i32 @munmap(ptr, i64)

      define i64 @Java_dev_nncc_compiler_GuardedMemory_map(ptr %env, ptr %c, i64 %bytes) {
        %p = call ptr @mmap(ptr null, i64 %bytes, i32 3, i32 34, i32 -1, i64 0)
        %r = ptrtoint ptr %p to i64
        ret i64 %r
      }
      define i32 @Java_dev_nncc_compiler_GuardedMemory_forbid(ptr %env, ptr %c, i64 %a, i64 %bytes) {
        %p = inttoptr i64 %a to ptr
        %r = call i32 @mprotect(ptr %p, i64 %bytes, i32 0)
        ret i32 %r
      }
      define i32 @Java_dev_nncc_compiler_GuardedMemory_unmap(ptr %env, ptr %c, i64 %a, i64 %bytes) {
        %p = inttoptr i64 %a to ptr
        %r = call i32 @munmap(ptr %p, i64 %bytes)
        ret i32 %r
      }
      define ptr @Java_dev_nncc_compiler_GuardedMemory_view(ptr %env, ptr %c, i64 %a, i64 %n) {
        ; NewDirectByteBuffer is entry 229 of the JNI table
        %table = load ptr, ptr %env
        %entry = getelementptr ptr, ptr %table, i64 229
        %create = load ptr, ptr %entry
        %p = inttoptr i64 %a to ptr
        %r = call ptr %create(ptr %env, ptr %p, i64 %n)
        ret ptr %r
      }
      """;

  static {
    load();
  }

  private final long base;
  private final long mapped;
  private final ByteBuffer bytes;

  /**
   * @param size in bytes; memory that starts at a multiple of {@code alignment} ends at the guard
   *     but for the rest of the last unit
   */
  GuardedMemory(long size, long alignment) {
    long rounded = Math.max(alignment, (size + alignment - 1) / alignment * alignment);
    long inside = (rounded + PAGE - 1) / PAGE * PAGE;
    mapped = inside + 2 * PAGE;
    base = map(mapped);
    forbid(base, PAGE);
    forbid(base + PAGE + inside, PAGE);
    bytes = view(base + PAGE + inside - rounded, Math.max(1, size)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < bytes.capacity(); i++) {
      bytes.put(i, (byte) 0xFF);
    }
  }

  ByteBuffer bytes() {
    return bytes;
  }

  @Override
  public void close() {
    unmap(base, mapped);
  }

  private static native long map(long bytes);

  private static native int forbid(long address, long bytes);

  private static native int unmap(long address, long bytes);

  private static native ByteBuffer view(long address, long bytes);

  private static void load() {
    try {
      byte[] object =
          new Llvm(1).compile(new Llvm.Unit("guards", STUBS), HostCpu.target(), Llvm.Output.OBJECT);
      Path folder = Files.createTempDirectory("nncc-guards");
      Path o = Files.write(folder.resolve("guards.o"), object);
      Path so = folder.resolve("libguards.so");
      new Lld()
          .run(
              List.of(
                  "-shared",
                  "--build-id=none",
                  "-z",
                  "noexecstack",
                  "-o",
                  so.toString(),
                  o.toString()));
      System.load(so.toString());
      for (Path p : List.of(so, o, folder)) {
        Files.delete(p);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
