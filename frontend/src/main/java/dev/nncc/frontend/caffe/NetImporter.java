package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Emitter;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.frontend.importing.NodeFailure;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.frontend.importing.UnsupportedReport;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.NearNames;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Translates layers in order. What is not supported is collected, and so are layers without
 * weights, so that one run finds everything. For one use.
 */
final class NetImporter {
  private final NetFile file;
  private final NetLayers net;
  private final Weights weights;
  private final ImportOptions options;
  private final LayerTable table = LayerTable.standard();
  private final Emitter emitter = new Emitter();
  private final UnsupportedReport unsupported = new UnsupportedReport(ModelFormat.CAFFE);
  private final List<String> withoutWeights = new ArrayList<>();

  /** Only looked up. Values that could not be computed are missing. */
  private final Map<NetLayers.Value, Operand> values = new IdentityHashMap<>();

  NetImporter(NetFile file, NetLayers net, Weights weights, ImportOptions options) {
    this.file = file;
    this.net = net;
    this.weights = weights;
    this.options = options;
  }

  Graph run() {
    require(
        options.dims().isEmpty(),
        "Caffe networks name no dimensions; give whole shapes with --input-shape");
    require(options.overridable().isEmpty(), "Caffe networks have no overridable initializers");
    List<NetLayers.Value> outputs = net.wanted(options.outputs());
    Map<String, NetLayers.Value> cuts = new LinkedHashMap<>();
    options.inputs().forEach(name -> cuts.put(name, net.find(name)));

    // A cut whose shape is given needs nothing in front of it.
    Set<NetLayers.Value> given = new LinkedHashSet<>();
    cuts.forEach(
        (name, v) -> {
          if (options.inputShapes().containsKey(name)) {
            given.add(v);
            values.put(v, emitter.input(name, type(options.inputShapes().get(name))));
          }
        });
    List<NetLayers.Step> steps = net.leadingTo(outputs, given);
    defineInputs(steps, outputs, cuts.keySet());
    steps.stream().filter(s -> !s.isInput()).forEach(this::translate);
    complain();

    Map<String, Operand> cutOperands = new LinkedHashMap<>();
    cuts.forEach((name, v) -> cutOperands.put(name, get(v, name)));
    List<String> names =
        options.outputs().isEmpty()
            ? outputs.stream().map(NetLayers.Value::name).toList()
            : options.outputs();
    List<Operand> results = outputs.stream().map(v -> get(v, v.name())).toList();
    return emitter.finish(file.net().getName(), names, results, cutOperands);
  }

  private Operand get(NetLayers.Value v, String name) {
    Operand o = values.get(v);
    if (o == null) {
      throw new ModelException("--inputs: '" + name + "' is not needed for the outputs");
    }
    return o;
  }

  private void defineInputs(
      List<NetLayers.Step> steps, List<NetLayers.Value> outputs, Set<String> cuts) {
    Set<NetLayers.Value> read = new LinkedHashSet<>(outputs);
    steps.forEach(s -> read.addAll(s.bottoms()));
    List<NetLayers.Value> wanted = net.inputs(outputs);
    checkNames(wanted, cuts);
    List<String> open = new ArrayList<>();
    for (NetLayers.Step s : net.steps()) {
      for (int top = 0; s.isInput() && top < s.tops().size(); top++) {
        NetLayers.Value v = s.tops().get(top);
        boolean declared = cuts.isEmpty() && wanted.contains(v);
        if ((read.contains(v) || declared) && !values.containsKey(v)) {
          define(s, top, open);
        }
      }
    }
    require(
        open.isEmpty(),
        "the shape of %s is open. Give whole shapes with --input-shape INPUT=1x3x224x224",
        String.join(", ", open));
  }

