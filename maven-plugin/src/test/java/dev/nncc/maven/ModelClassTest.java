package dev.nncc.maven;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.runtime.Model;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The generated class: what it says, and that no javac warns of it. */
class ModelClassTest {
  private static final Path DIGITS = Path.of("../models/digits/digits.onnx");

  @TempDir Path folder;

  @Test
  void namesShapesAndTypesAreConstantsAndBuffersAreTyped() throws IOException {
    String text =
        text(
            "com.acme.Net",
            """
            {"inputs": [{"name": "input_ids", "dtype": "i64", "dims": [1, 128]},
                        {"name": "mask", "dtype": "bool", "dims": [1, 128]}],
             "outputs": [{"name": "logits", "dtype": "f32", "dims": [1, 2]},
                         {"name": "state", "dtype": "f16", "dims": []}]}
            """);
    assertThat(text)
        .contains("package com.acme;\n", "public final class Net implements AutoCloseable {")
        .contains("String INPUT_IDS_NAME = \"input_ids\";")
        .contains("DType INPUT_IDS_DTYPE = DType.I64;")
        .contains("List<Long> INPUT_IDS_SHAPE = List.of(1L, 128L);")
        .contains("long INPUT_IDS_ELEMENTS = 128L;")
        .contains("List<Long> STATE_SHAPE = List.of();")
        .contains(
            "  public LongBuffer inputIds() {\n    return context.input(0).asLongBuffer();\n  }")
        .contains("  public ByteBuffer mask() {")
        .contains("  public FloatBuffer logits() {\n    return context.output(0)")
        .contains("  public ShortBuffer state() {\n    return context.output(1)");
    compile("com.acme.Net", text);
  }

  @Test
  void javadocHasTheModelsFacts() throws IOException {
    assertThat(
            text(
                "Net",
                """
                {"nncc": "0.1.0", "target": "x86_64-linux znver5", "precision": "bf16",
                 "source": {"file": "net.onnx", "sha256": "0123", "producer": "torch <2>",
                            "operators": {"Conv": 3, "Relu": 2}, "parameters": 1234567},
                 "sizes": {"weights": 2500000, "arena": 800000},
                 "kernels": [{"function": "a"}, {"function": "b"}, {"function": "a"}],
                 "inputs": [{"name": "x", "dtype": "f32", "dims": [4, 3]}],
                 "outputs": [{"name": "y", "dtype": "f32", "dims": [4]}],
                 "states": [{"name": "h", "dtype": "f32", "dims": [1, 8]}],
                 "profiles": [
                   {"name": "n=1", "inputs": [{"name": "x", "dtype": "f32", "dims": [1, 3]}],
                    "outputs": [{"name": "y", "dtype": "f32", "dims": [1]}]},
                   {"name": "n=4", "inputs": [{"name": "x", "dtype": "f32", "dims": [4, 3]}],
                    "outputs": [{"name": "y", "dtype": "f32", "dims": [4]}]}]}
                """))
        .contains("The model {@code net.onnx}, compiled by nncc 0.1.0.")
        .contains("<li>input {@code x}: f32[4, 3]\n")
        .contains("<li>output {@code y}: f32[4]\n")
        .contains("<li>kept from run to run: {@code h}: f32[1, 8]\n")
        .contains("<li>profile {@code n=1}: {@code x} f32[1, 3], {@code y} f32[1]\n")
        .contains("<li>compiled for x86_64-linux znver5\n")
        .contains("<li>5 operators, 1,234,567 parameters, made by torch &#60;2&#62;\n")
        .contains("<li>2 functions, 2.5 MB of weights, at most 0.8 MB", "products in bf16")
        .contains("List<String> PROFILES = List.of(\"n=1\", \"n=4\");")
        .contains("public void select(String profile) {", "public void resetState() {")
        .doesNotContain("package ");
  }

