package dev.nncc.models.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.NnccException;
import dev.nncc.runtime.TensorInfo;
import dev.nncc.tensor.placement.Tie;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Models whose states stay in the context, against the same models with a caller who carries them
 * from run to run.
 */
class StatesTest {
  private static final List<Tie> CACHE =
      List.of(
          new Tie("present.*.key", "past_key_values.*.key"),
          new Tie("present.*.value", "past_key_values.*.value"));

  private static final List<Tie> CELL = List.of(new Tie("h0_next", "h0"), new Tie("c0_next", "c0"));

  /** Sums of at most a few hundred terms of unit size, in another order. */
  private static final double CLOSE = 2e-5;

  @TempDir Path folder;
  private Path gpt = Path.of("gpt.onnx");
  private Path lstm = Path.of("lstm.onnx");

  @BeforeEach
  void write() throws Exception {
    gpt = folder.resolve("gpt.onnx");
    lstm = folder.resolve("lstm.onnx");
    Zoo.write("gpt", ZooOptions.defaults(), gpt);
    ZooOptions small = ZooOptions.defaults().withDim("steps", 3).withDim("hidden", 20);
    Zoo.write("lstm", small.withDim("input", 5), lstm);
  }

  private Model compile(Path model, String to, List<Tie> ties) throws Exception {
    CompileOptions options =
        CompileOptions.DEFAULT.withMemory(CompileOptions.DEFAULT.memory().withStates(ties));
    new Compiler(CompileListener.NONE).compile(model, folder.resolve(to), options);
    String name = "lib" + String.valueOf(model.getFileName()).replace(".onnx", ".so");
    return Model.load(folder.resolve(to).resolve(name));
  }

  /** More steps than the cache has room beside its window, so that it moves back several times. */
  @Test
  void cachesHoldTheLastPositions() throws Exception {
    try (Model kept = compile(gpt, "kept", CACHE);
        Model plain = compile(gpt, "plain", List.of());
        Context ours = kept.newContext(ContextOptions.DEFAULT.withThreads(2));
        Context carried = plain.newContext()) {
      assertThat(kept.inputs()).extracting(TensorInfo::name).containsExactly("input_ids");
      assertThat(kept.outputs()).extracting(TensorInfo::name).containsExactly("logits");
      assertThat(kept.states())
          .extracting(TensorInfo::name)
          .containsExactlyInAnyOrder(
              "past_key_values.0.key",
              "past_key_values.0.value",
              "past_key_values.1.key",
              "past_key_values.1.value");
      Random random = new Random(3);
      for (int step = 0; step < 200; step++) {
        long token = random.nextInt(512);
        ours.input(0).asLongBuffer().put(0, token);
        carried.input(0).asLongBuffer().put(0, token);
        ours.run();
        carried.run();
        close(ours.outputFloats(0), carried.outputFloats(0), "step " + step);
        for (int i = 1; i < plain.inputs().size(); i++) {
          slide(carried, plain, i);
        }
      }
      assertThat(ours.statePosition(0)).isEqualTo(200);
      for (int i = 0; i < kept.states().size(); i++) {
        String name = kept.states().get(i).name();
        int input = plain.inputs().stream().map(TensorInfo::name).toList().indexOf(name);
        float[] theirs = floats(carried.input(input));
        close(state(ours, kept, i), theirs, name);
      }
    }
  }

  /**
   * The newest positions of output {@code i} become input {@code i}: caches of [1, heads, n, d].
   */
  private static void slide(Context context, Model model, int i) {
    List<Long> dims = model.inputs().get(i).dims();
    int heads = Math.toIntExact(dims.get(1));
    int keep = Math.toIntExact(dims.get(2) * dims.get(3));
    int all = Math.toIntExact(keep + dims.get(3));
    float[] present = context.outputFloats(i);
    FloatBuffer past = context.input(i).asFloatBuffer();
    for (int h = 0; h < heads; h++) {
      past.put(h * keep, present, h * all + all - keep, keep);
    }
  }

