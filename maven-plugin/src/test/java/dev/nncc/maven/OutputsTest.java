package dev.nncc.maven;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputsTest {
  private static final FileTime LONG_AGO = FileTime.fromMillis(0);

  @TempDir Path folder;

  private CompiledLibrary library(String content) throws IOException {
    Path file = Files.writeString(folder.resolve("lib" + content + ".so"), content);
    return new CompiledLibrary(
        "linux-x86_64", file, "hash of " + content, JsonNodeFactory.instance.objectNode());
  }

  private Path resource(String className) {
    return folder.resolve("classes/META-INF/nncc/linux-x86_64/" + className + ".so");
  }

  private Outputs put(String className, String content) throws IOException {
    Outputs outputs = new Outputs(folder.resolve("work/list.txt"));
    outputs.library(folder.resolve("classes"), className, library(content));
    ModelJob job = new ModelJob(folder, className, ModelParameters.of(folder));
    outputs.source(folder.resolve("sources"), job, "class of " + content);
    outputs.finish();
    return outputs;
  }

  @Test
  void whatIsThereIsNotTouched() throws IOException {
    assertThat(put("com.acme.Net", "one").changed()).hasSize(3);
    Path source = folder.resolve("sources/com/acme/Net.java");
    assertThat(resource("com.acme.Net")).hasContent("one");
    Files.setLastModifiedTime(source, LONG_AGO);
    Files.setLastModifiedTime(resource("com.acme.Net"), LONG_AGO);
    Files.writeString(folder.resolve("other"), "");
    assertThat(put("com.acme.Net", "one").changed()).isEmpty();
    assertThat(Files.getLastModifiedTime(source)).isEqualTo(LONG_AGO);
  }

  @Test
  void whatIsNewTakesThePlace() throws IOException {
    put("com.acme.Net", "one");
    assertThat(put("com.acme.Net", "two").changed()).hasSize(3);
    assertThat(resource("com.acme.Net")).hasContent("two");
    assertThat(resource("com.acme.Net.so").resolveSibling("com.acme.Net.so.sha256"))
        .hasContent("hash of two");
    assertThat(folder.resolve("libone.so")).hasContent("one");
  }

  @Test
  void whatNoModelMakesAnyMoreGoes() throws IOException {
    put("com.acme.Net", "one");
    put("com.acme.Other", "one");
    assertThat(resource("com.acme.Net")).doesNotExist();
    assertThat(folder.resolve("sources/com/acme/Net.java")).doesNotExist();
    assertThat(resource("com.acme.Other")).exists();
  }
}
