package dev.nncc.frontend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.frontend.tensorflow.proto.DataType;
import dev.nncc.graph.ModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged and malicious files: one clear line each, nothing else. */
class HostileModelsTest {
  private static final int MUTANTS = 2_000;
  private static final int MANY_MUTANTS = 50_000;

  private static final ImportOptions TENSORFLOW =
      ImportOptions.NONE.withFiles(
          new FileChoice(Optional.of(ModelFormat.TENSORFLOW), Optional.empty(), Optional.empty()));

  @TempDir Path folder;

  /** The message of the refusal, or empty if the bytes are still a model. */
  private Optional<String> message(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("m.pb"), bytes);
    try {
      Importers.importModel(file, TENSORFLOW);
      return Optional.empty();
    } catch (ModelException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** Something of everything that steers an import. */
  private static byte[] model() {
    return new Graphs()
        .input("x", 1, 4, 4, 2)
        .list("block", 2, 2)
        .ints("none", new long[] {2, 2}, 0, 0, 0, 0)
        .floats("w", new long[] {1, 1, 2, 2}, 1, 2, 3, 4)
        .list("size", 6, 5)
        .list("begin", 0, 1)
        .list("end", 1, 3)
        .list("axes", 1, 2)
        .integer("axis", 1)
        .integer("zero", 0)
        .integer("two", 2)
        .list("ids", 0, 0, 1, 1, 2, 2)
        .integer("three", 3)
        .add("SpaceToBatchND", "s", "x,block,none")
        .add("BatchToSpaceND", "b", "s,block,none")
        .add("Conv2D", "c", "b,w", "padding", "SAME", "strides", new long[] {1, 2, 2, 1})
        .add(
            "MaxPool",
            "p",
            "x",
            "ksize",
            new long[] {1, 2, 2, 1},
            "strides",
            new long[] {1, 2, 2, 1})
        .add("ResizeBicubic", "r", "x,size")
        .add("StridedSlice", "q", "r,begin,end,block", "shrink_axis_mask", 1L)
        .add("Mean", "m", "r,axes")
        .add("ConcatV2", "k", "c,p,axis")
        .add("Squeeze", "z", "m", "squeeze_dims", new long[] {0})
        .add("Split", "t", "axis,r", "num_split", 2L)
        .add("Pack", "u", "z,z")
        .add("Fill", "f", "size,three")
        .add("UnsortedSegmentSum", "g", "f,ids,three")
        .add("Range", "h", "zero,three,two")
        .add("TensorArrayV3", "array", "two", "dtype", DataType.DT_FLOAT)
        .add("TensorArrayScatterV3", "filled", "array,h,u,array:1")
        .add("TensorArrayReadV3", "read", "array,zero,filled")
        .function("id", "a", "o=n:y:0", Graphs.node("Neg", "n", "a"))
        .add("PartitionedCall", "call", "k", "f", Graphs.function("id"))
        .build()
        .toByteArray();
  }

  @Test
  void theWholeModelIsOne() throws IOException {
    assertThat(message(model())).isEmpty();
  }

  @Test
  void everyTruncatedCopyIsRefused() throws IOException {
    byte[] whole = model();
    for (int length = 0; length < whole.length; length += 7) {
      Optional<String> text = message(Arrays.copyOf(whole, length));
      text.ifPresent(t -> assertThat(t).startsWith("m.pb: "));
    }
    assertThat(message(Arrays.copyOf(whole, whole.length - 1)))
        .contains("m.pb: not a TensorFlow model, or damaged (the file ends in the middle)");
  }

  @Test
  void mutatedCopiesAreRefusedOrStillModels() throws IOException {
    mutate(MUTANTS);
  }

  @Tag("full")
  @Test
  void manyMutatedCopiesAreRefusedOrStillModels() throws IOException {
    mutate(MANY_MUTANTS);
  }

  private void mutate(int count) throws IOException {
    byte[] whole = model();
    int refused = 0;
    for (int seed = 0; seed < count; seed++) {
      Random random = new Random(seed);
      byte[] bytes = whole.clone();
      for (int i = 0; i <= seed % 4; i++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Optional<String> text = message(bytes);
      refused += text.isPresent() ? 1 : 0;
      text.ifPresent(t -> assertThat(t).startsWith("m.pb: "));
    }
    assertThat(refused).isGreaterThan(count / 4);
  }

  @Test
  void mutatedCheckpointsAreRefusedOrStillCheckpoints() throws IOException {
    Path prefix = folder.resolve("model");
    Bundles b = new Bundles();
    for (int i = 0; i < 8; i++) {
      b.tensor("layer/" + i, DataType.DT_FLOAT, java.util.List.of(1L), i);
    }
    b.write(prefix);
    byte[] whole = Files.readAllBytes(Checkpoint.indexOf(prefix));
    for (int seed = 0; seed < MUTANTS; seed++) {
      Random random = new Random(seed);
      byte[] bytes = whole.clone();
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      Files.write(Checkpoint.indexOf(prefix), bytes);
      try {
        assertThat(Checkpoint.open(prefix).tensor("layer/5").toDoubles()).containsExactly(5);
      } catch (ModelException e) {
        assertThat(e.getMessage()).hasLineCount(1);
      }
    }
  }

  @Test
  void filesThatAreNoModelsAreNamed() throws IOException {
    assertThat(message(new byte[0])).contains("m.pb: the file is empty");
    assertThat(
            message("this is text, not a model\n".getBytes(StandardCharsets.UTF_8)).orElseThrow())
        .startsWith("m.pb: not a TensorFlow model in text form: line 1");
    assertThatThrownBy(() -> Importers.importModel(folder, TENSORFLOW))
        .hasMessageEndingWith(": the folder has no saved_model.pb");
  }

  @Test
  void hugeSizesAreNotBelieved() throws IOException {
    int huge = Integer.MAX_VALUE;
    Graphs fill = new Graphs().list("s", huge, huge, huge).integer("v", 1).add("Fill", "y", "s,v");
    assertThat(message(fill.build().toByteArray()).orElseThrow())
        .contains("more elements than can be counted");
    Graphs range =
        new Graphs().integer("a", 0).integer("b", huge).integer("c", 1).add("Range", "y", "a,b,c");
    assertThat(message(range.build().toByteArray()).orElseThrow()).contains("the range has");
    Graphs array =
        new Graphs().integer("n", huge).add("TensorArrayV3", "a", "n", "dtype", DataType.DT_FLOAT);
    array.add("TensorArraySizeV3", "y", "a,a:1");
    assertThat(message(array.build().toByteArray()).orElseThrow()).contains("a list of");
  }

  @Test
  void longChainsDoNotExhaustTheStack() throws IOException {
    Graphs g = new Graphs().input("x", 1);
    for (int i = 20_000; i > 0; i--) {
      g.add("Neg", "n" + i, i == 1 ? "x" : "n" + (i - 1));
    }
    assertThat(message(g.build().toByteArray())).isEmpty();
  }
}
