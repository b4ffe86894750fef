package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Emitter;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.frontend.importing.NodeFailure;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.frontend.importing.UnsupportedReport;
import dev.nncc.frontend.onnx.proto.FunctionProto;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import dev.nncc.frontend.onnx.proto.OperatorSetIdProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Walks the nodes of a graph in order and has each imported. What is not supported is collected and
 * its results marked, so that one walk finds everything. Sub-graphs and functions are inlined.
 */
final class GraphImporter {
  /** Inlining can multiply nodes without bound in a malicious file; more than this is one. */
  private static final int INLINED_LIMIT = 100_000;

  private static final int DEPTH_LIMIT = 32;

  private final ModelFile file;
  private final OperatorTable table;
  private final Emitter emitter = new Emitter();
  private final UnsupportedReport unsupported = new UnsupportedReport(ModelFormat.ONNX);
  private final Map<FunctionKey, FunctionProto> functions;
  private int inlined;

  private record FunctionKey(String domain, String name, String overload)
      implements Comparable<FunctionKey> {
    @Override
    public int compareTo(FunctionKey o) {
      return text().compareTo(o.text());
    }

    private String text() {
      return domain + "\0" + name + "\0" + overload;
    }
  }

  /** Where nodes stand: the operator sets they are written in, and how deep they are nested. */
  record Context(
      Scope scope, Map<String, Long> opsets, @Nullable Attrs call, String prefix, int depth) {}

  GraphImporter(ModelFile file, OperatorTable table) {
    this.file = file;
    this.table = table;
    this.functions = functions(file.proto());
  }

  private static Map<FunctionKey, FunctionProto> functions(ModelProto model) {
    Map<FunctionKey, FunctionProto> all = new TreeMap<>();
    for (FunctionProto f : model.getFunctionsList()) {
      FunctionKey key = new FunctionKey(domain(f.getDomain()), f.getName(), f.getOverload());
      require(all.put(key, f) == null, "function '%s' is defined twice", f.getName());
    }
    return all;
  }

  Emitter emitter() {
    return emitter;
  }

  UnsupportedReport unsupported() {
    return unsupported;
  }

  static String domain(String domain) {
    return domain.equals("ai.onnx") ? "" : domain;
  }

  static Map<String, Long> opsets(List<OperatorSetIdProto> imports) {
    Map<String, Long> sets = new TreeMap<>();
    for (OperatorSetIdProto s : imports) {
      sets.merge(domain(s.getDomain()), s.getVersion(), Math::max);
    }
    return sets;
  }

  /** Imports the nodes that the outputs need. */
  void run(List<NodeProto> nodes, List<String> outputs, Context c) {
    require(c.depth() <= DEPTH_LIMIT, "functions or sub-graphs are nested too deeply");
    for (NodeProto n : NodeOrder.of(nodes, outputs)) {
      require(
          c.depth() == 0 || ++inlined <= INLINED_LIMIT,
          "functions and sub-graphs have more than %d nodes",
          INLINED_LIMIT);
      try {
        runNode(n, c);
      } catch (ModelException e) {
        throw new NodeFailure(where(n, c) + e.getMessage(), e);
      } catch (ArithmeticException e) {
        throw new NodeFailure(where(n, c) + "sizes are too large (" + e.getMessage() + ")", e);
      }
    }
  }

  /** What a message about a node begins with. */
  private String where(NodeProto n, Context c) {
    return String.format(
        "%s: %s%s (%s, opset %d): ",
        file.name(),
        c.prefix(),
        NodeOrder.label(n),
        n.getOpType(),
        c.opsets().getOrDefault(domain(n.getDomain()), 0L));
  }

  private void runNode(NodeProto n, Context c) {
    List<@Nullable Operand> inputs = new ArrayList<>();
    boolean available = true;
    for (String name : n.getInputList()) {
      Operand o = name.isEmpty() || c.scope().isAbsent(name) ? null : c.scope().get(name);
      available &= o != Scope.UNAVAILABLE;
      inputs.add(o);
    }
    List<Operand> results = List.of();
    try {
      results = importNode(n, c, inputs, available);
    } catch (UnsupportedFeature e) {
      unsupported.steering(e.steering());
      unsupported.add(
          operator(n, c), String.valueOf(e.getMessage()), c.prefix() + NodeOrder.label(n));
      available = false;
    }
    for (int i = 0; i < n.getOutputCount(); i++) {
      String name = n.getOutput(i);
      if (!name.isEmpty()) {
        require(!available || i < results.size(), "there is no output %d ('%s')", i, name);
        Operand result = available ? results.get(i) : Scope.UNAVAILABLE;
        if (result != Scope.UNAVAILABLE) {
          result.nameIfNone(name);
        }
        c.scope().define(name, result);
      }
    }
  }

