package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.InputParameter;
import dev.nncc.frontend.caffe.proto.LayerParameter;
import dev.nncc.frontend.caffe.proto.NetParameter;
import dev.nncc.frontend.caffe.proto.NetState;
import dev.nncc.frontend.caffe.proto.NetStateRule;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.NearNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The layers that compute results at inference, with the values that they read and write. A layer
 * that writes where it reads makes a new value of the same name.
 *
 * @param steps in the order of the network, inputs among them
 * @param generation of the form that the layers were written in: 0, 1 or 2
 */
record NetLayers(List<Step> steps, int generation, List<String> notes) {
  static final String INPUT = "Input";
  private static final String SILENCE = "Silence";

  private static final Set<String> DATA =
      new TreeSet<>(
          Set.of(
              INPUT,
              "AnnotatedData",
              "Data",
              "DummyData",
              "HDF5Data",
              "ImageData",
              "MemoryData",
              "VideoData",
              "WindowData"));

  private static final Set<String> TRAINING =
      new TreeSet<>(Set.of("Accuracy", "DetectionEvaluate", "HDF5Output", "SoftmaxWithLoss"));

  /** A value of the network; identity counts, names repeat. */
  static final class Value {
    private final String name;

    Value(String name) {
      this.name = name;
    }

    String name() {
      return name;
    }
  }

  /** A layer, the values that it reads and those that it writes. */
  record Step(LayerParameter layer, List<Value> bottoms, List<Value> tops) {
    /** Whether the layer gives data to the network. */
    boolean isInput() {
      return DATA.contains(layer.getType());
    }

    /** How messages call the layer. */
    String label() {
      return (layer.getName().isEmpty() ? "a layer" : "layer '" + layer.getName() + "'")
          + " ("
          + layer.getType()
          + ")";
    }
  }

  /**
   * The layers of a network.
   *
   * @param open whether values that no layer makes are inputs: files of weights leave layers of
   *     data out
   */
  static NetLayers of(NetParameter net, boolean open) {
    List<Step> steps = new ArrayList<>();
    Set<String> dropped = new TreeSet<>();
    Map<String, Value> current = new LinkedHashMap<>();
    for (LayerParameter l : Upgrade.layers(net)) {
      require(!l.getType().isEmpty(), "layer '%s' has no type", l.getName());
      if (!included(l, net.getState())) {
        continue;
      }
      if (isTraining(l.getType())) {
        dropped.add(l.getType());
        continue;
      }
      for (String name : l.getBottomList()) {
        if (open && !current.containsKey(name)) {
          steps.add(step(Upgrade.input(name, InputParameter.getDefaultInstance()), current));
        }
      }
      steps.add(step(l, current));
    }
    List<String> notes = new ArrayList<>();
    if (!dropped.isEmpty()) {
      notes.add("layers that only training needs were left out: " + String.join(", ", dropped));
    }
    for (Step s : steps) {
      if (s.isInput() && s.layer().hasTransformParam()) {
        transformation(s, notes);
      }
    }
    boolean oldest = net.getLayersList().stream().anyMatch(l -> l.hasLayer());
    return new NetLayers(steps, net.getLayersCount() == 0 ? 2 : oldest ? 0 : 1, notes);
  }

  private static boolean isTraining(String type) {
    return TRAINING.contains(type) || type.endsWith("Loss");
  }

  private static Step step(LayerParameter l, Map<String, Value> current) {
    List<Value> bottoms = new ArrayList<>();
    for (String name : l.getBottomList()) {
      Value v = current.get(name);
      if (v == null) {
        throw new ModelException(
            String.format(
                "layer '%s' (%s) reads '%s', which no layer in front of it makes",
                l.getName(), l.getType(), name));
      }
      bottoms.add(v);
    }
    List<Value> tops = new ArrayList<>();
    for (String name : l.getTopList()) {
      require(!name.isEmpty(), "layer '%s' has a top without a name", l.getName());
      require(
          !current.containsKey(name) || l.getBottomList().contains(name),
          "'%s' is made by two layers, the second is '%s'",
          name,
          l.getName());
      Value v = new Value(name);
      current.put(name, v);
      tops.add(v);
    }
    return new Step(l, bottoms, tops);
  }

