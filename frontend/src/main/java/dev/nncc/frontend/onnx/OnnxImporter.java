package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.ChoiceException;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.frontend.importing.Importer;
import dev.nncc.frontend.importing.ModelFacts;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.frontend.importing.NodeFailure;
import dev.nncc.frontend.importing.OpenModel;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.SupportedOp;
import dev.nncc.frontend.onnx.proto.AttributeProto;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import dev.nncc.frontend.onnx.proto.StringStringEntryProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.NearNames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Reads ONNX models. */
public final class OnnxImporter implements Importer {
  @Override
  public OpenModel open(Path file, FileChoice choice) {
    String name = String.valueOf(file.getFileName());
    ChoiceException.refuse(
        choice.signature(), "--signature", name + " is an ONNX model, which has no signatures");
    ChoiceException.refuse(
        choice.weights(),
        "--weights",
        name + " is an ONNX model, which names the files of its weights itself");
    return new OnnxModel(ModelFile.open(file));
  }

  @Override
  public List<SupportedOp> supportedOps() {
    return OperatorTable.standard().rows();
  }

  /** What lies in front of a cut tells the shapes there, but it need not be importable. */
  static ImportResult importModel(ModelFile file, ImportOptions options) {
    GraphProto graph = file.proto().getGraph();
    try {
      return importGraph(file, graph, options);
    } catch (NodeFailure | ModelException | ArithmeticException e) {
      Optional<GraphProto> behind =
          options.inputs().isEmpty()
              ? Optional.empty()
              : GraphBehind.of(graph, options.inputs(), outputs(graph, options));
      if (behind.isEmpty()) {
        throw e;
      }
      return importGraph(file, behind.get(), options.withInputs(List.of()));
    }
  }

  private static ImportResult importGraph(ModelFile file, GraphProto graph, ImportOptions options) {
    ModelProto model = file.proto();
    Map<String, Long> opsets = opsets(model);
    List<String> notes = new ArrayList<>();
    long opset = opsets.getOrDefault("", 0L);
    if (opset > OperatorTable.NEWEST_OPSET) {
      notes.add(
          "operator set "
              + opset
              + " means what "
              + OperatorTable.NEWEST_OPSET
              + ", the newest known one, means");
    }

    GraphImporter importer = new GraphImporter(file, OperatorTable.standard());
    Scope scope = new Scope(file, null);
    scope.initialisers(graph.getInitializerList(), graph.getSparseInitializerList());
    ModelInputs inputs =
        ModelInputs.define(graph, model.getIrVersion(), options, scope, importer.emitter());
    notes.addAll(inputs.assumed());

    List<String> outputs = outputs(graph, options);
    Graph result =
        run(
            importer,
            graph,
            new GraphImporter.Context(scope, opsets, null, "", 0),
            outputs,
            options);
    return new ImportResult(result, facts(file, opsets, inputs.frozen(), notes));
  }

  private static Map<String, Long> opsets(ModelProto model) {
    Map<String, Long> sets = GraphImporter.opsets(model.getOpsetImportList());
    if (sets.isEmpty() && model.getIrVersion() < 3) {
      // Files older than operator sets use the first one.
      sets.put("", 1L);
    }
    return sets;
  }

  static List<String> outputs(GraphProto graph, ImportOptions options) {
    if (!options.outputs().isEmpty()) {
      return options.outputs();
    }
    List<String> names = graph.getOutputList().stream().map(ValueInfoProto::getName).toList();
    require(!names.isEmpty(), "the graph has no outputs");
    return names;
  }

  private static Graph run(
      GraphImporter importer,
      GraphProto graph,
      GraphImporter.Context context,
      List<String> outputs,
      ImportOptions options) {
    try {
      importer.run(graph.getNodeList(), outputs, context);
    } catch (NodeFailure | ModelException e) {
      if (importer.unsupported().isEmpty()) {
        throw e;
      }
    }
    if (!importer.unsupported().isEmpty()) {
      // Already has the file's name in front.
      throw new NodeFailure(
          importer.unsupported().message(importer.file().name()),
          List.copyOf(importer.unsupported().steering()));
    }
    List<Operand> values = new ArrayList<>();
    for (String name : outputs) {
      Operand o = context.scope().find(name);
      if (o == null) {
        throw new ModelException(missing(name, graph, options));
      }
      values.add(o);
    }
    checkTypes(graph, outputs, values);
    Map<String, Operand> cuts = new LinkedHashMap<>();
    for (String name : options.inputs()) {
      cuts.put(name, cut(graph, context.scope(), name));
    }
    return importer.emitter().finish(graph.getName(), outputs, values, cuts);
  }

