package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Emitter;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.TensorShapeProto.Dimension;
import dev.nncc.frontend.onnx.proto.TypeProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Cast;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Decides what each input of the model becomes: an input of the graph with a full shape, or a
 * constant. Open dimensions take their extents from the options; what stays open is reported all at
 * once, but for leading dimensions, which are batches nearly always and become 1.
 */
final class ModelInputs {
  private static final Set<String> NO_NAME = Set.of("", "?", "-1", "None", "none", "unk");

  private final GraphProto graph;
  private final ImportOptions options;
  private final Map<String, ValueInfoProto> free = new LinkedHashMap<>();
  private final Map<String, Long> symbols = new LinkedHashMap<>();
  private final List<String> frozen = new ArrayList<>();
  private final List<String> kept = new ArrayList<>();
  private final List<String> assumed = new ArrayList<>();

  private ModelInputs(GraphProto graph, ImportOptions options) {
    this.graph = graph;
    this.options = options;
  }

  /** Defines all inputs of the model in its scope. */
  static ModelInputs define(
      GraphProto graph, long irVersion, ImportOptions options, Scope scope, Emitter emitter) {
    ModelInputs m = new ModelInputs(graph, options);
    m.divide(irVersion, scope);
    m.checkOptions(scope);
    m.bindSymbols();
    m.defineAll(scope, emitter);
    return m;
  }

  /** Initialisers that could have been overridden and became constants. */
  List<String> frozen() {
    return frozen;
  }

  List<String> assumed() {
    return assumed;
  }

  /** Tells inputs proper from initialisers that are listed as inputs too. */
  private void divide(long irVersion, Scope scope) {
    Set<String> seen = new LinkedHashSet<>();
    for (ValueInfoProto in : graph.getInputList()) {
      String name = in.getName();
      require(!name.isEmpty(), "an input has no name");
      require(seen.add(name), "input '%s' is listed twice", name);
      if (!scope.hasInitialiser(name)) {
        free.put(name, in);
      } else if (options.binds().containsKey(name)) {
        scope.dropInitialiser(name);
        free.put(name, in);
      } else if (options.overridable().contains(name)
          || (options.allOverridable() && irVersion >= 4)) {
        kept.add(name);
      } else if (irVersion >= 4) {
        // Before version 4 every initializer had to be listed as an input: it says nothing there.
        frozen.add(name);
      }
    }
    for (String name : options.overridable()) {
      require(
          kept.contains(name), "'%s' is no initializer that the model lets callers override", name);
    }
  }

  private void checkOptions(Scope scope) {
    Set<String> names = new LinkedHashSet<>(options.inputShapes().keySet());
    names.addAll(options.binds().keySet());
    for (String name : names) {
      require(
          free.containsKey(name),
          "there is no input '%s' (inputs: %s)%s",
          name,
          String.join(", ", free.keySet()),
          scope.hasInitialiser(name) ? "; it is an initializer" : "");
    }
    Set<String> known = new LinkedHashSet<>();
    for (ValueInfoProto in : free.values()) {
      for (Dimension d : dimensions(in)) {
        if (isSymbol(d)) {
          known.add(d.getDimParam());
        }
      }
    }
    options
        .dims()
        .forEach(
            (name, value) -> {
              require(
                  known.contains(name),
                  "there is no dimension '%s' (named dimensions: %s)",
                  name,
                  known.isEmpty() ? "none" : String.join(", ", known));
              require(value >= 0, "dimension %s=%d is negative", name, value);
              symbols.put(name, value);
            });
  }

