package dev.nncc.codegen.llvm.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.toolchain.HostCpu;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.NnccException;
import dev.nncc.runtime.Status;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an application does with a loaded model, and does wrong. */
class LoaderTest {
  @TempDir static Path folder;
  static Path one;
  static Path two;

  @BeforeAll
  static void build() throws Exception {
    one = SampleLibrary.build(folder, "one", 0.5f, 4);
    two = SampleLibrary.build(folder, "two", 3f, 1);
  }

  private static float last(Context context, float x) {
    float[] values = new float[SampleLibrary.ELEMENTS];
    values[values.length - 1] = x;
    context.setInput(0, values);
    context.run();
    return context.outputFloats(0)[values.length - 1];
  }

  private static float expected(float factor, float x) {
    return 2 * (x * SampleLibrary.weight(factor, SampleLibrary.ELEMENTS - 1));
  }

  @Test
  void runsTwoModelsInOneProcess() {
    try (Model a = Model.load(one);
        Model b = Model.load(two);
        Context ca = a.newContext();
        Context cb = b.newContext()) {
      assertThat(last(ca, 4)).isEqualTo(expected(0.5f, 4));
      assertThat(last(cb, 4)).isEqualTo(expected(3f, 4));
      assertThat(a.name() + b.name()).isEqualTo("onetwo");
    }
  }