  @Test
  void noNameBreaksTheSource() throws IOException {
    String[] names = {
      "x",
      "x",
      "X",
      "int",
      "run",
      "495",
      "",
      "a.b:0",
      "a_b_0",
      "naïve",
      "\\u0022;*/",
      "\n\"\\",
      "{@code }",
      "module/Conv_2D/BiasAdd:0",
      "toString",
      "<b>&amp;",
      "wait",
      "Wait",
      "_"
    };
    StringBuilder tensors = new StringBuilder();
    JsonMapper json = JsonMapper.builder().build();
    for (String name : names) {
      tensors.append(tensors.isEmpty() ? "" : ", ");
      tensors.append("{\"name\": ").append(json.writeValueAsString(name));
      tensors.append(", \"dtype\": \"f32\", \"dims\": [1]}");
    }
    String text =
        text(
            "com.acme.Odd",
            String.format(
                """
                {"nncc": "1", "target": "a-b c", "inputs": [%1$s], "outputs": [%1$s],
                 "states": [%1$s], "source": {"file": "*/ \\\\u0022 x.onnx", "producer": "*/@see"},
                 "profiles": [{"name": "a=1*/", "inputs": [%1$s], "outputs": [%1$s]}]}
                """,
                tensors));
    compile("com.acme.Odd", text);
    try (URLClassLoader loader = loader()) {
      Class<?> made = loader.loadClass("com.acme.Odd");
      for (int i = 0; i < names.length; i++) {
        String name = names[i];
        assertThat(Arrays.stream(made.getFields()).filter(f -> f.getName().endsWith("_NAME")))
            .anySatisfy(f -> assertThat(f.get(null)).isEqualTo(name));
      }
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theClassOfARealModelRunsIt() throws Exception {
    ModelJob job = new ModelJob(DIGITS, "com.acme.Digits", ModelParameters.of(DIGITS));
    ModelBuild build = new ModelBuild(folder.resolve("work"), folder, 1, line -> {});
    CompiledLibrary library = build.build(job, job.machines().get(0));
    Outputs outputs = new Outputs(folder.resolve("list.txt"));
    outputs.library(folder.resolve("classes"), job.className(), library);
    compile(job.className(), ModelClass.text(job, List.of(library)));
    try (URLClassLoader loader = loader()) {
      Class<?> made = loader.loadClass("com.acme.Digits");
      Object digits = made.getMethod("open").invoke(null);
      FloatBuffer image = (FloatBuffer) made.getMethod("image").invoke(digits);
      assertThat(image.limit()).isEqualTo(784);
      image.put(new float[784]);
      made.getMethod("run").invoke(digits);
      FloatBuffer scores = (FloatBuffer) made.getMethod("probabilities").invoke(digits);
      float sum = 0;
      for (int i = 0; i < scores.limit(); i++) {
        sum += scores.get(i);
      }
      assertThat(sum).isBetween(0.999f, 1.001f); // softmax
      made.getMethod("close").invoke(digits);
    }
  }

  /** As two applications in one server do, or one that is deployed again. */
  @Test
  void classLoadersWithRuntimesOfTheirOwnShareALibrary() throws Exception {
    ModelJob job = new ModelJob(DIGITS, "com.acme.Digits", ModelParameters.of(DIGITS));
    ModelBuild build = new ModelBuild(folder.resolve("work"), folder, 1, line -> {});
    CompiledLibrary library = build.build(job, job.machines().get(0));
    new Outputs(folder.resolve("list.txt"))
        .library(folder.resolve("classes"), job.className(), library);
    compile(job.className(), ModelClass.text(job, List.of(library)));
    URL[] own = {folder.resolve("classes").toUri().toURL(), runtime().toUri().toURL()};
    try (URLClassLoader one = new URLClassLoader(own, null);
        URLClassLoader two = new URLClassLoader(own, null)) {
      for (URLClassLoader loader : List.of(one, two, one)) {
        Class<?> made = loader.loadClass("com.acme.Digits");
        Object digits = made.getMethod("open").invoke(null);
        made.getMethod("run").invoke(digits);
        made.getMethod("close").invoke(digits);
      }
    }
  }

  private String text(String name, String description) throws IOException {
    JsonNode facts = JsonMapper.builder().build().readTree(description);
    CompiledLibrary library = new CompiledLibrary("linux-x86_64", Path.of("a.so"), "", facts);
    Path source = Path.of("net.onnx");
    return ModelClass.text(
        new ModelJob(source, name, ModelParameters.of(source)), List.of(library));
  }

  private URLClassLoader loader() throws IOException {
    URL[] classes = {folder.resolve("classes").toUri().toURL()};
    return new URLClassLoader(classes, ModelClassTest.class.getClassLoader());
  }

  private static Path runtime() throws IOException {
    try {
      return Path.of(Model.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (java.net.URISyntaxException e) {
      throw new IOException(e);
    }
  }

  /** With all warnings of javac, which are errors, of the comments too. */
  private void compile(String name, String text) throws IOException {
    Path file = folder.resolve("sources/" + name.replace('.', '/') + ".java");
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    List<String> options =
        List.of(
            "--release",
            "17",
            "-Xlint:all,-classfile,-options",
            "-Xdoclint:all/protected",
            "-Werror",
            "-proc:none",
            "-cp",
            runtime().toString(),
            "-d",
            folder.resolve("classes").toString());
    boolean fine =
        javac
            .getTask(
                said,
                null,
                null,
                options,
                null,
                javac.getStandardFileManager(null, null, null).getJavaFileObjects(file))
            .call();
    assertThat(fine).as("%s%n%s", said, text).isTrue();
  }
}
