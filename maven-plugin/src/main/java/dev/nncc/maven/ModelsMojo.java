package dev.nncc.maven;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;
import org.jspecify.annotations.Nullable;

/** What all goals share: which models there are, and how they are compiled. */
abstract class ModelsMojo extends AbstractMojo {
  @Parameter(defaultValue = "${project}", readonly = true, required = true)
  private MavenProject project;

  @Parameter(defaultValue = "${mojoExecution}", readonly = true, required = true)
  private MojoExecution execution;

  /**
   * The models. Each has a {@code source} and may have a {@code className} and options of {@code
   * nncc compile} in the same words. Without any, all models in {@code modelsFolder} are compiled
   * for this machine.
   */
  @Parameter private List<ModelParameters> models = new ArrayList<>();

  /** Where models are looked for; folders below it are packages of the generated classes. */
  @Parameter(property = "nncc.modelsFolder", defaultValue = "${project.basedir}/src/main/models")
  private File modelsFolder;

  /** Package of generated classes that have no other; by default the project's group. */
  @Parameter(property = "nncc.packageName")
  private @Nullable String packageName;

  /** Machine for models that name none, such as {@code x86_64-linux}; by default this one. */
  @Parameter(property = "nncc.target")
  private @Nullable String target;

  /**
   * Processor for models that name none: {@code host}, {@code x86-64-v3}, several with commas. By
   * default the processor that compiles: name others for libraries that leave this machine.
   */
  @Parameter(property = "nncc.cpu")
  private @Nullable String cpu;

  /** Type of stored factors for models that name none: fp32, bf16 or fp16. */
  @Parameter(property = "nncc.precision")
  private @Nullable String precision;

  /** Models, and kernels of a model, that are compiled at one time; 0: as many as processors. */
  @Parameter(property = "nncc.jobs", defaultValue = "0")
  private int jobs;

  /** Where compiled models are kept from build to build. */
  @Parameter(defaultValue = "${project.build.directory}/nncc", readonly = true)
  private File workFolder;

  /** Does nothing. */
  @Parameter(property = "nncc.skip", defaultValue = "false")
  private boolean skip;

  @Override
  public final void execute() throws MojoExecutionException, MojoFailureException {
    if (skip) {
      getLog().info("nncc is skipped");
      return;
    }
    Optional<String> unknown =
        UnknownParameters.of(execution, project.getPlugin("dev.nncc:nncc-maven-plugin"));
    if (unknown.isPresent()) {
      throw new MojoFailureException(unknown.get());
    }
    try {
      List<ModelJob> all = jobs();
      ModelBuilds.Result result = builds(all.size()).run(all);
      failed(result.failures());
      use(result);
      fail(result.failures());
    } catch (CompileException e) {
      throw new MojoFailureException(e.getMessage());
    } catch (IOException e) {
      throw new MojoExecutionException("cannot read or write: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MojoExecutionException("interrupted", e);
    }
  }

  /** Does what the goal is for with models that are compiled. */
  abstract void use(ModelBuilds.Result compiled)
      throws IOException, MojoExecutionException, MojoFailureException;

  /** Hears of models that could not be compiled, before the build fails. */
  void failed(List<Diagnosis> failures) {}

  private List<ModelJob> jobs() throws IOException {
    List<ModelParameters> given = models;
    String inPackage =
        packageName != null ? packageName : ModelJobs.packageOf(project.getGroupId());
    ModelParameters defaults = new ModelParameters();
    defaults.target = target;
    defaults.cpu = cpu;
    defaults.precision = precision;
    List<ModelJob> found =
        new ModelJobs(base(), modelsFolder.toPath(), inPackage, defaults).of(given);
    if (given.isEmpty()) {
      for (Path lonely : ModelScan.of(modelsFolder.toPath()).lonely()) {
        getLog()
            .warn(
                base().relativize(lonely)
                    + " is left alone, for beside it is no "
                    + ModelScan.missing(lonely)
                    + "; a <model> with <source> and <weights> names both");
      }
    }
    if (found.isEmpty()) {
      getLog().info("no models in " + modelsFolder);
    }
    return found;
  }

  private ModelBuilds builds(int count) {
    if (jobs < 0) {
      throw new CompileException("<jobs> is 0 or more, not " + jobs);
    }
    int all = jobs > 0 ? jobs : Runtime.getRuntime().availableProcessors();
    int atOnce = Math.max(1, Math.min(count, all));
    ModelBuild build =
        new ModelBuild(
            workFolder.toPath(), base(), Math.max(1, all / atOnce), line -> getLog().info(line));
    return new ModelBuilds(build, atOnce);
  }

  private void fail(List<Diagnosis> failures) throws MojoExecutionException, MojoFailureException {
    if (failures.isEmpty()) {
      return;
    }
    String text = failures.stream().map(Diagnosis::text).collect(Collectors.joining("\n"));
    for (Diagnosis d : failures) {
      if (d.fault()) {
        throw new MojoExecutionException(text, d.cause());
      }
    }
    throw new MojoFailureException(text); // Maven would add what the cause says
  }

  /** Whether this process can load what is compiled for a platform. */
  final boolean runsHere(String platform) {
    return platform.equals("linux-" + Compiler.target(CompileOptions.DEFAULT).machine().arch());
  }

  final boolean runsHere(CompiledLibrary library) {
    return runsHere(library.platform());
  }

  final MavenProject project() {
    return project;
  }

  final String executionId() {
    return execution.getExecutionId();
  }

  final Path base() {
    return project.getBasedir().toPath();
  }

  final Path workFolder() {
    return workFolder.toPath();
  }
}
