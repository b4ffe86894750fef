package dev.nncc.codegen.llvm.toolchain;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;

/**
 * Compiles LLVM IR text in this process.
 *
 * <p>Compilations run in parallel on threads of their own, each with its own LLVM context; the
 * results do not depend on how many there are. Everything that LLVM objects to, up to the errors
 * with which it would abort, is a {@link CodegenException} with LLVM's text.
 */
public final class Llvm {
  private final Semaphore running;

  /**
   * Does not load LLVM yet.
   *
   * @param threads how many compilations run at one time
   */
  public Llvm(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads " + threads);
    }
    this.running = new Semaphore(threads);
  }

  /** As many compilations at one time as the JVM has processors. */
  public static Llvm parallel() {
    return new Llvm(Runtime.getRuntime().availableProcessors());
  }

  /** What comes out of a compilation. */
  public enum Output {
    /** A relocatable ELF file. */
    OBJECT,
    /** Assembly text in UTF-8. */
    ASSEMBLY
  }

  /**
   * A module to compile.
   *
   * @param name for messages
   * @param ir LLVM IR text
   */
  public record Unit(String name, String ir) {}

  /**
   * Compiles one module.
   *
   * @throws CodegenException with LLVM's text
   */
  public byte[] compile(Unit unit, LlvmTarget target, Output output) {
    return join(start(unit, target, output));
  }

  /**
   * Compiles modules in parallel; results in the order of the units.
   *
   * @throws CodegenException of the first unit that fails, in that order
   */
  public List<byte[]> compileAll(List<Unit> units, LlvmTarget target, Output output) {
    List<CompletableFuture<byte[]>> futures = new ArrayList<>();
    for (Unit unit : units) {
      futures.add(start(unit, target, output));
    }
    List<byte[]> results = new ArrayList<>();
    for (CompletableFuture<byte[]> future : futures) {
      results.add(join(future));
    }
    return results;
  }

  private CompletableFuture<byte[]> start(Unit unit, LlvmTarget target, Output output) {
    LlvmLibrary.load();
    running.acquireUninterruptibly();
    CompletableFuture<byte[]> result = new CompletableFuture<>();
    // The thread of a compilation that LLVM gave up never ends, but its future completes.
    CompletableFuture<byte[]> released = result.whenComplete((bytes, error) -> running.release());
    new LlvmThread(
            "llvm " + unit.name(), errors -> LlvmJob.run(unit, target, output, errors), result)
        .start();
    return released;
  }

  private static byte[] join(CompletableFuture<byte[]> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof CodegenException cause) {
        throw new CodegenException(String.valueOf(cause.getMessage()), cause);
      }
      throw e;
    }
  }
}
