package dev.nncc.compiler;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/** Work that is shared by a few threads. */
final class Jobs {
  private Jobs() {}

  /**
   * Does all tasks, which begin in their order.
   *
   * @param threads that work at the same time, 1 at least
   * @param progress told how many of the first tasks are done
   * @return their results, in their order
   * @throws ExecutionException with what the first task threw that failed
   */
  static <T> List<T> all(int threads, List<Callable<T>> tasks, IntConsumer progress)
      throws ExecutionException {
    ExecutorService pool = Executors.newFixedThreadPool(Math.max(1, threads));
    try {
      List<Future<T>> futures = new ArrayList<>();
      tasks.forEach(t -> futures.add(pool.submit(t)));
      List<T> out = new ArrayList<>();
      for (Future<T> f : futures) {
        out.add(f.get());
        progress.accept(out.size());
      }
      return out;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while compiling", e);
    } finally {
      pool.shutdownNow();
    }
  }
}
