package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.tensorflow.proto.NodeDef;
import dev.nncc.frontend.tensorflow.proto.SignatureDef;
import dev.nncc.frontend.tensorflow.proto.TensorInfo;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.NearNames;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where a model begins and ends: as the caller says, as a signature says, or at placeholders and at
 * what nobody reads.
 *
 * @param inputs in the order of the caller or the signature, then of the file
 */
record ModelEnds(List<End> inputs, List<End> outputs) {
  /**
   * A value with a name.
   *
   * @param info what a signature says of it
   */
  record End(String name, Ref ref, @Nullable TensorInfo info) {}

  /** Nodes that are there for training, checking and saving: their results are nobody's outputs. */
  private static final Set<String> NO_OUTPUTS =
      Set.of(
          "NoOp",
          "Const",
          "Placeholder",
          "PlaceholderWithDefault",
          "Assert",
          "Print",
          "PrintV2",
          "VarHandleOp",
          "VariableV2",
          "Variable",
          "ReadVariableOp",
          "Assign",
          "AssignVariableOp",
          "AssignAdd",
          "AssignSub",
          "AssignAddVariableOp",
          "AssignSubVariableOp",
          "Save",
          "SaveV2",
          "SaveSlices",
          "Restore",
          "RestoreV2",
          "RestoreSlice",
          "MergeV2Checkpoints",
          "ShardedFilename",
          "ControlTrigger",
          "CheckNumerics",
          "ScalarSummary",
          "HistogramSummary",
          "MergeSummary",
          "ImageSummary",
          "IsVariableInitialized",
          "VarIsInitializedOp",
          "QueueEnqueueV2",
          "QueueEnqueueManyV2",
          "QueueCloseV2",
          "QueueSizeV2",
          "FIFOQueueV2",
          "RandomShuffleQueueV2",
          "IteratorV2",
          "OneShotIterator",
          "MakeIterator",
          "TensorArrayCloseV3",
          "DestroyResourceOp");

  private static final Set<String> PLACEHOLDERS = Set.of("Placeholder", "PlaceholderV2");

  static ModelEnds of(ModelFile file, Body body, ImportOptions options) {
    SignatureDef signature = file.signature().orElse(SignatureDef.getDefaultInstance());
    List<End> outputs = new ArrayList<>();
    if (!options.outputs().isEmpty()) {
      options
          .outputs()
          .forEach(o -> outputs.add(named("--outputs", o, signature.getOutputsMap(), body)));
    } else if (signature.getOutputsCount() > 0) {
      outputs.addAll(signed(signature.getOutputsMap()));
    } else {
      outputs.addAll(unread(body));
    }
    require(!outputs.isEmpty(), "the graph has no outputs; --outputs names some");
    List<End> inputs = new ArrayList<>();
    if (!options.inputs().isEmpty()) {
      options
          .inputs()
          .forEach(i -> inputs.add(named("--inputs", i, signature.getInputsMap(), body)));
    } else {
      inputs.addAll(signed(signature.getInputsMap()));
    }
    placeholders(body, inputs, outputs, options);
    return new ModelEnds(inputs, outputs);
  }

  private static List<End> signed(Map<String, TensorInfo> tensors) {
    List<End> out = new ArrayList<>();
    new TreeMap<>(tensors)
        .forEach((name, info) -> out.add(new End(name, Ref.parse(info.getName()), info)));
    return out;
  }

  /** A name of the signature, or of a node. */
  private static End named(String option, String text, Map<String, TensorInfo> signed, Body body) {
    TensorInfo info = signed.get(text);
    if (info != null) {
      return new End(text, Ref.parse(info.getName()), info);
    }
    Ref ref = Ref.parse(text);
    if (!body.has(ref.node())) {
      Set<String> names = new TreeSet<>(signed.keySet());
      body.all().forEach(n -> names.add(n.getName()));
      List<String> own = new ArrayList<>(signed.keySet());
      boolean input = option.equals("--inputs");
      (input ? placeholders(body) : unread(body)).forEach(e -> own.add(e.name()));
      throw new ModelException(
          option
              + ": there is no node '"
              + ref.node()
              + "'"
              + NearNames.hint(ref.node(), names, "its own " + option.substring(2), own));
    }
    return new End(ref.toString(), ref, null);
  }

  private static List<End> unread(Body body) {
    Set<String> read = new LinkedHashSet<>();
    for (NodeDef n : body.all()) {
      body.inputs(n).forEach(r -> read.add(r.node()));
      body.pivots(n).forEach(r -> read.add(r.node()));
    }
    List<End> out = new ArrayList<>();
    for (NodeDef n : body.all()) {
      if (!read.contains(n.getName()) && !NO_OUTPUTS.contains(n.getOp())) {
        out.add(new End(n.getName(), new Ref(n.getName(), 0), null));
      }
    }
    return out;
  }

  /** Adds the placeholders that the outputs need and no input cuts off, in the file's order. */
  private static void placeholders(
      Body body, List<End> inputs, List<End> outputs, ImportOptions options) {
    Set<Ref> cut = new LinkedHashSet<>();
    inputs.forEach(i -> cut.add(i.ref()));
    Set<String> needed = new LinkedHashSet<>();
    Deque<Ref> open = new ArrayDeque<>();
    outputs.forEach(o -> open.add(o.ref()));
    while (!open.isEmpty()) {
      Ref r = open.remove();
      if (!cut.contains(r) && needed.add(r.node())) {
        Ref dropped = Dropout.of(body.node(r.node()), body);
        open.addAll(dropped == null ? body.inputs(body.node(r.node())) : List.of(dropped));
      }
    }
    for (NodeDef n : body.all()) {
      boolean free =
          isPlaceholder(n)
              || n.getOp().equals("PlaceholderWithDefault") && isNamed(n.getName(), options);
      if (free && needed.contains(n.getName())) {
        inputs.add(new End(n.getName(), new Ref(n.getName(), 0), null));
      }
    }
  }

  private static List<End> placeholders(Body body) {
    return body.all().stream()
        .filter(ModelEnds::isPlaceholder)
        .map(n -> new End(n.getName(), new Ref(n.getName(), 0), null))
        .toList();
  }

  /** Whether a node stands for what callers give. */
  static boolean isPlaceholder(NodeDef n) {
    return PLACEHOLDERS.contains(n.getOp());
  }

  private static boolean isNamed(String name, ImportOptions options) {
    return options.inputShapes().containsKey(name) || options.binds().containsKey(name);
  }
}
