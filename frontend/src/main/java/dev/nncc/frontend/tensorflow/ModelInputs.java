package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.frontend.tensorflow.proto.DataType;
import dev.nncc.frontend.tensorflow.proto.NodeDef;
import dev.nncc.frontend.tensorflow.proto.TensorInfo;
import dev.nncc.frontend.tensorflow.proto.TensorShapeProto;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Cast;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides what each input becomes: an input of the graph with a full shape, or a constant. Open
 * extents come from the options; what stays open is reported all at once, but for leading extents,
 * which are batches nearly always and become 1.
 */
final class ModelInputs {
  private final ImportOptions options;
  private final Body body;
  private final Set<String> usedOptions = new TreeSet<>();
  private final List<String> assumed = new ArrayList<>();
  private final List<String> open = new ArrayList<>();
  private final List<String> scalars = new ArrayList<>();

  private ModelInputs(Body body, ImportOptions options) {
    this.body = body;
    this.options = options;
  }

  /**
   * What was assumed.
   *
   * @param notes sentences
   * @param scalars inputs with an empty shape in a graph so old that it may mean an unknown one
   */
  record Assumed(List<String> notes, List<String> scalars) {
    /** What to say where a model with these scalars makes no sense. */
    ModelException asked(Throwable failure, String file) {
      return new ModelException(
          String.format(
              "open dimensions: the shape of input '%s' is empty, which in graphs this old may mean"
                  + " unknown. Give whole shapes with --input-shape INPUT=1x224x224x3; taken for a"
                  + " scalar: %s",
              String.join("', '", scalars),
              String.valueOf(failure.getMessage()).replace(file + ": ", "")),
          failure);
    }
  }

  /** Gives all inputs to the frame of the model. */
  static Assumed define(ModelEnds ends, ModelFile file, Walk walk, Frame frame, ImportOptions o) {
    ModelInputs m = new ModelInputs(frame.body(), o);
    require(
        o.dims().isEmpty(),
        "TensorFlow models name no dimensions; --input-shape gives whole shapes");
    Map<ModelEnds.End, TensorType> types = new LinkedHashMap<>();
    for (ModelEnds.End in : ends.inputs()) {
      m.type(in, file).ifPresent(t -> types.put(in, t));
    }
    require(
        m.open.isEmpty(),
        "open dimensions: %s. Give whole shapes with --input-shape INPUT=1x224x224x3",
        String.join("; ", m.open));
    m.checkOptions(ends);
    types.forEach(
        (in, type) -> {
          Tensor bound = m.named(in, o.binds());
          Operand operand =
              bound == null
                  ? walk.emitter().input(in.name(), type)
                  : Operand.known(in.name(), converted(in, bound, type));
          frame.give(in.ref(), Token.of(operand));
        });
    return new Assumed(m.assumed, m.scalars);
  }

  /** What an option says of an input, by any of its names. */
  private <T> @Nullable T named(ModelEnds.End in, Map<String, T> from) {
    for (String name :
        List.of(in.name(), in.ref().toString(), in.ref().node() + ":" + in.ref().output())) {
      T t = from.get(name);
      if (t != null) {
        usedOptions.add(name);
        return t;
      }
    }
    return null;
  }

  private void checkOptions(ModelEnds ends) {
    Set<String> names = new TreeSet<>(options.inputShapes().keySet());
    names.addAll(options.binds().keySet());
    for (ModelEnds.End in : ends.inputs()) {
      named(in, options.binds());
    }
    names.removeAll(usedOptions);
    List<String> all = ends.inputs().stream().map(ModelEnds.End::name).toList();
    for (String name : names) {
      String node = Ref.parse(name).node();
      if (body.has(node) && ModelEnds.isPlaceholder(body.node(node))) {
        assumed.add("input '" + name + "' is not needed: what is said of it has no effect");
        continue;
      }
      require(
          false,
          "there is no input '%s' (inputs: %s)",
          name,
          all.isEmpty() ? "none" : String.join(", ", all));
    }
  }

