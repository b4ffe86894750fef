package dev.nncc.benchmarks.onednn;

import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.KernelOptions;
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
 * One convolution of ours with bias and ReLU, compiled and loaded, on one thread. It runs between a
 * pool that makes its input and a mean that reads its result, so that it meets the layouts that it
 * has inside a network; only its own time counts. The pool takes maxima: averages would be taken of
 * the result instead, where that has fewer channels, and counted as a part of the convolution.
 */
public final class ConvAlone implements AutoCloseable {
  private static final String NAME = "measured";

  private final CompiledModel model;

  private ConvAlone(CompiledModel model) {
    this.model = model;
  }

  /**
   * Compiles and loads.
   *
   * @param algorithm which it takes
   * @param folder for the library
   */
  public static ConvAlone of(ConvShape shape, Winograd.Choice algorithm, Path folder)
      throws IOException {
    Files.createDirectories(folder);
    CompileOptions options =
        CompileOptions.DEFAULT.withKernels(KernelOptions.DEFAULT.withWinograd(algorithm));
    new Compiler(CompileListener.NONE).compile("conv", graph(shape), folder, options);
    ContextOptions context =
        ContextOptions.DEFAULT.withThreads(1).with(ContextOptions.Flag.PROFILE);
    CompiledModel model = CompiledModel.open(ModelFolder.find(folder).library(), context);
    model.setInputs(
        CompiledModel.inputTypes(model.profile()).stream().map(t -> Seed.of(1).tensor(t)).toList());
    return new ConvAlone(model);
  }

  /** Runs; milliseconds of all kernels that compute the convolution. */
  public double run() {
    long before = nanos();
    model.run();
    return (nanos() - before) / 1e6;
  }

  private long nanos() {
    return model.context().profile().stream()
        .filter(k -> k.sourceNodes().contains(NAME))
        .mapToLong(KernelProfile::totalNanos)
        .sum();
  }

  @Override
  public void close() {
    model.close();
  }

  /** The convolution's node is the only one of its kind. */
  public static Graph graph(ConvShape shape) {
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
