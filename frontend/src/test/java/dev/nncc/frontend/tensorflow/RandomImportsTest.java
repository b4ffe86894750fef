package dev.nncc.frontend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.tensorflow.proto.DataType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Expected floats are those that TensorFlow 2 prints behind {@code tf.random.set_seed(42)}, which
 * makes the operator's own seed 478163327; they stand in many published notebooks. {@code
 * RandomUniformInt} and {@code RandomShuffle} are compared with what TensorFlow gave by the layer
 * tests {@code random_crop} and {@code random_shuffle}.
 */
class RandomImportsTest {
  private static final long SEED = 42;
  private static final long SEED2 = 478163327;
  private static final Object[] SEEDED = {"dtype", DataType.DT_FLOAT, "seed", SEED, "seed2", SEED2};

  @TempDir Path folder;

  /** {@code y = x + random}, so that the model has an input. */
  private double[] plus(Graphs g, String random, long... shape) {
    Tensor zeros = Tensor.ofFloats(Shape.of(shape), new float[(int) Shape.of(shape).elements()]);
    return g.input("x", shape).add("Add", "y", "x," + random).run(folder, zeros);
  }

  /** The three known answers for philox4x32 of 10 rounds in Random123's file kat_vectors. */
  @Test
  void blocksAreThoseOfTheGeneratorsAuthors() {
    assertThat(new Philox(0, 0).block(0))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(new Philox(-1, -1).block(-1))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(new Philox(0x299f31d0a4093822L, 0x0370734413198a2eL).block(0x85a308d3243f6a88L))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  @Test
  void uniformNumbersAreThoseOfAFirstRun() {
    Graphs g = new Graphs().list("shape", 2, 7).add("RandomUniform", "u", "shape", SEEDED);
    assertThat(plus(g, "u", 2, 7))
        .usingComparatorWithPrecision(5e-8)
        .startsWith(0.6645621, 0.44100678, 0.3528825, 0.46448255, 0.03366041, 0.68467236)
        .endsWith(
            0.74011743,
            0.8724445,
            0.22632635,
            0.22319686,
            0.3103881,
            0.7223358,
            0.13318717,
            0.5480639);
  }

  @Test
  void normalNumbersAreThoseOfAFirstRun() {
    Graphs g = new Graphs().list("shape", 9).add("RandomStandardNormal", "u", "shape", SEEDED);
    // TensorFlow computes logarithm and sine in f32: a few roundings of 2^-24, of numbers up to 6.
    assertThat(plus(g, "u", 9))
        .usingComparatorWithPrecision(2e-6)
        .startsWith(0.3274685, -0.8426258, 0.3194337, -1.4075519, -2.3880599)
        .endsWith(-1.0392479, -0.5573232, 0.539707, 1.6994323);
  }

  @Test
  void integersAreRemainders() {
    Graphs g =
        new Graphs()
            .list("shape", 6)
            .integer("low", -1)
            .integer("high", 9)
            .add(
                "RandomUniformInt",
                "i",
                "shape,low,high",
                "Tout",
                DataType.DT_INT32,
                "seed",
                SEED,
                "seed2",
                SEED2)
            .add("Cast", "u", "i", "DstT", DataType.DT_FLOAT);
    assertThat(plus(g, "u", 6)).containsExactly(6, 8, 0, 5, 1, 3);
  }

  @Test
  void rowsChangePlacesInTurn() {
    Graphs g =
        new Graphs()
            .input("x", 5, 1)
            .add("RandomShuffle", "s", "x", "seed", SEED, "seed2", SEED2)
            .add("Neg", "y", "s");
    double[] shuffled = g.run(folder, Tensor.ofFloats(Shape.of(5, 1), 0, 1, 2, 3, 4));
    Philox random = new Philox(SEED, SEED2);
    long second = Integer.toUnsignedLong(random.number(1)) % 4;
    assertThat(shuffled).containsExactlyInAnyOrder(-0.0, -1, -2, -3, -4);
    long first = Integer.toUnsignedLong(random.number(0)) % 5;
    assertThat(shuffled[0]).isEqualTo(-first, within(0.0));
    assertThat(shuffled[1]).isEqualTo(1 + second == first ? 0.0 : -1 - second, within(0.0));
  }

  @Test
  void withoutASeedNothingCanBeRepeated() {
    Graphs g =
        new Graphs()
            .input("x", 3)
            .list("shape", 3)
            .add("RandomUniform", "u", "shape", "dtype", DataType.DT_FLOAT)
            .add("Add", "y", "x,u");
    assertThatThrownBy(() -> g.load(folder)).hasMessageContaining("random numbers without a seed");
  }

  @Test
  void aFunctionThatIsCalledTwiceWouldDrawOn() {
    Graphs g =
        new Graphs()
            .input("x", 3)
            .function(
                "f",
                "a",
                "r=y:z:0",
                Graphs.node("Shape", "s", "a", "out_type", DataType.DT_INT32),
                Graphs.node(
                    "RandomUniform", "u", "s:output:0", "dtype", DataType.DT_FLOAT, "seed", SEED),
                Graphs.node("Add", "y", "a,u:output:0"))
            .add("PartitionedCall", "p", "x", "f", Graphs.function("f"))
            .add("PartitionedCall", "q", "p", "f", Graphs.function("f"));
    assertThatThrownBy(() -> g.load(folder)).hasMessageContaining("random numbers in a loop");
  }

  private static Graphs dropout(long seed) {
    return new Graphs()
        .input("x", 4)
        .list("shape", 4)
        .floats("rate", new long[0], 0.45f)
        .floats("keep", new long[0], 0.5f)
        .add(
            "RandomUniform",
            "u",
            "shape",
            "dtype",
            DataType.DT_FLOAT,
            "seed",
            seed,
            "seed2",
            seed == 0 ? 0 : SEED2)
        .add("GreaterEqual", "g", "u,rate")
        .add("Cast", "f", "g", "DstT", DataType.DT_FLOAT)
        .add("RealDiv", "d", "x,keep")
        .add("Mul", "y", "d,f");
  }

  @Test
  void aMaskOfConstantsStaysAndIsNoted() {
    Tensor x = Tensor.ofFloats(Shape.of(4), 1, 2, 3, 4);
    assertThat(dropout(0).run(folder, x)).containsExactly(1, 2, 3, 4);
    assertThat(dropout(SEED).run(folder, x)).containsExactly(2, 0, 0, 8);
    assertThat(Importers.importModel(folder.resolve("model.pb"), ImportOptions.NONE).facts())
        .satisfies(f -> assertThat(f.assumed()).anyMatch(a -> a.contains("first run")));
  }
}
