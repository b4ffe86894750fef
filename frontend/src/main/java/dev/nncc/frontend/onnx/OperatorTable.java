package dev.nncc.frontend.onnx;

import dev.nncc.frontend.importing.Einsum;
import dev.nncc.frontend.importing.SupportedOp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which method imports which operator of which version. Immutable once built. */
final class OperatorTable {
  /** The newest version of the standard operator set that the importers were written against. */
  static final int NEWEST_OPSET = 28;

  private record Key(String domain, String name) {}

  private final Map<Key, TreeMap<Integer, NodeImporter>> importers = new LinkedHashMap<>();
  private final Map<Key, String> limits = new LinkedHashMap<>();

  private OperatorTable() {}

  /** All operators that can be imported. */
  static OperatorTable standard() {
    OperatorTable t = new OperatorTable();
    ElementwiseImports.addTo(t);
    ActivationImports.addTo(t);
    ConvolutionImports.addTo(t);
    PoolingImports.addTo(t);
    MatrixImports.addTo(t);
    t.one("Einsum", 12, n -> Einsum.of(n, n.attrs().text("equation", "")));
    ReductionImports.addTo(t);
    SoftmaxImports.addTo(t);
    NormalisationImports.addTo(t);
    ConstantImports.addTo(t);
    ShapeImports.addTo(t);
    SliceImports.addTo(t);
    PaddingImports.addTo(t);
    IndexingImports.addTo(t);
    ResizeImports.addTo(t);
    RecurrentImports.addTo(t);
    QuantisationImports.addTo(t);
    AttentionImports.addTo(t);
    LossImports.addTo(t);
    ControlImports.addTo(t);
    MicrosoftImports.addTo(t);
    MachineLearningImports.addTo(t);
    return t;
  }

  /**
   * Adds an operator of the standard domain.
   *
   * @param since first operator set version that the method understands
   */
  void add(String name, int since, NodeImporter importer) {
    add("", name, since, importer);
  }

  void one(String name, int since, NodeImporter.Single importer) {
    add("", name, since, n -> List.of(importer.importNode(n)));
  }

  void add(String domain, String name, int since, NodeImporter importer) {
    TreeMap<Integer, NodeImporter> versions =
        importers.computeIfAbsent(new Key(domain, name), k -> new TreeMap<>());
    if (versions.put(since, importer) != null) {
      throw new IllegalStateException(name + " since " + since + " is listed twice");
    }
  }

  /** Says in words what of an operator is not supported. */
  void limit(String name, String text) {
    limits.put(new Key("", name), text);
  }

  void limit(String domain, String name, String text) {
    limits.put(new Key(domain, name), text);
  }

  boolean knows(String domain, String name) {
    return importers.containsKey(new Key(domain, name));
  }

  /** The method for a version; null if there is none. */
  @Nullable NodeImporter find(String domain, String name, int version) {
    TreeMap<Integer, NodeImporter> versions = importers.get(new Key(domain, name));
    Map.Entry<Integer, NodeImporter> e = versions == null ? null : versions.floorEntry(version);
    return e == null ? null : e.getValue();
  }

  /** Sorted by domain and name. */
  List<SupportedOp> rows() {
    TreeMap<String, SupportedOp> rows = new TreeMap<>();
    importers.forEach(
        (key, versions) -> {
          String domain = key.domain().isEmpty() ? "ai.onnx" : key.domain();
          String since =
              versions.keySet().stream().map(String::valueOf).collect(Collectors.joining(", "));
          rows.put(
              domain + " " + key.name(),
              new SupportedOp(domain, key.name(), since, limits.getOrDefault(key, "")));
        });
    return new ArrayList<>(rows.values());
  }
}