  @Test
  void statesOfOneShapeTakeTurns() throws Exception {
    try (Model kept = compile(lstm, "kept", CELL);
        Model plain = compile(lstm, "plain", List.of());
        Context ours = kept.newContext();
        Context carried = plain.newContext()) {
      assertThat(kept.inputs()).hasSize(1);
      Random random = new Random(5);
      float[] x = new float[15];
      for (int step = 0; step < 7; step++) {
        for (int i = 0; i < x.length; i++) {
          x[i] = (float) random.nextGaussian();
        }
        ours.setInput(0, x);
        carried.setInput(0, x);
        ours.run();
        carried.run();
        close(ours.outputFloats(0), carried.outputFloats(0), "step " + step);
        carried.setInput(1, carried.outputFloats(1));
        carried.setInput(2, carried.outputFloats(2));
      }
      close(state(ours, kept, 1), carried.outputFloats(2), "cell");
    }
  }

  @Test
  void aResetStartsAgainAndAStateCanBePutBack() throws Exception {
    try (Model kept = compile(lstm, "kept", CELL);
        Context context = kept.newContext()) {
      context.setInput(0, new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
      context.run();
      float[] first = context.outputFloats(0);
      ByteBuffer h = ByteBuffer.allocateDirect(80).order(ByteOrder.nativeOrder());
      ByteBuffer c = ByteBuffer.allocateDirect(80).order(ByteOrder.nativeOrder());
      context.readState(0, h);
      context.readState(1, c);
      context.run();
      float[] second = context.outputFloats(0);
      assertThat(second).isNotEqualTo(first);

      context.resetState();
      assertThat(context.statePosition(0)).isZero();
      context.run();
      assertThat(context.outputFloats(0)).isEqualTo(first);

      context.run();
      context.writeState(0, h);
      context.writeState(1, c);
      context.run();
      assertThat(context.outputFloats(0)).isEqualTo(second);
      assertThat(context.statePosition(1)).isEqualTo(3);
      assertThatThrownBy(() -> context.readState(0, ByteBuffer.allocateDirect(76)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("80 bytes");
    }
  }

  @Test
  void aRunThatFailsLeavesTheStates() throws Exception {
    try (Model kept = compile(gpt, "kept", CACHE);
        Context context = kept.newContext()) {
      context.input(0).asLongBuffer().put(0, 7);
      context.run();
      float[] before = state(context, kept, 1);
      context.input(0).asLongBuffer().put(0, 512);
      assertThatThrownBy(context::run).isInstanceOf(NnccException.class);
      assertThat(context.statePosition(1)).isOne();
      assertThat(state(context, kept, 1)).isEqualTo(before);
    }
  }

  @Test
  void tiesThatMeanNothingAreNamed() {
    assertThatThrownBy(() -> compile(lstm, "x", List.of(new Tie("h0_next", "h1"))))
        .isInstanceOf(CompileException.class)
        .hasMessageContaining("no input 'h1'; there are input, h0, c0");
    assertThatThrownBy(() -> compile(lstm, "x", List.of(new Tie("hn", "h0"))))
        .isInstanceOf(CompileException.class)
        .hasMessageContaining("no output 'hn'; there are y, h0_next, c0_next");
    assertThatThrownBy(() -> compile(lstm, "x", List.of(new Tie("y", "input"))))
        .isInstanceOf(CompileException.class)
        .hasMessageContaining("neither alike nor is the output the input with more behind it");
    assertThatThrownBy(
            () -> compile(lstm, "x", List.of(new Tie("h0_next", "h0"), new Tie("c0_next", "h0"))))
        .isInstanceOf(CompileException.class)
        .hasMessageContaining("one of the two has another state");
  }

  private static float[] state(Context context, Model model, int i) {
    int bytes = Math.toIntExact(model.states().get(i).maxBytes());
    ByteBuffer to = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    context.readState(i, to);
    return floats(to);
  }

  private static float[] floats(ByteBuffer from) {
    FloatBuffer f = from.duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer();
    float[] values = new float[f.remaining()];
    f.get(values);
    return values;
  }

  private static void close(float[] ours, float[] theirs, String where) {
    assertThat(ours).as(where).hasSameSizeAs(theirs);
    double apart = 0;
    double size = 0;
    for (int i = 0; i < ours.length; i++) {
      apart += Math.pow(ours[i] - theirs[i], 2);
      size += Math.pow(theirs[i], 2);
    }
    assertThat(Math.sqrt(apart)).as(where).isCloseTo(0, within(CLOSE * Math.sqrt(size)));
  }
}
