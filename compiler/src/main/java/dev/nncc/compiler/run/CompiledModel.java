package dev.nncc.compiler.run;

import dev.nncc.graph.DType;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.TensorInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A loaded library with a context, fed with tensors. Not thread-safe. */
public final class CompiledModel implements AutoCloseable {
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  private final Model model;
  private final Context context;

  private CompiledModel(Model model, Context context) {
    this.model = model;
    this.context = context;
  }

  /**
   * Loads a library.
   *
   * @throws RunException when the file is no library at all
   * @throws dev.nncc.runtime.NnccException when it cannot be loaded on this machine
   */
  public static CompiledModel open(Path library, ContextOptions options) {
    requireLibrary(library);
    Model model = Model.load(library);
    try {
      return new CompiledModel(model, model.newContext(options));
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** The loader's own words for another file would puzzle. */
  private static void requireLibrary(Path file) {
    byte[] start = new byte[4];
    try (InputStream in = Files.newInputStream(file)) {
      if (in.readNBytes(start, 0, 4) == 4 && Arrays.equals(start, ELF)) {
        return;
      }
    } catch (IOException e) {
      throw new RunException(file + " cannot be read", e);
    }
    throw new RunException(file + " is not a compiled library");
  }

  public Model model() {
    return model;
  }

  public Context context() {
    return context;
  }

  /** The type of an input or output, at its largest dims. */
  public static TensorType type(TensorInfo info) {
    return new TensorType(DType.valueOf(info.dtype().name()), Shape.of(info.maxDims()));
  }

  /**
   * Copies tensors into the inputs' buffers.
   *
   * @throws RunException when they do not fit the model
   */
  public void setInputs(List<Tensor> inputs) {
    List<TensorInfo> wanted = model.inputs();
    if (inputs.size() != wanted.size()) {
      throw new RunException(
          model.name() + " has " + wanted.size() + " inputs, " + inputs.size() + " are given");
    }
    for (int i = 0; i < inputs.size(); i++) {
      TensorType type = type(wanted.get(i));
      if (!inputs.get(i).type().equals(type)) {
        throw new RunException(
            String.format(
                "input '%s' is %s, not %s", wanted.get(i).name(), type, inputs.get(i).type()));
      }
      context.input(i).duplicate().put(inputs.get(i).payload().bytes());
    }
  }

  public void run() {
    context.run();
  }

  /** Copies of the outputs after a run. */
  public List<Tensor> outputs() {
    List<Tensor> outputs = new ArrayList<>();
    for (int i = 0; i < model.outputs().size(); i++) {
      TensorType full = type(model.outputs().get(i));
      TensorType type = full.withShape(Shape.of(context.outputDims(i)));
      ByteBuffer copy =
          ByteBuffer.allocateDirect(Math.toIntExact(type.bytes())).order(ByteOrder.LITTLE_ENDIAN);
      ByteBuffer from = context.output(i).duplicate();
      from.limit(from.position() + copy.capacity());
      copy.put(from).flip();
      outputs.add(new Tensor(type, Payload.of(copy)));
    }
    return outputs;
  }

  /** Sets inputs, runs, returns the outputs. */
  public List<Tensor> run(List<Tensor> inputs) {
    setInputs(inputs);
    run();
    return outputs();
  }

  @Override
  public void close() {
    context.close();
    model.close();
  }
}