  private Optional<TensorType> type(ModelEnds.End in, ModelFile file) {
    try {
      NodeDef node = body.node(in.ref().node());
      DataType declaredType = dataType(in, node);
      if (!Tensors.isNumeric(declaredType)) {
        // The node itself says so, together with all else that cannot be imported.
        return Optional.empty();
      }
      DType dtype = Tensors.dtype(declaredType);
      Tensor bound = named(in, options.binds());
      List<Long> given = named(in, options.inputShapes());
      List<Long> declared = declared(in, node);
      if (given == null && bound != null && bound.shape().rank() > 0) {
        given = java.util.Arrays.stream(bound.shape().toArray()).boxed().toList();
      }
      if (given != null) {
        check(given, declared, file);
        return Optional.of(new TensorType(dtype, TensorProtos.shape(given)));
      }
      if (declared == null && bound != null) {
        return Optional.of(bound.type().withDtype(dtype));
      }
      if (declared != null && isVague(declared, file) && node.getOp().startsWith("Placeholder")) {
        scalars.add(in.name());
        assumed.add("input '" + in.name() + "' is taken for a scalar, since its shape is empty");
      }
      return completed(in, declared).map(e -> new TensorType(dtype, TensorProtos.shape(e)));
    } catch (ModelException e) {
      throw new ModelException("input '" + in.name() + "': " + e.getMessage(), e);
    }
  }

  private Optional<List<Long>> completed(ModelEnds.End in, @Nullable List<Long> declared) {
    if (declared == null) {
      open.add("input '" + in.name() + "' has no shape");
      return Optional.empty();
    }
    List<Long> extents = new ArrayList<>(declared);
    List<String> here = new ArrayList<>();
    for (int i = 0; i < extents.size(); i++) {
      if (extents.get(i) < 0 && i > 0) {
        here.add("number " + i);
      } else if (extents.get(i) < 0) {
        assumed.add("the leading dimension of input '" + in.name() + "' is 1");
        extents.set(0, 1L);
      }
    }
    if (!here.isEmpty()) {
      open.add(String.join(", ", here) + " of input '" + in.name() + "' " + declared);
      return Optional.empty();
    }
    return Optional.of(extents);
  }

  /** Files of old versions say "scalar" where they mean "unknown". */
  private static boolean isVague(List<Long> declared, ModelFile file) {
    return declared.isEmpty() && file.graph().getVersions().getProducer() < 24;
  }

  private static void check(List<Long> given, @Nullable List<Long> declared, ModelFile file) {
    if (declared == null || isVague(declared, file)) {
      return;
    }
    boolean fits = declared.size() == given.size();
    for (int i = 0; fits && i < given.size(); i++) {
      fits = declared.get(i) < 0 || declared.get(i).equals(given.get(i));
    }
    require(fits, "shape %s does not fit the declared %s", given, declared);
  }

  private static @Nullable List<Long> declared(ModelEnds.End in, NodeDef node) {
    TensorInfo info = in.info();
    if (info != null && info.hasTensorShape()) {
      return info.getTensorShape().getUnknownRank() ? null : Tensors.extents(info.getTensorShape());
    }
    Attributes attrs = new Attributes(node, Map.of());
    if (node.getOp().equals("Const")) {
      return Tensors.extents(attrs.tensor("value").getTensorShape());
    }
    TensorShapeProto shape = node.getOp().startsWith("Placeholder") ? attrs.shape("shape") : null;
    return shape == null || shape.getUnknownRank() ? null : Tensors.extents(shape);
  }

  /** What a node gives, by the attribute that says so. */
  private static DataType dataType(ModelEnds.End in, NodeDef node) {
    TensorInfo info = in.info();
    if (info != null && info.getDtype() != DataType.DT_INVALID) {
      return info.getDtype();
    }
    Attributes attrs = new Attributes(node, Map.of());
    for (String list : List.of("output_types", "component_types", "Tout")) {
      List<DataType> types = attrs.types(list);
      if (in.ref().output() < types.size()) {
        return types.get(in.ref().output());
      }
    }
    for (String name : List.of("dtype", "DstT", "out_type", "output_type", "T")) {
      if (attrs.has(name)) {
        return attrs.type(name);
      }
    }
    return DataType.DT_FLOAT;
  }

  private static Tensor converted(ModelEnds.End in, Tensor t, TensorType type) {
    Tensor cast =
        t.dtype() == type.dtype() ? t : new Cast(type.dtype()).evaluate(List.of(t)).get(0);
    if (cast.elements() == 1 && !cast.shape().equals(type.shape())) {
      return Tensor.filled(type, cast.reader().number(0));
    }
    require(
        cast.shape().equals(type.shape()),
        "input '%s': the bound value is %s, not %s",
        in.name(),
        cast.type(),
        type);
    return cast;
  }
}