  @Test
  void runsContextsInManyThreads() {
    try (Model model = Model.load(one)) {
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        float x = t;
        all.add(
            CompletableFuture.runAsync(
                () -> {
                  try (Context context = model.newContext(ContextOptions.DEFAULT.withThreads(2))) {
                    for (int i = 0; i < 200; i++) {
                      assertThat(last(context, x + i)).isEqualTo(expected(0.5f, x + i));
                    }
                  }
                }));
      }
      all.forEach(CompletableFuture::join);
    }
  }

  @Test
  void sharesOneContextBetweenThreadsInTurns() {
    try (Model model = Model.load(one);
        Context context = model.newContext()) {
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        all.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int i = 0; i < 500; i++) {
                    context.run();
                  }
                }));
      }
      all.forEach(CompletableFuture::join);
      assertThat(last(context, 2)).isEqualTo(expected(0.5f, 2));
    }
  }

  @Test
  void closesTwiceAndRefusesUseAfterwards() {
    Model model = Model.load(one);
    Context context = model.newContext();
    model.close();
    model.close();
    assertThat(last(context, 2)).isEqualTo(expected(0.5f, 2)); // the library stays for its contexts
    context.close();
    context.close();
    context.cancel();
    assertThatThrownBy(context::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("context is closed");
    assertThatThrownBy(() -> context.input(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(context::profile).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(model::newContext)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("model is closed");
    assertThat(model.name()).isEqualTo("one");
  }

  @Test
  void closeDuringARunWaits() throws Exception {
    try (Model model = Model.load(one)) {
      for (int round = 0; round < 20; round++) {
        Context context = model.newContext(ContextOptions.DEFAULT.withThreads(2));
        AtomicInteger runs = new AtomicInteger();
        CompletableFuture<String> end =
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    while (true) {
                      context.run();
                      runs.incrementAndGet();
                    }
                  } catch (IllegalStateException closed) {
                    return closed.getMessage();
                  }
                });
        while (runs.get() < 10) {
          Thread.onSpinWait();
        }
        context.close();
        assertThat(end.join()).isEqualTo("context is closed");
      }
    }
  }

  @Test
  void freesLeakedContexts() throws Exception {
    try (Model model = Model.load(one)) {
      int without = threadsOfPools();
      WeakReference<Context> leaked =
          new WeakReference<>(model.newContext(ContextOptions.DEFAULT.withThreads(2)));
      while (threadsOfPools() <= without) {
        Thread.onSpinWait(); // the thread takes its name when it starts to run
      }
      for (int i = 0; i < 200 && (leaked.get() != null || threadsOfPools() > without); i++) {
        System.gc();
        Thread.sleep(10);
      }
      assertThat(leaked.get()).isNull();
      assertThat(threadsOfPools()).isEqualTo(without);
    }
  }

  private static int threadsOfPools() throws Exception {
    int n = 0;
    try (var tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path task : tasks) {
        try {
          n += Files.readString(task.resolve("comm")).startsWith("nncc-worker") ? 1 : 0;
        } catch (java.io.IOException ended) {
          // a thread that ended meanwhile
        }
      }
    }
    return n;
  }

  @Test
  void bindsBuffersOfTheCaller() {
    try (Model model = Model.load(one);
        Context context = model.newContext()) {
      int bytes = 4 * SampleLibrary.ELEMENTS;
      ByteBuffer x =
          ByteBuffer.allocateDirect(bytes + 4).order(ByteOrder.nativeOrder()).position(4);
      ByteBuffer y = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
      context.bindInput(0, x);
      context.bindOutput(0, y);
      x.putFloat(bytes, 6f); // the last element: the tensor begins at position 4
      context.run();
      assertThat(y.getFloat(bytes - 4)).isEqualTo(expected(0.5f, 6));
      assertThat(context.output(0)).isSameAs(y);
    }
  }

  @Test
  void refusesBuffersThatDoNotFit() {
    try (Model model = Model.load(one);
        Context context = model.newContext()) {
      ByteOrder order = ByteOrder.nativeOrder();
      int bytes = 4 * SampleLibrary.ELEMENTS;
      refuses(context, ByteBuffer.allocate(bytes).order(order), "not direct");
      refuses(
          context,
          ByteBuffer.allocateDirect(bytes - 1).order(order),
          "2367 bytes, the tensor 2368");
      refuses(context, ByteBuffer.allocateDirect(bytes), "nativeOrder");
      refuses(
          context, ByteBuffer.allocateDirect(bytes + 1).order(order).position(1), "not aligned");
      ByteBuffer readOnly = ByteBuffer.allocateDirect(bytes).asReadOnlyBuffer().order(order);
      refuses(context, readOnly, "read-only");
      context.bindInput(0, readOnly);
      assertThatThrownBy(() -> context.bindInput(1, readOnly))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> context.setInput(0, new float[bytes]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static void refuses(Context context, ByteBuffer buffer, String why) {
    assertThatThrownBy(() -> context.bindOutput(0, buffer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  @Test
  void runsInAnArenaOfTheCaller() {
    try (Model model = Model.load(one)) {
      int bytes = (int) model.arenaBytes();
      ByteBuffer block = ByteBuffer.allocateDirect(bytes + 64);
      ByteBuffer arena = block.alignedSlice(64).order(ByteOrder.nativeOrder());
      try (Context context = model.newContext(ContextOptions.DEFAULT.withArena(arena))) {
        last(context, 3);
        assertThat(arena.getFloat(0)).isEqualTo(-1.5f); // the fill
        assertThat(arena.getFloat(bytes - 4))
            .isEqualTo(expected(0.5f, 3) / 2); // the first kernel's result
      }
      ByteBuffer small = arena.slice(0, 64);
      assertThatThrownBy(() -> model.newContext(ContextOptions.DEFAULT.withArena(small)))
          .isInstanceOfSatisfying(
              NnccException.class, e -> assertThat(e.status()).isEqualTo(Status.MEMORY))
          .hasMessageContaining(bytes + " bytes");
    }
  }

  @Test
  void takesEveryFlag() {
    try (Model model = Model.load(one)) {
      for (ContextOptions.Flag flag : ContextOptions.Flag.values()) {
        ContextOptions options = ContextOptions.DEFAULT.withThreads(3).with(flag);
        try (Context context = model.newContext(options)) {
          assertThat(last(context, 2)).isEqualTo(expected(0.5f, 2));
        }
      }
    }
  }

  @Test
  void keepsOrFlushesDenormals() {
    float denormal = 3 * Float.MIN_VALUE;
    try (Model model = Model.load(two);
        Context exact = model.newContext();
        Context flushed =
            model.newContext(ContextOptions.DEFAULT.with(ContextOptions.Flag.FLUSH_DENORMALS))) {
      assertThat(last(exact, denormal)).isEqualTo(expected(3f, denormal)).isNotZero();
      assertThat(last(flushed, denormal)).isZero();
      assertThat(denormal * 1f).isNotZero(); // the thread's own mode is as it was
    }
  }

  @Test
  void refusesAProcessorThatLacksInstructions() throws Exception {
    LlvmTarget host = HostCpu.target();
    ModelSpec good = SampleLibrary.model("demanding", host, 1);
    List<String> features = new ArrayList<>(host.required());
    features.add("avx1024");
    features.add("amx-quantum");
    ModelSpec model =
        new ModelSpec(
            good.name(),
            "0",
            "x86_64-linux znver99",
            0,
            features,
            good.kernels(),
            List.of(),
            good.profiles(),
            good.memory(),
            0);
    Path library = SampleLibrary.build(folder, model, host, 1);
    assertThatThrownBy(() -> Model.load(library))
        .isInstanceOfSatisfying(
            NnccException.class, e -> assertThat(e.status()).isEqualTo(Status.CPU))
        .hasMessageEndingWith(
            "demanding was compiled for x86_64-linux znver99; this processor has no avx1024, amx-quantum");
  }

  @Test
  void loadsTheSameFileTwice() {
    try (Model a = Model.load(one);
        Model b = Model.load(one)) {
      a.close();
      try (Context context = b.newContext()) {
        assertThat(last(context, 5)).isEqualTo(expected(0.5f, 5));
      }
    }
  }

  @Test
  void seesThatAFileWasReplaced() throws Exception {
    Path library = SampleLibrary.build(folder, "again", 1f, 1);
    try (Model before = Model.load(library);
        Context old = before.newContext()) {
      SampleLibrary.build(folder, "again", 7f, 1);
      try (Model after = Model.load(library);
          Context fresh = after.newContext()) {
        assertThat(last(fresh, 2)).isEqualTo(expected(7f, 2));
        assertThat(last(old, 2)).isEqualTo(expected(1f, 2));
      }
    }
  }

  @Tag("full")
  @Test
  void memoryStaysFlatOverManyRunsAndContexts() throws Exception {
    try (Model model = Model.load(one)) {
      try (Context context = model.newContext(ContextOptions.DEFAULT.withThreads(2))) {
        for (int i = 0; i < 10_000; i++) {
          context.run();
        }
        long before = residentBytes();
        for (int i = 0; i < 100_000; i++) {
          context.run();
        }
        assertThat(residentBytes() - before).isLessThan(8L << 20);
      }
      for (int i = 0; i < 200; i++) {
        model.newContext(ContextOptions.DEFAULT.withThreads(2)).close();
      }
      long before = residentBytes();
      for (int i = 0; i < 3000; i++) {
        model.newContext(ContextOptions.DEFAULT.withThreads(2)).close();
      }
      assertThat(residentBytes() - before).isLessThan(16L << 20);
    }
  }

  private static long residentBytes() throws Exception {
    System.gc();
    return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]) * 4096;
  }
}
