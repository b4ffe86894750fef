package dev.nncc.maven;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Builds several models at one time.
 *
 * @param build of one
 * @param threads how many at one time
 */
record ModelBuilds(ModelBuild build, int threads) {
  /**
   * What became of the models.
   *
   * @param libraries of each model that could be built for all its machines, in order
   * @param failures of the others
   */
  record Result(Map<ModelJob, List<CompiledLibrary>> libraries, List<Diagnosis> failures) {}

  Result run(List<ModelJob> jobs) throws InterruptedException {
    Map<ModelJob, List<Future<CompiledLibrary>>> started = new LinkedHashMap<>();
    Map<ModelJob, List<CompiledLibrary>> libraries = new LinkedHashMap<>();
    List<Diagnosis> failures = new ArrayList<>();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (ModelJob job : jobs) {
        List<Future<CompiledLibrary>> ofJob = new ArrayList<>();
        for (TargetParameters machine : job.machines()) {
          Callable<CompiledLibrary> task = () -> build.build(job, machine);
          ofJob.add(pool.submit(task));
        }
        started.put(job, ofJob);
      }
      for (Map.Entry<ModelJob, List<Future<CompiledLibrary>>> e : started.entrySet()) {
        List<CompiledLibrary> done = new ArrayList<>();
        for (Future<CompiledLibrary> f : e.getValue()) {
          await(f, e.getKey().source(), done, failures);
        }
        if (done.size() == e.getValue().size()) {
          libraries.put(e.getKey(), List.copyOf(done));
        }
      }
    } finally {
      pool.shutdownNow();
    }
    return new Result(libraries, List.copyOf(failures));
  }

  private void await(
      Future<CompiledLibrary> task,
      Path source,
      List<CompiledLibrary> done,
      List<Diagnosis> failures)
      throws InterruptedException {
    try {
      done.add(task.get());
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      Diagnosis d = Diagnosis.of(source, build.base(), cause);
      // A model that is broken is so for each machine.
      if (failures.stream().noneMatch(f -> f.text().equals(d.text()))) {
        failures.add(d);
      }
    }
  }
}
