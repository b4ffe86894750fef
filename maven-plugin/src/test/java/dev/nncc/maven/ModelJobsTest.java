package dev.nncc.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.passes.Precision;
import dev.nncc.tensor.plan.ArenaMode;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.codehaus.plexus.util.xml.Xpp3Dom;
import org.codehaus.plexus.util.xml.Xpp3DomBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which models a project has, and what their parameters mean. */
class ModelJobsTest {
  @TempDir Path folder;

  private ModelJobs jobs() {
    return jobs(new ModelParameters());
  }

  private ModelJobs jobs(ModelParameters defaults) {
    return new ModelJobs(folder, folder.resolve("models"), "com.acme", defaults);
  }

  private void touch(String... files) throws IOException {
    for (String f : files) {
      Path file = folder.resolve("models").resolve(f);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "");
    }
  }

  @Test
  void withoutParametersAllModelsOfTheFolderAreFound() throws IOException {
    touch(
        "mobilenet-v2.onnx",
        "org/acme/Net.ONNX",
        "saved/saved_model.pb",
        "saved/variables/more.pb",
        "frozen.pb",
        "deploy.prototxt",
        "deploy.caffemodel",
        "solver.prototxt",
        "text.pbtxt",
        "trained.ckpt.meta",
        "trained.ckpt.index",
        "alone.meta",
        "README.md");
    assertThat(jobs().of(List.of()))
        .extracting(ModelJob::className)
        .containsExactly(
            "com.acme.Deploy",
            "com.acme.Frozen",
            "com.acme.MobilenetV2",
            "org.acme.Net",
            "com.acme.Saved",
            "com.acme.Text",
            "com.acme.TrainedCkpt");
    List<Path> lonely = ModelScan.of(folder.resolve("models")).lonely();
    assertThat(lonely)
        .extracting(ModelScan::missing)
        .containsExactly("alone.index", "solver.caffemodel");
    ModelParameters none = new ModelParameters();
    assertThat(new ModelJobs(folder, folder.resolve("none"), "", none).of(List.of())).isEmpty();
  }

  @Test
  void whatTheBuildSaysHoldsForModelsThatAreFoundAndForThoseThatAreNamed() throws IOException {
    ModelParameters defaults = new ModelParameters();
    defaults.cpu = "x86-64-v3";
    defaults.precision = "bf16";
    touch("a.onnx");
    ModelParameters named = new ModelParameters();
    named.set(" models/a.onnx ");
    named.precision = "fp16";
    ModelJob found = jobs(defaults).of(List.of()).get(0);
    ModelJob own = jobs(defaults).of(List.of(named)).get(0);
    assertThat(own.source()).isEqualTo(found.source());
    assertThat(lines(found)).containsExactly("--cpu x86-64-v3", "--precision bf16");
    assertThat(lines(own)).containsExactly("--cpu x86-64-v3", "--precision fp16");
  }

  private static List<String> lines(ModelJob job) {
    return job.parameters().lines(job.machines().get(0));
  }

  @Test
  void aMachineHasOneLibraryOfAModel() {
    ModelParameters p = ModelParameters.of(Path.of("a.onnx"));
    for (String cpu : List.of("x86-64-v2", "x86-64-v3")) {
      TargetParameters t = new TargetParameters();
      t.set("x86_64-linux");
      t.cpu = cpu;
      p.targets.add(t);
    }
    assertThatThrownBy(() -> jobs().of(List.of(p)))
        .isInstanceOf(CompileException.class)
        .hasMessage(
            "a.onnx: two <target>s are for x86_64-linux; name its processors in one <cpu>, as in"
                + " x86-64-v2,x86-64-v3");
  }

  @Test
  void parametersThatThereAreNotAreSaid() throws Exception {
    Set<String> known = Set.of("models", "cpu");
    assertThat(UnknownParameters.of(configuration("<cpu>host</cpu><models/>"), known)).isEmpty();
    assertThat(UnknownParameters.of(configuration("<model><source>a</source></model>"), known))
        .hasValue("nncc-maven-plugin has no parameter <model>; close to it: models");
    assertThat(UnknownParameters.of((Object) null, known)).isEmpty();
  }

  private static Xpp3Dom configuration(String xml) throws Exception {
    return Xpp3DomBuilder.build(new StringReader("<configuration>" + xml + "</configuration>"));
  }

  @Test
  void namesAreMadeNamesOfJava() {
    assertThat(ModelJobs.packageOf("dev.nncc-examples.int")).isEqualTo("dev.nncc_examples._int");
    assertThat(Identifiers.type("resnet50_v1.5")).isEqualTo("Resnet50V15");
    assertThat(Identifiers.type("größe 2")).isEqualTo("GroE2");
    assertThat(ModelJobs.packageOf("Café.de")).isEqualTo("cafe.de");
    assertThat(Identifiers.type("3d-net")).isEqualTo("Model3dNet");
  }

  @Test
  void whatCannotBeAClassIsSaid() throws IOException {
    ModelParameters p = ModelParameters.of(Path.of("a.onnx"));
    p.className = "com.acme.1st";
    assertThatThrownBy(() -> jobs().of(List.of(p)))
        .isInstanceOf(CompileException.class)
        .hasMessage("<className> 'com.acme.1st' is no name of Java");
    assertThatThrownBy(() -> jobs().of(List.of(new ModelParameters())))
        .hasMessage("a <model> has no <source>");
    touch("a-b.onnx", "a_b.onnx");
    assertThatThrownBy(() -> jobs().of(List.of()))
        .hasMessageContaining("two models become the class com.acme.AB");
  }

  @Test
  void parametersAreTheCommandLinesOptions() throws IOException {
    ModelParameters p = ModelParameters.of(Path.of("a.onnx"));
    p.dims.addAll(List.of("batch=1", "4", "seq=8")); // as Maven splits "batch=1,4"
    p.inputShapes.add("x=1x3x224x224");
    p.binds.add("k=3");
    p.states.add("h'=h");
    p.outputs.add("y");
    p.disable.add("fuse-attention");
    p.precision = "bf16";
    p.arena = "small";
    p.memoryLimit = "64M";
    p.fastMath = true;
    p.cpu = "x86-64-v2,x86-64-v4";
    CompileOptions o = p.options(p.machines().get(0), folder);
    assertThat(o.profiles().stream().map(c -> c.name())).containsExactly("batch=1", "batch=4");
    assertThat(o.imports().dims()).containsEntry("seq", 8L);
    assertThat(o.imports().inputShapes()).containsEntry("x", List.of(1L, 3L, 224L, 224L));
    assertThat(o.imports().binds()).containsKey("k");
    assertThat(o.imports().outputs()).containsExactly("y");
    assertThat(o.passes().precision()).isEqualTo(Precision.BF16);
    assertThat(o.passes().fastMath()).isTrue();
    assertThat(o.memory().arena()).isEqualTo(ArenaMode.SMALL);
    assertThat(o.memory().limit()).hasValue(64L << 20);
    assertThat(o.memory().states()).hasToString("[h'=h]");
    assertThat(o.cpu()).isEqualTo("x86-64-v2,x86-64-v4");
    assertThat(p.lines(p.machines().get(0)))
        .contains("--dim batch=1,4", "--dim seq=8", "--precision bf16", "--fast-math on");
  }

  @Test
  void filesThatOptionsNameAreRelativeToTheProject() throws IOException {
    ModelParameters p = ModelParameters.of(Path.of("a.onnx"));
    p.binds.add("k=k.npy");
    p.tuning = new File("a.tuning");
    assertThat(p.files(folder)).containsExactly(Path.of("a.tuning"));
    Files.writeString(folder.resolve("k.npy"), "");
    assertThat(p.files(folder)).containsExactly(folder.resolve("k.npy"), Path.of("a.tuning"));
  }

  @Test
  void wordsThatAreNoneAreAnsweredWithThoseThatAre() {
    ModelParameters p = ModelParameters.of(Path.of("a.onnx"));
    p.arena = "tiny";
    assertThatThrownBy(() -> p.options(p.machines().get(0), folder))
        .hasMessage("arena is one of fast, small, not 'tiny'");
    p.arena = null;
    p.precision = "int4";
    assertThatThrownBy(() -> p.options(p.machines().get(0), folder))
        .hasMessage("precision is fp32, bf16 or fp16, not 'int4'");
    p.precision = null;
    p.disable.add("fuse-atention");
    assertThatThrownBy(() -> p.options(p.machines().get(0), folder))
        .hasMessageContaining("no pass or rule 'fuse-atention'; close to it: fuse-attention");
    p.disable.clear();
    p.winograd = "on";
    assertThatThrownBy(() -> p.options(p.machines().get(0), folder))
        .hasMessage("winograd is auto or off, not 'on'");
  }
}