  private static boolean included(LayerParameter l, NetState state) {
    require(
        l.getIncludeCount() == 0 || l.getExcludeCount() == 0,
        "layer '%s' has both include and exclude rules",
        l.getName());
    if (l.getIncludeCount() > 0) {
      return l.getIncludeList().stream().anyMatch(r -> meets(r, state));
    }
    return l.getExcludeList().stream().noneMatch(r -> meets(r, state));
  }

  /** The phase is TEST, whatever the network says of itself. */
  private static boolean meets(NetStateRule r, NetState state) {
    boolean phase = !r.hasPhase() || r.getPhase() == dev.nncc.frontend.caffe.proto.Phase.TEST;
    boolean level =
        (!r.hasMinLevel() || state.getLevel() >= r.getMinLevel())
            && (!r.hasMaxLevel() || state.getLevel() <= r.getMaxLevel());
    return phase
        && level
        && state.getStageList().containsAll(r.getStageList())
        && r.getNotStageList().stream().noneMatch(state.getStageList()::contains);
  }

  private static void transformation(Step s, List<String> notes) {
    var t = s.layer().getTransformParam();
    List<String> does = new ArrayList<>();
    if (t.getMeanValueCount() > 0 || t.hasMeanFile()) {
      does.add("subtracts a mean");
    }
    if (t.getScale() != 1) {
      does.add("multiplies by " + t.getScale());
    }
    if (!does.isEmpty()) {
      notes.add(
          s.label() + " " + String.join(" and ", does) + "; the compiled model takes the result");
    }
  }

  /** All values by name; of several of one name the last. */
  private Map<String, Value> byName() {
    Map<String, Value> all = new LinkedHashMap<>();
    steps.forEach(s -> s.tops().forEach(v -> all.put(v.name(), v)));
    return all;
  }

  /** The value of a name, or else the first one that the layer of this name makes. */
  Value find(String name) {
    Map<String, Value> all = byName();
    Value v = all.get(name);
    for (Step s : steps) {
      if (v == null && s.layer().getName().equals(name) && !s.tops().isEmpty()) {
        v = s.tops().get(0);
      }
    }
    if (v == null) {
      throw new ModelException(
          "the network has no value or layer named '"
              + name
              + "'"
              + NearNames.hint(name, all.keySet(), "there are", all.keySet()));
    }
    return v;
  }

  /**
   * The values that shall be computed.
   *
   * @param names empty: what layers make and no layer reads
   */
  List<Value> wanted(List<String> names) {
    if (!names.isEmpty()) {
      return names.stream().map(this::find).toList();
    }
    Set<Value> unread = new LinkedHashSet<>();
    for (Step s : steps) {
      s.bottoms().forEach(unread::remove);
      if (!s.isInput() && !s.layer().getType().equals(SILENCE)) {
        unread.addAll(s.tops());
      }
    }
    require(!unread.isEmpty(), "the network has no outputs: each value is read by some layer");
    return List.copyOf(unread);
  }

  /** The steps that lead to values, but not beyond those that are given. */
  List<Step> leadingTo(List<Value> values, Set<Value> given) {
    Set<Value> needed = new LinkedHashSet<>(values);
    needed.removeAll(given);
    List<Step> out = new ArrayList<>();
    for (int i = steps.size() - 1; i >= 0; i--) {
      Step s = steps.get(i);
      if (s.tops().stream().anyMatch(needed::contains)) {
        s.bottoms().stream().filter(v -> !given.contains(v)).forEach(needed::add);
        out.add(0, s);
      }
    }
    return out;
  }

  /** What a caller gives: what is needed, and all that layers of type Input declare. */
  List<Value> inputs(List<Value> outputs) {
    Set<Value> needed = new LinkedHashSet<>(outputs);
    leadingTo(outputs, Set.of()).forEach(s -> needed.addAll(s.bottoms()));
    List<Value> out = new ArrayList<>();
    for (Step s : steps) {
      for (Value v : s.tops()) {
        if (s.isInput() && (needed.contains(v) || s.layer().getType().equals(INPUT))) {
          out.add(v);
        }
      }
    }
    return out;
  }
}