  private static String missing(String output, GraphProto graph, ImportOptions options) {
    boolean asked = options.outputs().contains(output);
    List<String> own = graph.getOutputList().stream().map(ValueInfoProto::getName).toList();
    return asked
        ? "--outputs: the model has no value named '"
            + output
            + "'"
            + NearNames.hint(output, names(graph), "its own outputs", own)
        : "output '" + output + "' is made by no node" + NearNames.hint(output, names(graph));
  }

  private static Operand cut(GraphProto graph, Scope scope, String name) {
    Set<String> names = names(graph);
    require(
        names.contains(name),
        "--inputs: the model has no value named '%s'%s",
        name,
        NearNames.hint(
            name,
            names,
            "its own inputs",
            graph.getInputList().stream().map(ValueInfoProto::getName).toList()));
    Operand o = scope.find(name);
    if (o == null) {
      throw new ModelException("--inputs: '" + name + "' is not needed for the outputs");
    }
    return o;
  }

  /** All names that values of the main graph have. */
  private static Set<String> names(GraphProto graph) {
    Set<String> names = new LinkedHashSet<>();
    graph.getInputList().forEach(v -> names.add(v.getName()));
    graph.getNodeList().forEach(n -> names.addAll(n.getOutputList()));
    names.remove("");
    return names;
  }

  /** Declared output shapes are often stale, declared element types are not. */
  private static void checkTypes(GraphProto graph, List<String> names, List<Operand> values) {
    Map<String, ValueInfoProto> declared = new LinkedHashMap<>();
    graph.getOutputList().forEach(o -> declared.put(o.getName(), o));
    for (int i = 0; i < names.size(); i++) {
      ValueInfoProto o = declared.get(names.get(i));
      if (o != null && o.getType().hasTensorType() && o.getType().getTensorType().hasElemType()) {
        int type = o.getType().getTensorType().getElemType();
        require(
            type == 0 || type == TensorProtos.dataType(values.get(i).dtype()).getNumber(),
            "output '%s' is declared %s and computed as %s",
            names.get(i),
            TensorProto.DataType.forNumber(type),
            values.get(i).type());
      }
    }
  }

  private static ModelFacts facts(
      ModelFile file, Map<String, Long> opsets, List<String> frozen, List<String> notes) {
    ModelProto model = file.proto();
    Map<String, Long> sets = new TreeMap<>();
    opsets.forEach((domain, v) -> sets.put(domain.isEmpty() ? "ai.onnx" : domain, v));
    Map<String, String> metadata = new LinkedHashMap<>();
    for (StringStringEntryProto e : model.getMetadataPropsList()) {
      metadata.put(e.getKey(), e.getValue());
    }
    Map<String, Integer> operators = new TreeMap<>();
    long parameters = 0;
    for (TensorProto t : model.getGraph().getInitializerList()) {
      parameters = Math.addExact(parameters, TensorProtos.shape(t.getDimsList()).elements());
    }
    for (NodeProto n : model.getGraph().getNodeList()) {
      String domain = GraphImporter.domain(n.getDomain());
      operators.merge((domain.isEmpty() ? "" : domain + ".") + n.getOpType(), 1, Integer::sum);
      for (AttributeProto a : n.getAttributeList()) {
        if (a.hasT() && n.getOpType().equals("Constant")) {
          parameters =
              Math.addExact(parameters, TensorProtos.shape(a.getT().getDimsList()).elements());
        }
      }
    }
    String producer = (model.getProducerName() + " " + model.getProducerVersion()).trim();
    return new ModelFacts(
        ModelFormat.ONNX,
        file.name(),
        model.getIrVersion(),
        sets,
        producer,
        model.getGraph().getName(),
        metadata,
        operators,
        parameters,
        frozen,
        notes,
        file::sha256);
  }
}