  /** Whole shapes and bound tensors give the symbols in them a value. */
  private void bindSymbols() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>(options.inputShapes());
    options
        .binds()
        .forEach(
            (name, t) -> {
              if (t.shape().rank() > 0) {
                shapes.putIfAbsent(name, Arrays.stream(t.shape().toArray()).boxed().toList());
              }
            });
    shapes.forEach(
        (name, shape) -> {
          ValueInfoProto in = free.get(name);
          if (in == null || !hasShape(in)) {
            return;
          }
          List<Dimension> dims = dimensions(in);
          for (int i = 0; i < Math.min(dims.size(), shape.size()); i++) {
            if (isSymbol(dims.get(i))) {
              symbols.putIfAbsent(dims.get(i).getDimParam(), shape.get(i));
            }
          }
        });
  }

  private void defineAll(Scope scope, Emitter emitter) {
    for (ValueInfoProto in : free.values()) {
      assumeBatch(in);
    }
    List<String> open = new ArrayList<>();
    for (ValueInfoProto in : free.values()) {
      openDimensions(in, open);
    }
    require(
        open.isEmpty(),
        "open dimensions: %s. Give --dim NAME=VALUE for named ones, or whole shapes with"
            + " --input-shape INPUT=1x3x224x224",
        String.join("; ", open));
    for (Map.Entry<String, ValueInfoProto> e : free.entrySet()) {
      String name = e.getKey();
      try {
        DType dtype = dtype(e.getValue());
        Tensor bound = options.binds().get(name);
        if (bound != null) {
          scope.define(name, Operand.known(name, bound(e.getValue(), dtype, bound)));
        } else {
          scope.define(name, emitter.input(name, new TensorType(dtype, shape(e.getValue()))));
        }
      } catch (ModelException x) {
        throw new ModelException("input '" + name + "': " + x.getMessage(), x);
      }
    }
    for (String name : kept) {
      TensorType type = scope.initialiser(name).type();
      scope.dropInitialiser(name);
      scope.define(name, emitter.input(name, type));
    }
  }

  private static boolean hasShape(ValueInfoProto in) {
    return in.getType().getTensorType().hasShape();
  }

  private static List<Dimension> dimensions(ValueInfoProto in) {
    return in.getType().getTensorType().getShape().getDimList();
  }

  private static boolean isSymbol(Dimension d) {
    return d.hasDimParam() && !NO_NAME.contains(d.getDimParam().trim());
  }

  /** Neither a number nor a name; exporters also write -1. */
  private static boolean isNameless(Dimension d) {
    return d.hasDimValue() ? d.getDimValue() == -1 : !isSymbol(d);
  }

  private boolean isDecided(String name) {
    return options.inputShapes().containsKey(name) || options.binds().containsKey(name);
  }

  private void assumeBatch(ValueInfoProto in) {
    if (isDecided(in.getName()) || dimensions(in).isEmpty()) {
      return;
    }
    Dimension d = dimensions(in).get(0);
    if (isSymbol(d) && symbols.putIfAbsent(d.getDimParam(), 1L) == null) {
      assumed.add("dimension " + d.getDimParam() + " of input '" + in.getName() + "' is 1");
    } else if (isNameless(d)) {
      assumed.add("the leading dimension of input '" + in.getName() + "' is 1");
    }
  }

  private void openDimensions(ValueInfoProto in, List<String> open) {
    if (isDecided(in.getName())) {
      return;
    }
    if (!hasShape(in)) {
      open.add("input '" + in.getName() + "' has no shape");
      return;
    }
    List<Dimension> dims = dimensions(in);
    List<String> here = new ArrayList<>();
    for (int i = 0; i < dims.size(); i++) {
      Dimension d = dims.get(i);
      if (isSymbol(d) && !symbols.containsKey(d.getDimParam())) {
        here.add(d.getDimParam());
      } else if (i > 0 && isNameless(d)) {
        here.add("number " + i);
      }
    }
    if (!here.isEmpty()) {
      open.add(String.join(", ", here) + " of input '" + in.getName() + "' " + text(dims));
    }
  }

  private static String text(List<Dimension> dims) {
    List<String> out = new ArrayList<>();
    for (Dimension d : dims) {
      out.add(isSymbol(d) ? d.getDimParam() : isNameless(d) ? "?" : Long.toString(d.getDimValue()));
    }
    return out.toString();
  }

  private static DType dtype(ValueInfoProto in) {
    TypeProto t = in.getType();
    require(
        t.hasTensorType(),
        "its type is %s; only tensors are supported",
        t.getValueCase().name().toLowerCase(java.util.Locale.ROOT).replace("_type", ""));
    return TensorProtos.dtype(t.getTensorType().getElemType());
  }

  private Shape shape(ValueInfoProto in) {
    List<Long> given = options.inputShapes().get(in.getName());
    if (given != null) {
      checkShape(in, given);
      return TensorProtos.shape(given);
    }
    List<Long> extents = new ArrayList<>();
    for (Dimension d : dimensions(in)) {
      extents.add(extent(d));
    }
    return TensorProtos.shape(extents);
  }

  private long extent(Dimension d) {
    if (isSymbol(d)) {
      return symbols.getOrDefault(d.getDimParam(), 1L);
    }
    return isNameless(d) ? 1 : d.getDimValue();
  }

  private static void checkShape(ValueInfoProto in, List<Long> given) {
    if (!hasShape(in)) {
      return;
    }
    List<Dimension> dims = dimensions(in);
    boolean fits = dims.size() == given.size();
    for (int i = 0; fits && i < dims.size(); i++) {
      Dimension d = dims.get(i);
      fits = isSymbol(d) || isNameless(d) || d.getDimValue() == given.get(i);
    }
    require(fits, "shape %s does not fit the declared %s", given, text(dims));
  }

  /** A bound tensor in the declared type and shape; one element fills the whole shape. */
  private Tensor bound(ValueInfoProto in, DType dtype, Tensor given) {
    Tensor t = convert(given, dtype);
    if (t.elements() == 1 && hasShape(in)) {
      Shape declared = shape(in);
      if (!declared.equals(t.shape())) {
        return Tensor.filled(new TensorType(dtype, declared), t.reader().number(0));
      }
    }
    checkShape(in, Arrays.stream(t.shape().toArray()).boxed().toList());
    return t;
  }

  private static Tensor convert(Tensor t, DType dtype) {
    if (t.dtype() == dtype) {
      return t;
    }
    Tensor to = new Cast(dtype).evaluate(List.of(t)).get(0);
    boolean exact = dtype.isFloat() || !t.dtype().isFloat();
    Tensor.Elements before = t.reader();
    Tensor.Elements after = to.reader();
    for (long i = 0; !dtype.isFloat() && i < t.elements(); i++) {
      exact = before.number(i) == after.number(i);
      require(exact, "the bound value %s is no %s", before.number(i), dtype.text());
    }
    return to;
  }
}
