package dev.nncc.benchmarks.onednn;

import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.KernelOptions;
import dev.nncc.compiler.peer.Stopwatch;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.ModelFolder;
import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Seed;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.KernelProfile;
import dev.nncc.tensor.winograd.Winograd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One convolution with bias and ReLU, ours and oneDNN's, on one thread. Ours runs between a pool
 * that makes its input and a mean that reads its result, so that it meets the layouts that it has
 * inside a network; only its own time counts. The pool takes maxima: averages would be taken of the
 * result instead, where that has fewer channels, and counted as a part of the convolution.
 *
 * @param seconds of measuring each side
 * @param folder for the library
 */
public record ConvDuel(OneDnn oneDnn, double seconds, Path folder) {
  private static final String NAME = "measured";

  private static final double WARM_UP_SECONDS = 0.05;

  /** More than the last cache holds. */
  private static final int EVICTED_LONGS = 6 << 20;

  /**
   * Milliseconds of both sides.
   *
   * @param warm with weights in the caches, as in a loop over one layer
   * @param cold with weights in memory, as in a network that is larger than the caches
   */
  public record Result(String implementation, Stopwatch.Result warm, Stopwatch.Result cold) {}

  /** Compiles and measures. */
  public Result run(ConvShape shape) throws IOException {
    Files.createDirectories(folder);
    CompileOptions direct =
        CompileOptions.DEFAULT.withKernels(KernelOptions.DEFAULT.withWinograd(Winograd.OFF));
    new Compiler(CompileListener.NONE).compile("conv", graph(shape), folder, direct);
    OneDnn.Convolution theirs = oneDnn.convolution(shape);
    ContextOptions options =
        ContextOptions.DEFAULT.withThreads(1).with(ContextOptions.Flag.PROFILE);
    try (CompiledModel ours = CompiledModel.open(ModelFolder.find(folder).library(), options)) {
      ours.setInputs(
          CompiledModel.inputTypes(ours.profile()).stream()
              .map(t -> Seed.of(1).tensor(t))
              .toList());
      long[] other = new long[EVICTED_LONGS];
      Stopwatch watch = new Stopwatch(seconds, WARM_UP_SECONDS, 0); // no thread spins on
      Stopwatch.Result warm =
          watch.timeParts(() -> ours(ours), () -> theirs(theirs), (done, total) -> {});
      Stopwatch.Result cold =
          watch.timeParts(
              () -> {
                evict(other);
                return ours(ours);
              },
              () -> {
                evict(other);
                return theirs(theirs);
              },
              (done, total) -> {});
      return new Result(theirs.implementation(), warm, cold);
    }
  }

  private static double ours(CompiledModel model) {
    long before = nanos(model);
    model.run();
    return (nanos(model) - before) / 1e6;
  }

  /** Of all kernels that compute the convolution, since the context was made. */
  private static long nanos(CompiledModel model) {
    return model.context().profile().stream()
        .filter(k -> k.sourceNodes().contains(NAME))
        .mapToLong(KernelProfile::totalNanos)
        .sum();
  }

  private static double theirs(OneDnn.Convolution c) {
    c.produce();
    long start = System.nanoTime();
    c.run();
    return (System.nanoTime() - start) / 1e6;
  }

  private static void evict(long[] other) {
    for (int i = 0; i < other.length; i += 8) {
      other[i]++;
    }
  }

  static Graph graph(ConvShape shape) {
    GraphBuilder g = new GraphBuilder("conv");
    Value x = g.input("x", type(shape.input()));
    if (!shape.planar()) {
      List<Long> three = List.of(3L, 3L);
      List<Long> ones = List.of(1L, 1L);
      x =
          g.add(
              Origin.of("pool", "MaxPool"),
              new Pool(PoolKind.MAX, three, ones, ones, ones, ones, false, false),
              x);
      // with another reader it keeps a kernel of its own
      g.output("pooled", g.add(Origin.of("pooled", "ReduceMean"), mean(), x));
    }
    Value weights = g.constant(Seed.of(1).tensor(type(shape.weights())));
    Value bias = g.constant(Seed.of(2).tensor(type(List.of(shape.output().get(1)))));
    Value y = g.add(Origin.of(NAME, "Conv"), shape.op(), x, weights, bias);
    Value r = g.add(Origin.NONE, new Elementwise(ElementwiseKind.RELU, List.of()), y);
    g.output("mean", g.add(Origin.of("mean", "ReduceMean"), mean(), r));
    return g.build();
  }

  private static Reduce mean() {
    return new Reduce(ReduceKind.MEAN, List.of(2, 3), true);
  }

  private static TensorType type(List<Long> dims) {
    return new TensorType(DType.F32, Shape.of(dims));
  }
}
