package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.SupportedOp;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which method imports which operator. Immutable once built. */
final class Operators {
  private final TreeMap<String, NodeImporter> importers = new TreeMap<>();
  private final TreeMap<String, String> limits = new TreeMap<>();

  private Operators() {}

  /** All operators that can be imported. */
  static Operators standard() {
    Operators t = new Operators();
    ElementwiseImports.addTo(t);
    ConstantImports.addTo(t);
    ShapeImports.addTo(t);
    SliceImports.addTo(t);
    ContractionImports.addTo(t);
    PoolImports.addTo(t);
    ReductionImports.addTo(t);
    IndexingImports.addTo(t);
    MatrixImports.addTo(t);
    ResizeImports.addTo(t);
    ImageImports.addTo(t);
    SignalImports.addTo(t);
    RecurrentImports.addTo(t);
    QuantisationImports.addTo(t);
    DataShapedImports.addTo(t);
    LinearAlgebraImports.addTo(t);
    SvdImports.addTo(t);
    GammaImports.addTo(t);
    RandomImports.addTo(t);
    ArrayImports.addTo(t);
    ControlFlow.addTo(t);
    return t;
  }

  void add(String name, NodeImporter importer) {
    if (importers.put(name, importer) != null) {
      throw new IllegalStateException(name + " is listed twice");
    }
  }

  void one(String name, NodeImporter.Single importer) {
    add(name, n -> List.of(Token.of(importer.importNode(n))));
  }

  void many(String name, NodeImporter.Many importer) {
    add(name, n -> importer.importNode(n).stream().map(Token::of).toList());
  }

  /** Says in words what of an operator is not supported. */
  void limit(String name, String text) {
    limits.put(name, text);
  }

  /** Null if it cannot be imported. */
  @Nullable NodeImporter find(String name) {
    return importers.get(name);
  }

  /** Sorted by name. */
  List<SupportedOp> rows() {
    List<SupportedOp> rows = new ArrayList<>();
    for (String op : List.of("Enter", "Exit", "LoopCond", "Merge", "NextIteration", "Switch")) {
      rows.add(new SupportedOp("tensorflow", op, "", limits.getOrDefault(op, "")));
    }
    for (String op : importers.keySet()) {
      rows.add(new SupportedOp("tensorflow", op, "", limits.getOrDefault(op, "")));
    }
    rows.sort((a, b) -> a.name().compareTo(b.name()));
    return rows;
  }

  /** For operators that pass their operand on. */
  static Operand same(TensorflowNode n) {
    return n.in(0);
  }
}
