package dev.nncc.maven;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.Compiler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Compiles models, each for its machines, into folders of their own, and keeps what is there while
 * the model, its options, the processor and nncc are the same.
 *
 * @param folder for what is compiled: {@code CLASS/OS-ARCH}
 * @param base what relative names of files in options are relative to
 * @param jobs kernels of one model that are compiled at one time; 0: as many as processors
 * @param log one line for what was done and why
 */
record ModelBuild(Path folder, Path base, int jobs, Consumer<String> log) {
  private static final String FINGERPRINT = "fingerprint.txt";

  /** The model for one machine. */
  CompiledLibrary build(ModelJob job, TargetParameters machine) throws IOException {
    CompileOptions options = job.parameters().options(machine, base).withJobs(jobs);
    List<LlvmTarget> targets = Compiler.targets(options);
    String platform = "linux-" + targets.get(0).machine().arch();
    List<String> lines = new ArrayList<>();
    lines.add("--class " + job.className());
    lines.add("model " + Fingerprint.name(job.source(), base));
    lines.addAll(job.parameters().lines(machine));
    targets.forEach(t -> lines.add("processor " + t.text() + " " + String.join(",", t.required())));
    Path to = folder.resolve(job.className()).resolve(platform);
    Path kept = to.resolve(FINGERPRINT);
    Optional<String> change = Fingerprint.change(kept, lines, base);
    if (change.isEmpty()) {
      Optional<CompiledLibrary> before = CompiledLibrary.find(to, platform);
      if (before.isPresent()) {
        log.accept(job.source().getFileName() + " for " + platform + " is up to date");
        return before.get();
      }
    }
    clear(to);
    List<Path> files = new ArrayList<>(Compiler.files(job.source(), options));
    files.addAll(job.parameters().files(base));
    Fingerprint fingerprint = Fingerprint.of(lines, files.stream().distinct().toList(), base);
    CompileReport report = new Compiler(CompileListener.NONE).compile(job.source(), to, options);
    CompiledLibrary.seal(to);
    fingerprint.write(kept);
    log.accept(summary(job, report, change.orElse("its library is gone")));
    return CompiledLibrary.find(to, platform).orElseThrow();
  }

  private static String summary(ModelJob job, CompileReport r, String why) {
    return String.format(
        Locale.ROOT,
        "%s for %s: %d kernels, %.1f MB, %.1f s (%s)",
        job.source().getFileName(),
        r.target(),
        r.kernels().left(),
        r.libraryBytes() / 1e6,
        r.seconds().getOrDefault("total", 0.0),
        why);
  }

  /** Nothing of an earlier compilation stays beside a new one, nor when it fails. */
  private static void clear(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path f : files.toList()) {
          Files.delete(f);
        }
      }
    }
  }
}
