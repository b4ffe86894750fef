package dev.nncc.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.inject.Inject;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.sonatype.plexus.build.incremental.BuildContext;

/**
 * Compiles models: libraries become resources of the project, loaded by {@code Model.load(Class)},
 * and for each model a Java class is generated. What has not changed is not compiled again.
 */
@Mojo(name = "compile", defaultPhase = LifecyclePhase.PROCESS_RESOURCES, threadSafe = true)
public final class CompileMojo extends ModelsMojo {
  @Inject private BuildContext buildContext;

  @Parameter(defaultValue = "${mojoExecution}", readonly = true, required = true)
  private MojoExecution execution;

  /** Where libraries go, below {@code META-INF/nncc}. */
  @Parameter(defaultValue = "${project.build.outputDirectory}")
  private File outputFolder;

  /** Where generated classes go. */
  @Parameter(defaultValue = "${project.build.directory}/generated-sources/nncc")
  private File sourcesFolder;

  @Override
  void use(ModelBuilds.Result compiled) throws IOException {
    Path list = workFolder().resolve(execution.getExecutionId() + ".outputs.txt");
    Outputs outputs = new Outputs(list);
    for (Map.Entry<ModelJob, List<CompiledLibrary>> e : compiled.libraries().entrySet()) {
      ModelJob job = e.getKey();
      for (CompiledLibrary library : e.getValue()) {
        outputs.library(outputFolder.toPath(), job.className(), library);
      }
      outputs.source(sourcesFolder.toPath(), job, ModelClass.text(job, e.getValue()));
      buildContext.removeMessages(job.source().toFile());
    }
    outputs.finish();
    outputs.changed().forEach(file -> buildContext.refresh(file.toFile()));
    if (!compiled.libraries().isEmpty()) {
      project().addCompileSourceRoot(sourcesFolder.getPath());
    }
  }

  @Override
  void failed(List<Diagnosis> failures) {
    for (Diagnosis d : failures) {
      buildContext.addMessage(
          d.file().toFile(), 0, 0, d.text(), BuildContext.SEVERITY_ERROR, d.cause());
    }
  }
}
