package dev.nncc.frontend.caffe;

import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.frontend.importing.ModelFacts;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.frontend.importing.OpenModel;
import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A network that has been read.
 *
 * @param net its layers for inference
 */
record CaffeModel(NetFile file, NetLayers net) implements OpenModel {
  static CaffeModel of(NetFile file) {
    try {
      return new CaffeModel(file, NetLayers.of(file.net(), file.binary()));
    } catch (ModelException e) {
      throw new ModelException(file.name() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public String name() {
    return file.name();
  }

  @Override
  public List<String> inputNames(ImportOptions options) {
    return net.inputs(net.wanted(options.outputs())).stream().map(NetLayers.Value::name).toList();
  }

  @Override
  public Set<String> operators(ImportOptions options) {
    return new TreeSet<>(counted(options).keySet());
  }

  /** How many layers of each type there are between the ends. */
  private Map<String, Integer> counted(ImportOptions options) {
    Set<NetLayers.Value> given = new LinkedHashSet<>();
    options.inputs().forEach(name -> given.add(net.find(name)));
    Map<String, Integer> layers = new TreeMap<>();
    net.leadingTo(net.wanted(options.outputs()), given)
        .forEach(s -> layers.merge(s.layer().getType(), 1, Integer::sum));
    return layers;
  }

  @Override
  public List<Path> furtherFiles() {
    return file.weightsPath().filter(weights -> !weights.equals(file.path())).stream().toList();
  }

  @Override
  public ImportResult translate(ImportOptions options) {
    Weights weights = new Weights(file.weights());
    List<String> notes = new ArrayList<>(file.notes());
    notes.addAll(net.notes());
    Graph graph = new NetImporter(file, net, weights, options).run();
    return new ImportResult(graph, facts(weights, notes, counted(options)));
  }

  private ModelFacts facts(Weights weights, List<String> notes, Map<String, Integer> operators) {
    return new ModelFacts(
        ModelFormat.CAFFE,
        file.name(),
        net.generation(),
        Map.of(),
        "",
        file.net().getName(),
        Map.of(),
        operators,
        weights.parameters(),
        List.of(),
        notes,
        file::sha256);
  }
}
