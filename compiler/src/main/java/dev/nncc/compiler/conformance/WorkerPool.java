package dev.nncc.compiler.conformance;

import dev.nncc.compiler.ScratchFolder;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Spreads tests over worker processes. A worker that dies or does not answer in time costs the test
 * that it was running; another one takes its place.
 *
 * @param command starts a worker: a process that calls {@link Worker#serve} on its standard input
 *     and output
 * @param jobs workers at one time
 * @param limit for one test
 */
public record WorkerPool(List<String> command, int jobs, Duration limit) {
  public WorkerPool {
    command = List.copyOf(command);
  }

  /** Runs all tests; {@code each} hears of every outcome, one at a time. */
  public Scoreboard run(List<TestCase> cases, Consumer<Outcome> each) throws IOException {
    try (ScratchFolder logs = ScratchFolder.create()) {
      return run(cases, each, logs.path());
    }
  }

  private Scoreboard run(List<TestCase> cases, Consumer<Outcome> each, Path logs) {
    ConcurrentLinkedQueue<TestCase> open = new ConcurrentLinkedQueue<>(cases);
    List<Outcome> outcomes = new ArrayList<>();
    Consumer<Outcome> record =
        outcome -> {
          synchronized (outcomes) {
            outcomes.add(outcome);
            each.accept(outcome);
          }
        };
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < Math.min(jobs, cases.size()); i++) {
        done.add(threads.submit(() -> work(open, record, threads, logs)));
      }
      for (Future<?> f : done) {
        f.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException r ? r : new IllegalStateException(e);
    } finally {
      threads.shutdownNow();
    }
    synchronized (outcomes) {
      return new Scoreboard(outcomes);
    }
  }

  private void work(
      ConcurrentLinkedQueue<TestCase> open,
      Consumer<Outcome> record,
      ExecutorService readers,
      Path logs) {
    @org.jspecify.annotations.Nullable Remote worker = null;
    try {
      for (TestCase test = open.poll(); test != null; test = open.poll()) {
        if (worker == null) {
          worker = new Remote(command, logs);
        }
        Outcome outcome = worker.run(test, limit, readers);
        record.accept(outcome);
        if (!worker.isUsable()) {
          worker.close();
          worker = null;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (worker != null) {
        worker.close();
      }
    }
  }

  /** One worker process, seen from outside. */
  private static final class Remote implements AutoCloseable {
    private final Process process;
    private final Path errors;
    private final BufferedWriter requests;
    private final BufferedReader answers;
    private boolean usable = true;

    Remote(List<String> command, Path logs) throws IOException {
      errors = Files.createTempFile(logs, "worker-", ".log");
      process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      requests =
          new BufferedWriter(
              new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
      answers =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    boolean isUsable() {
      return usable;
    }

    Outcome run(TestCase test, Duration limit, ExecutorService readers) {
      long start = System.nanoTime();
      Outcome outcome = ask(test, limit, readers);
      double seconds = (System.nanoTime() - start) / 1e9;
      return outcome.seconds() > 0 ? outcome : outcome.withSeconds(seconds);
    }

    private Outcome ask(TestCase test, Duration limit, ExecutorService readers) {
      Future<String> answer = readers.submit(() -> exchange(Worker.request(test)));
      try {
        return Outcome.parse(answer.get(limit.toMillis(), TimeUnit.MILLISECONDS));
      } catch (TimeoutException e) {
        usable = false;
        process.destroy(); // with a moment for its files
        return Outcome.failed(test.name(), "took longer than " + limit.toSeconds() + " s");
      } catch (ExecutionException | IllegalArgumentException e) {
        usable = false;
        return Outcome.failed(test.name(), "ended the process: " + ending());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }

    private String exchange(String request) throws IOException {
      requests.write(request);
      requests.newLine();
      requests.flush();
      String answer = answers.readLine();
      if (answer == null) {
        throw new IOException("no answer");
      }
      return answer;
    }

    /** Exit code and what the process said last. */
    private String ending() {
      try {
        process.waitFor(10, TimeUnit.SECONDS);
        process.destroyForcibly();
        String code = process.isAlive() ? "still running" : "exit code " + process.exitValue();
        return code + CrashText.of(Files.readString(errors, StandardCharsets.ISO_8859_1));
      } catch (IOException e) {
        return "exit code " + process.exitValue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }

    @Override
    public void close() {
      try {
        requests.close();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
        Files.deleteIfExists(errors);
      } catch (IOException e) {
        process.destroyForcibly();
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
