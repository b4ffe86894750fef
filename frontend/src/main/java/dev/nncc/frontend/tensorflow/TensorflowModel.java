package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.frontend.importing.ModelFacts;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.frontend.importing.NodeFailure;
import dev.nncc.frontend.importing.OpenModel;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.frontend.tensorflow.proto.GraphDef;
import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A TensorFlow model that has been read. */
record TensorflowModel(ModelFile file) implements OpenModel {
  @Override
  public String name() {
    return file.name();
  }

  @Override
  public List<String> inputNames(ImportOptions options) {
    Body body = Body.of(file.graph().getNodeList());
    return ModelEnds.of(file, body, options).inputs().stream().map(ModelEnds.End::name).toList();
  }

  @Override
  public Set<String> operators(ImportOptions options) {
    Body body = Body.of(file.graph().getNodeList());
    ModelEnds ends = ModelEnds.of(file, body, options);
    return new TreeSet<>(Reach.operators(file.graph(), body, ends).keySet());
  }

  @Override
  public List<Path> furtherFiles() {
    return file.checkpoint().map(Checkpoint::files).orElse(List.of());
  }

  @Override
  public ImportResult translate(ImportOptions options) {
    GraphDef def = file.graph();
    Body body = Body.of(def.getNodeList());
    ModelEnds ends = ModelEnds.of(file, body, options);
    Variables variables = new Variables(def, body, file.checkpoint());
    Walk walk = new Walk(file.name(), def.getLibrary().getFunctionList(), variables);
    Frame frame = Frame.ofModel(body);
    ModelInputs.Assumed assumed = ModelInputs.define(ends, file, walk, frame, options);
    Graph graph;
    try {
      graph = run(ends, walk, frame);
    } catch (NodeFailure | ModelException e) {
      // What is not supported has been said, whatever the shapes are.
      if (assumed.scalars().isEmpty() || !walk.unsupported().isEmpty()) {
        throw e;
      }
      throw assumed.asked(e, file.name());
    }
    List<String> notes = new ArrayList<>(assumed.notes());
    notes.addAll(walk.assumed());
    return new ImportResult(graph, facts(notes, walk, Reach.operators(def, body, ends)));
  }

  private Graph run(ModelEnds ends, Walk walk, Frame frame) {
    List<Operand> values = new ArrayList<>();
    try {
      for (ModelEnds.End out : ends.outputs()) {
        Token t = walk.value(out.ref(), frame);
        if (t.isUnavailable()) {
          continue;
        }
        if (t.isDead() || !(t.item() instanceof Item.Numbers)) {
          String what =
              t.isDead() ? "lies in a branch that is not taken" : "is no tensor of numbers";
          throw new ModelException("output '" + out.name() + "' " + what);
        }
        values.add(((Item.Numbers) t.item()).operand());
      }
    } catch (NodeFailure | ModelException e) {
      if (walk.unsupported().isEmpty()) {
        throw e;
      }
    } catch (UnsupportedFeature e) {
      throw new ModelException(String.valueOf(e.getMessage()), e);
    }
    if (!walk.unsupported().isEmpty()) {
      throw new NodeFailure(
          walk.unsupported().message(file.name()), List.copyOf(walk.unsupported().steering()));
    }
    List<String> names = ends.outputs().stream().map(ModelEnds.End::name).toList();
    return walk.emitter().finish("", names, values);
  }

  private ModelFacts facts(List<String> assumed, Walk walk, Map<String, Integer> operators) {
    long parameters = walk.parameters();
    return new ModelFacts(
        ModelFormat.TENSORFLOW,
        file.name(),
        file.graph().getVersions().getProducer(),
        Map.of(),
        file.producer(),
        "",
        Map.of(),
        operators,
        parameters,
        List.of(),
        assumed,
        file::sha256);
  }
}
