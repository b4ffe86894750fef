package dev.nncc.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nncc.compiler.CompileException;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.Model;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is compiled again, and what is not. */
class ModelBuildTest {
  @TempDir Path folder;
  private Path model;
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  /** {@code y = x + w} with {@code w} in a file of its own. */
  @BeforeEach
  void writeModel() throws IOException {
    model = folder.resolve("models/net.onnx");
    Files.createDirectories(model.getParent());
    Files.write(model, SmallModels.withWeightsApart("x"));
    writeWeights(1, 2, 3);
  }

  private void writeWeights(float... values) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    Files.write(model.resolveSibling("w.bin"), bytes.array());
  }

  private CompiledLibrary build(ModelParameters p) throws IOException {
    log.clear();
    ModelJob job = new ModelJob(model, "com.acme.Net", p);
    ModelBuild build = new ModelBuild(folder.resolve("work"), folder, 1, log::add);
    return build.build(job, p.machines().get(0));
  }

  private ModelParameters parameters() {
    return ModelParameters.of(model);
  }

  @Test
  void whatIsTheSameIsNotCompiledAgainWhateverItsTime() throws IOException {
    CompiledLibrary first = build(parameters());
    assertThat(log).singleElement().asString().contains("net.onnx for ", "(it is new)");
    Object file = Files.readAttributes(first.library(), "unix:ino").get("ino");
    Files.setLastModifiedTime(model, FileTime.fromMillis(System.currentTimeMillis() + 100_000));
    CompiledLibrary second = build(parameters());
    assertThat(log).containsExactly("net.onnx for " + first.platform() + " is up to date");
    assertThat(second).isEqualTo(first);
    assertThat(Files.readAttributes(second.library(), "unix:ino").get("ino")).isEqualTo(file);
  }

  @Test
  void anotherModelIsCompiled() throws IOException {
    build(parameters());
    FileTime time = Files.getLastModifiedTime(model);
    Files.write(model, SmallModels.withWeightsApart("z"));
    Files.setLastModifiedTime(model, time);
    CompiledLibrary now = build(parameters());
    assertThat(log).singleElement().asString().contains("(net.onnx has changed)");
    assertThat(now.description().path("inputs").get(0).path("name").asText()).isEqualTo("z");
  }

  @Test
  void otherWeightsInAFileBesideItAreCompiled() throws IOException {
    build(parameters());
    writeWeights(10, 20, 30);
    CompiledLibrary now = build(parameters());
    assertThat(log).singleElement().asString().contains("(w.bin has changed)");
    try (Model m = Model.load(now.library());
        Context c = m.newContext()) {
      c.setInput(0, new float[] {1, 1, 1});
      c.run();
      assertThat(c.outputFloats(0)).containsExactly(11, 21, 31);
    }
  }

  @Test
  void eachOptionCounts() throws IOException {
    ModelParameters p = parameters();
    build(p);
    p.cpu = "x86-64-v3";
    build(p);
    assertThat(log).singleElement().asString().contains("(--cpu x86-64-v3, before --cpu host)");
    p.precision = "bf16";
    build(p);
    assertThat(log).singleElement().asString().contains("(now --precision bf16)");
    p.precision = null;
    build(p);
    assertThat(log).singleElement().asString().contains("(no longer --precision bf16)");
    build(p);
    assertThat(log).singleElement().asString().contains("up to date");
  }

  @Test
  void aProjectThatMovesKeepsWhatWasCompiled() throws IOException {
    build(parameters());
    Path moved = Files.move(folder.resolve("models"), folder.resolve("new")).getParent();
    Path other = Files.createDirectories(moved.resolve("other"));
    Files.move(moved.resolve("new"), other.resolve("models"));
    Files.move(moved.resolve("work"), other.resolve("work"));
    log.clear();
    ModelParameters p = ModelParameters.of(other.resolve("models/net.onnx"));
    ModelJob job = new ModelJob(other.resolve("models/net.onnx"), "com.acme.Net", p);
    new ModelBuild(other.resolve("work"), other, 1, log::add).build(job, p.machines().get(0));
    assertThat(log).singleElement().asString().contains("up to date");
  }

  @Test
  void aLibraryThatIsGoneIsMadeAgain() throws IOException {
    Files.delete(build(parameters()).library());
    assertThat(build(parameters()).library()).exists();
    assertThat(log).singleElement().asString().contains("(its library is gone)");
  }

  @Test
  void aBrokenModelIsOneLineThatBeginsWithItsFileAndLeavesNothing() throws Exception {
    build(parameters());
    Files.writeString(model, "no model at all");
    ModelBuild build = new ModelBuild(folder.resolve("work"), folder, 1, log::add);
    ModelJob job = new ModelJob(model, "com.acme.Net", parameters());
    ModelBuilds.Result r = new ModelBuilds(build, 2).run(List.of(job));
    assertThat(r.libraries()).isEmpty();
    assertThat(r.failures()).hasSize(1);
    assertThat(r.failures().get(0).text())
        .startsWith("models/net.onnx: not an ONNX model, or damaged")
        .doesNotContain("\n");
    assertThat(r.failures().get(0).fault()).isFalse();
    try (Stream<Path> left = Files.walk(folder.resolve("work"))) {
      assertThat(left.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void aMissingModelIsSaid() throws Exception {
    Files.delete(model);
    ModelBuild build = new ModelBuild(folder.resolve("work"), folder, 1, log::add);
    ModelJob job = new ModelJob(model, "com.acme.Net", parameters());
    assertThat(new ModelBuilds(build, 1).run(List.of(job)).failures().get(0).text())
        .isEqualTo("models/net.onnx: no such file");
  }

  @Test
  void severalModelsForSeveralMachinesAreBuiltAtOneTime() throws Exception {
    ModelParameters two = parameters();
    for (String machine : List.of("x86_64-linux", "aarch64-linux")) {
      TargetParameters t = new TargetParameters();
      t.set(machine);
      t.cpu = machine.startsWith("x86") ? "x86-64-v2" : "generic";
      two.targets.add(t);
    }
    List<ModelJob> jobs =
        List.of(new ModelJob(model, "com.acme.Two", two), new ModelJob(model, "One", parameters()));
    ModelBuild build = new ModelBuild(folder.resolve("work"), folder, 1, log::add);
    ModelBuilds.Result r = new ModelBuilds(build, 3).run(jobs);
    assertThat(r.failures()).isEmpty();
    assertThat(r.libraries().keySet()).containsExactlyElementsOf(jobs);
    assertThat(r.libraries().get(jobs.get(0)).stream().map(CompiledLibrary::platform))
        .containsExactly("linux-x86_64", "linux-aarch64");
  }

  @Test
  @Tag("data")
  void theFilesOfAllFormatsCount() throws IOException {
    Path data = Path.of(System.getProperty("nncc.data"));
    assumeTrue(Files.isDirectory(data), "no stored models");
    Path caffe = Files.createDirectories(folder.resolve("caffe"));
    for (String file : List.of("model.prototxt", "model.caffemodel")) {
      Files.copy(data.resolve("caffe-models/lenet").resolve(file), caffe.resolve(file));
    }
    model = caffe.resolve("model.prototxt");
    build(parameters());
    build(parameters());
    assertThat(log).singleElement().asString().contains("up to date");
    Path weights = caffe.resolve("model.caffemodel");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length / 2] ^= 1;
    Files.write(weights, bytes);
    build(parameters());
    assertThat(log).singleElement().asString().contains("(model.caffemodel has changed)");

    model = data.resolve("tf-models/saved-kws-ref/saved_model").toAbsolutePath();
    build(parameters());
    assertThat(log).singleElement().asString().contains(" for ", " kernels");
    build(parameters());
    assertThat(log).singleElement().asString().contains("up to date");
    assertThat(folder.resolve("work/com.acme.Net/linux-x86_64/fingerprint.txt"))
        .content()
        .contains("/saved_model.pb", "/variables/variables.index", "/variables/variables.data-");
  }

  @Test
  void wordsThatCannotBeReadAreSaid() {
    ModelParameters p = parameters();
    p.dims.add("batch");
    assertThatThrownBy(() -> build(p))
        .isInstanceOf(CompileException.class)
        .hasMessageContaining("--dim takes NAME=VALUE");
  }
}