  private void define(NetLayers.Step s, int top, List<String> open) {
    NetLayers.Value v = s.tops().get(top);
    String name = v.name();
    Tensor bound = options.binds().get(name);
    List<Long> said = options.inputShapes().get(name);
    Optional<List<Long>> shape = said != null ? Optional.of(said) : InputShapes.of(s.layer(), top);
    try {
      if (bound != null) {
        values.put(v, Operand.known(name, bound(bound, shape)));
      } else if (shape.isPresent()) {
        values.put(v, emitter.input(name, type(shape.get())));
      } else {
        open.add("input '" + name + "'");
      }
    } catch (ModelException e) {
      throw new ModelException("input '" + name + "': " + e.getMessage(), e);
    }
  }

  private static TensorType type(List<Long> shape) {
    return new TensorType(DType.F32, TensorProtos.shape(shape));
  }

  private static Tensor bound(Tensor t, Optional<List<Long>> shape) {
    if (t.elements() == 1 && shape.isPresent()) {
      return Tensor.filled(type(shape.get()), t.reader().number(0));
    }
    require(t.dtype() == DType.F32, "the bound tensor is %s, not f32", t.type());
    return t;
  }

  private void checkNames(List<NetLayers.Value> inputs, Set<String> cuts) {
    Set<String> names = new LinkedHashSet<>(cuts);
    inputs.forEach(v -> names.add(v.name()));
    Set<String> said = new LinkedHashSet<>(options.inputShapes().keySet());
    said.addAll(options.binds().keySet());
    for (String name : said) {
      require(
          names.contains(name),
          "there is no input '%s' (inputs: %s)",
          name,
          String.join(", ", names));
    }
  }

  private void translate(NetLayers.Step s) {
    List<@Nullable Operand> bottoms = new ArrayList<>();
    s.bottoms().forEach(v -> bottoms.add(values.get(v)));
    String type = s.layer().getType();
    String name = s.layer().getName();
    LayerImporter importer = table.find(type);
    if (importer == null) {
      unsupported.add(type, "", name);
      return;
    }
    if (bottoms.contains(null)) {
      return;
    }
    try {
      CaffeLayer layer =
          new CaffeLayer(
              emitter, Origin.of(name, type), s.layer(), bottoms, s.tops().size(), weights);
      List<Operand> results = importer.importLayer(layer);
      require(results.size() >= s.tops().size(), "it has no top %d", results.size());
      for (int i = 0; i < s.tops().size(); i++) {
        results.get(i).nameIfNone(s.tops().get(i).name());
        values.put(s.tops().get(i), results.get(i));
      }
    } catch (UnsupportedFeature e) {
      unsupported.steering(e.steering());
      unsupported.add(type, String.valueOf(e.getMessage()), name);
    } catch (MissingWeights e) {
      withoutWeights.add(name);
    } catch (ModelException e) {
      throw new NodeFailure(where(s) + e.getMessage(), e);
    } catch (ArithmeticException e) {
      throw new NodeFailure(where(s) + "sizes are too large (" + e.getMessage() + ")", e);
    }
  }

  private String where(NetLayers.Step s) {
    return file.name() + ": " + s.label() + ": ";
  }

  private void complain() {
    if (!unsupported.isEmpty()) {
      throw new NodeFailure(unsupported.message(file.name()), List.copyOf(unsupported.steering()));
    }
    if (!withoutWeights.isEmpty()) {
      boolean none = net.steps().stream().allMatch(s -> weights.count(s.layer().getName()) == 0);
      throw new ModelException(
          file.weightsPath().isEmpty()
              ? "no weights: give --weights FILE.caffemodel, or put "
                  + NetFile.nameBeside(file.path())
                  + " beside the network"
              : String.format(
                  "%s %s %s",
                  file.weightsPath().get().getFileName(),
                  weights.isEmpty()
                      ? "holds no weights of a Caffe network; they are missing for"
                      : none
                          ? "belongs to another network: it has weights for none of the layers, as"
                          : "has no weights for",
                  NearNames.some(withoutWeights)));
    }
  }
}
