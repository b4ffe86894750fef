package dev.nncc.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.inject.Inject;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProjectHelper;
import org.sonatype.plexus.build.incremental.BuildContext;
import org.sonatype.plexus.build.incremental.DefaultBuildContext;

/**
 * Compiles models: libraries become resources of the project, loaded by {@code Model.load(Class)},
 * and for each model a Java class is generated. What has not changed is not compiled again.
 */
@Mojo(name = "compile", defaultPhase = LifecyclePhase.PROCESS_RESOURCES, threadSafe = true)
public final class CompileMojo extends ModelsMojo {
  @Inject private BuildContext buildContext;
  @Inject private MavenProjectHelper projectHelper;

  /**
   * Makes a jar of its own for the libraries of each platform, attached to the project with the
   * platform's name as classifier ({@code linux-x86_64}), and leaves them out of the project's jar.
   * The project's tests find those for this machine all the same.
   */
  @Parameter(property = "nncc.attach", defaultValue = "false")
  private boolean attach;

  /** Where libraries go, below {@code META-INF/nncc}. */
  @Parameter(defaultValue = "${project.build.outputDirectory}")
  private File outputFolder;

  /** Where those for this machine go for the project's tests, if they have jars of their own. */
  @Parameter(defaultValue = "${project.build.testOutputDirectory}")
  private File testOutputFolder;

  /** Where generated classes go. */
  @Parameter(defaultValue = "${project.build.directory}/generated-sources/nncc")
  private File sourcesFolder;

  @Override
  void use(ModelBuilds.Result compiled) throws IOException {
    Outputs outputs = new Outputs(workFolder().resolve(executionId() + ".outputs.txt"));
    Set<String> platforms = new TreeSet<>();
    for (Map.Entry<ModelJob, List<CompiledLibrary>> e : compiled.libraries().entrySet()) {
      ModelJob job = e.getKey();
      for (CompiledLibrary library : e.getValue()) {
        outputs.library(folder(library.platform()), job.className(), library);
        if (attach && runsHere(library)) {
          outputs.library(testOutputFolder.toPath(), job.className(), library);
        }
        platforms.add(library.platform());
      }
      outputs.source(sourcesFolder.toPath(), job, ModelClass.text(job, e.getValue()));
      buildContext.removeMessages(job.source().toFile());
    }
    outputs.finish();
    outputs.changed().forEach(file -> buildContext.refresh(file.toFile()));
    if (!compiled.libraries().isEmpty()) {
      project().addCompileSourceRoot(sourcesFolder.getPath());
    }
    if (attach && compiled.failures().isEmpty()) {
      for (String platform : platforms) {
        attach(platform, outputs);
      }
    }
  }

  private Path folder(String platform) {
    return attach
        ? workFolder().resolve("attached").resolve(executionId()).resolve(platform)
        : outputFolder.toPath();
  }

  private void attach(String platform, Outputs outputs) throws IOException {
    Path folder = folder(platform);
    Path jar =
        Path.of(project().getBuild().getDirectory())
            .resolve(project().getBuild().getFinalName() + "-" + platform + ".jar");
    if (!Files.isRegularFile(jar)
        || outputs.changed().stream().anyMatch(file -> file.startsWith(folder))) {
      PlatformJar.write(folder, jar);
    }
    projectHelper.attachArtifact(project(), "jar", platform, jar.toFile());
  }

  /** Marks the files in an IDE; Maven itself prints what the build fails with. */
  @Override
  void failed(List<Diagnosis> failures) {
    if (buildContext instanceof DefaultBuildContext) {
      return;
    }
    for (Diagnosis d : failures) {
      buildContext.addMessage(
          d.file().toFile(), 0, 0, d.text(), BuildContext.SEVERITY_ERROR, d.shownCause());
    }
  }
}