  private static String operator(NodeProto n, Context c) {
    String domain = domain(n.getDomain());
    Long version = c.opsets().get(domain);
    return (domain.isEmpty() ? "" : domain + ".")
        + n.getOpType()
        + (version == null ? "" : " (opset " + version + ")");
  }

  private List<Operand> importNode(
      NodeProto n, Context c, List<@Nullable Operand> inputs, boolean available) {
    String domain = domain(n.getDomain());
    FunctionProto f = functions.get(new FunctionKey(domain, n.getOpType(), n.getOverload()));
    if (f != null) {
      return available ? call(f, n, c, inputs) : List.of();
    }
    Long version = c.opsets().get(domain);
    require(
        version != null || !table.knows(domain, n.getOpType()),
        "the model imports no operator set for domain '%s'",
        domain.isEmpty() ? "ai.onnx" : domain);
    int opset = version == null ? 0 : (int) Math.max(0, Math.min(version, Integer.MAX_VALUE));
    NodeImporter importer = table.find(domain, n.getOpType(), opset);
    if (importer == null) {
      throw new UnsupportedFeature("");
    }
    if (!available) {
      return List.of();
    }
    Attrs attrs = new Attrs(n, c.call());
    Origin origin = Origin.of(c.prefix() + nodeName(n), n.getOpType());
    return importer.importNode(
        new OnnxNode(this, c, origin, n.getOpType(), opset, attrs, inputs, n.getOutputList()));
  }

  private static String nodeName(NodeProto n) {
    return n.getName().isEmpty() && n.getOutputCount() > 0 ? n.getOutput(0) : n.getName();
  }

  private List<Operand> call(
      FunctionProto f, NodeProto n, Context c, List<@Nullable Operand> inputs) {
    require(
        inputs.size() <= f.getInputCount(),
        "function has %d inputs, the call gives %d",
        f.getInputCount(),
        inputs.size());
    Scope scope = new Scope(file, null);
    for (int i = 0; i < inputs.size(); i++) {
      Operand o = inputs.get(i);
      if (o != null) {
        scope.define(f.getInput(i), o);
      }
    }
    scope.absent(f.getInputList());
    Attrs attrs = new Attrs(n, c.call()).withDefaults(f.getAttributeProtoList());
    run(
        f.getNodeList(),
        f.getOutputList(),
        new Context(
            scope,
            opsets(f.getOpsetImportList()),
            attrs,
            c.prefix() + nodeName(n) + "/",
            c.depth() + 1));
    return f.getOutputList().stream().map(scope::get).toList();
  }

  /**
   * Inlines a sub-graph: a branch, or one iteration of a loop.
   *
   * @param inputs values of the sub-graph's inputs
   * @param suffix tells iterations apart in names
   */
  List<Operand> inline(GraphProto g, OnnxNode node, List<Operand> inputs, String suffix) {
    require(
        g.getInputCount() == inputs.size(),
        "the sub-graph has %d inputs, not %d",
        g.getInputCount(),
        inputs.size());
    Context c = node.context();
    Scope scope = new Scope(file, c.scope());
    scope.initialisers(g.getInitializerList(), g.getSparseInitializerList());
    for (int i = 0; i < inputs.size(); i++) {
      scope.define(g.getInput(i).getName(), inputs.get(i));
    }
    List<String> outputs = g.getOutputList().stream().map(ValueInfoProto::getName).toList();
    String prefix = node.name() + suffix + "/";
    run(g.getNodeList(), outputs, new Context(scope, c.opsets(), c.call(), prefix, c.depth() + 1));
    return outputs.stream().map(scope::get).toList();
  }

  ModelFile file() {
    return file;
  }
}
