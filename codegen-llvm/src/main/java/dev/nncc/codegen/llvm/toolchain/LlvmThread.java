package dev.nncc.codegen.llvm.toolchain;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Runs one compilation (a function of the list to which LLVM's errors are added), on a stack deep
 * enough for LLVM's recursion over long straight-line code.
 */
final class LlvmThread extends Thread {
  private static final long STACK_BYTES = 256L << 20;

  private final Function<List<String>, byte[]> work;
  private final CompletableFuture<byte[]> result;
  private final List<String> errors = new ArrayList<>();

  LlvmThread(String name, Function<List<String>, byte[]> work, CompletableFuture<byte[]> result) {
    super(null, null, name, STACK_BYTES);
    this.work = work;
    this.result = result;
    setDaemon(true);
  }

  @Override
  public void run() {
    try {
      result.complete(work.apply(errors));
    } catch (RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }

  /** What LLVM has reported so far; touched by this thread only. */
  List<String> errors() {
    return errors;
  }

  /** Called on this thread from inside LLVM, which is about to abort: never returns. */
  void abandon(String reason) {
    result.completeExceptionally(new CodegenException("LLVM: " + reason.strip()));
    while (true) {
      LockSupport.park(this);
    }
  }
}
