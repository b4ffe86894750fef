package dev.nncc.compiler.run;

import dev.nncc.graph.DType;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.ShapeProfile;
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
import java.util.stream.Collectors;

/** A loaded library with a context, fed with tensors. Not thread-safe. */
public final class CompiledModel implements AutoCloseable {
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  private final Model model;
  private final Context context;
  private ShapeProfile profile;

  private CompiledModel(Model model, Context context) {
    this.model = model;
    this.context = context;
    this.profile = model.largestProfile();
  }

  /**
   * Loads a library.
   *
   * @throws RunException when the file is no library at all
   * @throws dev.nncc.runtime.NnccException when it cannot be loaded on this machine
   */
  public static CompiledModel open(Path library, ContextOptions options) {
    requireLibrary(library);
    return with(Model.load(library), options);
  }

  /** As {@link #open(Path, ContextOptions)}, with the variant for a certain processor. */
  public static CompiledModel open(Path library, String cpu, ContextOptions options) {
    requireLibrary(library);
    return with(Model.load(library, cpu), options);
  }

  private static CompiledModel with(Model model, ContextOptions options) {
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

  /** The types of a profile's inputs. */
  public static List<TensorType> inputTypes(ShapeProfile profile) {
    return profile.inputs().stream().map(CompiledModel::type).toList();
  }

  /**
   * Copies tensors into the inputs' buffers; their shapes choose the profile.
   *
   * @throws RunException when they do not fit the model; it lists the profiles
   */
  public void setInputs(List<Tensor> inputs) {
    List<TensorInfo> wanted = model.inputs();
    if (inputs.size() != wanted.size()) {
      throw new RunException(
          model.name() + " has " + wanted.size() + " inputs, " + inputs.size() + " are given");
    }
    List<TensorType> types = inputs.stream().map(Tensor::type).toList();
    profile = profile(types);
    if (model.profiles().size() > 1) {
      context.select(profile);
    }
    for (int i = 0; i < inputs.size(); i++) {
      context.input(i).duplicate().put(inputs.get(i).payload().bytes());
    }
  }

  private ShapeProfile profile(List<TensorType> types) {
    List<ShapeProfile> all = model.profiles();
    if (all.size() == 1) {
      List<TensorType> wanted = inputTypes(all.get(0));
      for (int i = 0; i < types.size(); i++) {
        if (!types.get(i).equals(wanted.get(i))) {
          throw new RunException(
              String.format(
                  "input '%s' is %s, not %s",
                  model.inputs().get(i).name(), wanted.get(i), types.get(i)));
        }
      }
    }
    return all.stream()
        .filter(p -> inputTypes(p).equals(types))
        .findFirst()
        .orElseThrow(() -> noProfile(types));
  }

  private RunException noProfile(List<TensorType> types) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      words.add(model.inputs().get(i).name() + ": " + types.get(i));
    }
    return new RunException(
        String.format(
            "%s has no profile for %s; its profiles are %s",
            model.name(), String.join(", ", words), profiles(model)));
  }

  /** {@code batch=1 (x: f32[1, 3, 224, 224]); batch=4 (x: f32[4, 3, 224, 224])}. */
  public static String profiles(Model model) {
    return model.profiles().stream().map(CompiledModel::text).collect(Collectors.joining("; "));
  }

  private static String text(ShapeProfile profile) {
    return profile.inputs().stream()
        .map(t -> t.name() + ": " + type(t))
        .collect(Collectors.joining(", ", profile.name() + " (", ")"));
  }

  /** The profile of the inputs set last; before, the largest. */
  public ShapeProfile profile() {
    return profile;
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
