package dev.nncc.frontend.importing;

import dev.nncc.graph.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the caller decides about a model that its file leaves open.
 *
 * @param dims values of symbolic dimensions, by name
 * @param inputShapes whole shapes of inputs, by input name
 * @param binds inputs that become constants, by input name; a tensor with one element fills the
 *     declared shape
 * @param overridable initialisers that are also listed as inputs and shall stay inputs
 * @param allOverridable whether all such initialisers shall stay inputs
 * @param outputs values to compute instead of the model's outputs; empty: the model's
 * @param inputs values that callers will give instead of the model's inputs, wherever they are in
 *     the model; inputs of the model that are needed beside them follow. Empty: the model's
 * @param files how the model's files are to be read
 */
public record ImportOptions(
    Map<String, Long> dims,
    Map<String, List<Long>> inputShapes,
    Map<String, Tensor> binds,
    Set<String> overridable,
    boolean allOverridable,
    List<String> outputs,
    List<String> inputs,
    FileChoice files) {
  /** Nothing decided: everything as the file says. */
  public static final ImportOptions NONE =
      new ImportOptions(
          Map.of(), Map.of(), Map.of(), Set.of(), false, List.of(), List.of(), FileChoice.NONE);

  public ImportOptions {
    dims = Collections.unmodifiableMap(new LinkedHashMap<>(dims));
    inputShapes = Collections.unmodifiableMap(new LinkedHashMap<>(inputShapes));
    binds = Collections.unmodifiableMap(new LinkedHashMap<>(binds));
    overridable = Collections.unmodifiableSet(new LinkedHashSet<>(overridable));
    outputs = List.copyOf(outputs);
    inputs = List.copyOf(inputs);
  }

  public ImportOptions withDim(String name, long value) {
    Map<String, Long> m = new LinkedHashMap<>(dims);
    m.put(name, value);
    return new ImportOptions(
        m, inputShapes, binds, overridable, allOverridable, outputs, inputs, files);
  }

  public ImportOptions withInputShape(String input, List<Long> shape) {
    Map<String, List<Long>> m = new LinkedHashMap<>(inputShapes);
    m.put(input, List.copyOf(shape));
    return new ImportOptions(dims, m, binds, overridable, allOverridable, outputs, inputs, files);
  }

  public ImportOptions withBind(String input, Tensor value) {
    Map<String, Tensor> m = new LinkedHashMap<>(binds);
    m.put(input, value);
    return new ImportOptions(
        dims, inputShapes, m, overridable, allOverridable, outputs, inputs, files);
  }

  public ImportOptions withOverridable(String initialiser) {
    Set<String> s = new LinkedHashSet<>(overridable);
    s.add(initialiser);
    return new ImportOptions(dims, inputShapes, binds, s, allOverridable, outputs, inputs, files);
  }

  public ImportOptions withAllOverridable() {
    return new ImportOptions(dims, inputShapes, binds, overridable, true, outputs, inputs, files);
  }

  public ImportOptions withOutputs(List<String> names) {
    return new ImportOptions(
        dims,
        inputShapes,
        binds,
        overridable,
        allOverridable,
        new ArrayList<>(names),
        inputs,
        files);
  }

  public ImportOptions withInputs(List<String> names) {
    return new ImportOptions(
        dims,
        inputShapes,
        binds,
        overridable,
        allOverridable,
        outputs,
        new ArrayList<>(names),
        files);
  }

  public ImportOptions withFiles(FileChoice choice) {
    return new ImportOptions(
        dims, inputShapes, binds, overridable, allOverridable, outputs, inputs, choice);
  }
}
