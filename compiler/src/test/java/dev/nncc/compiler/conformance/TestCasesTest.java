package dev.nncc.compiler.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestCasesTest {
  private static final List<String> FILES =
      List.of(
          "b/test_two/model.onnx",
          "b/test_two/test_data_set_10/input_0.pb",
          "b/test_two/test_data_set_9/input_0.pb",
          "a/model.onnx",
          "a/input_0.npy",
          "a/meta.json",
          "notes.txt");

  @TempDir Path folder;

  private Path zip(List<String> names) throws IOException {
    Path file = folder.resolve("tests.zip");
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(1);
      }
    }
    return file;
  }

  private static void check(TestCases found) {
    assertThat(found.cases()).extracting(TestCase::name).containsExactly("a", "b/test_two");
    assertThat(found.cases().get(0).data()).containsExactly(found.cases().get(0).folder());
    assertThat(found.cases().get(1).data())
        .extracting(p -> p.getFileName().toString())
        .containsExactly("test_data_set_9", "test_data_set_10");
  }

  @Test
  void bothLayoutsAreFoundInAFolder() throws IOException {
    for (String name : FILES) {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "x");
    }
    try (TestCases found = TestCases.find(folder)) {
      check(found);
    }
  }

  @Test
  void bothLayoutsAreFoundInAZipFileWhichLeavesNothingBehind() throws IOException {
    Path unpacked;
    try (TestCases found = TestCases.find(zip(FILES))) {
      check(found);
      unpacked = found.cases().get(0).folder();
      assertThat(unpacked).isDirectory();
    }
    assertThat(unpacked).doesNotExist();
  }

  @Test
  void aZipFileCannotWriteElsewhere() throws IOException {
    Path zip = zip(List.of("../outside.onnx"));
    assertThatThrownBy(() -> TestCases.find(zip))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("outside of its folder");
  }

  @Test
  void anotherFileIsNamed() throws IOException {
    Path text = Files.writeString(folder.resolve("a.zip"), "hello");
    assertThatThrownBy(() -> TestCases.find(text))
        .hasMessage(text + " is neither a folder nor a zip file");
  }
}
