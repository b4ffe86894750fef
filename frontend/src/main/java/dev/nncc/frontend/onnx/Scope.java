package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.onnx.proto.SparseTensorProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names that nodes of one graph may use: its inputs, initialisers and results, and what the
 * graph around it defines. Initialisers are decoded when first used. Only looked up, never
 * iterated.
 */
final class Scope {
  /** Stands for the results of a node that could not be imported. */
  static final Operand UNAVAILABLE =
      Operand.computed("unavailable", new TensorType(DType.BOOL, Shape.SCALAR));

  private final @Nullable Scope outer;
  private final ModelFile file;
  private final Map<String, Operand> values = new LinkedHashMap<>();
  private final Map<String, TensorProto> initialisers = new LinkedHashMap<>();
  private final Map<String, SparseTensorProto> sparse = new LinkedHashMap<>();
  private final Set<String> absent = new LinkedHashSet<>();

  Scope(ModelFile file, @Nullable Scope outer) {
    this.file = file;
    this.outer = outer;
  }

  void initialisers(List<TensorProto> tensors, List<SparseTensorProto> sparseTensors) {
    for (TensorProto t : tensors) {
      require(!t.getName().isEmpty(), "an initializer has no name");
      require(
          initialisers.put(t.getName(), t) == null,
          "initializer '%s' is defined twice",
          t.getName());
    }
    for (SparseTensorProto t : sparseTensors) {
      String name = t.getValues().getName();
      require(
          !initialisers.containsKey(name) && sparse.put(name, t) == null,
          "initializer '%s' is defined twice",
          name);
    }
  }

  boolean hasInitialiser(String name) {
    return initialisers.containsKey(name) || sparse.containsKey(name);
  }

  /** Makes the initialiser of this name invisible: an input has taken its place. */
  void dropInitialiser(String name) {
    initialisers.remove(name);
    sparse.remove(name);
  }

  void define(String name, Operand value) {
    require(
        !hasInitialiser(name) && values.put(name, value) == null, "'%s' is defined twice", name);
  }

  /** Names of a function that a call may leave out. */
  void absent(List<String> names) {
    absent.addAll(names);
  }

  /** Whether a name stands for an operand that the call of a function left out. */
  boolean isAbsent(String name) {
    for (Scope s = this; s != null; s = s.outer) {
      if (s.values.containsKey(name)) {
        return false;
      }
      if (s.absent.contains(name)) {
        return true;
      }
    }
    return false;
  }

  /** The meaning of a name; null if nobody defines it. */
  @Nullable Operand find(String name) {
    for (Scope s = this; s != null; s = s.outer) {
      Operand o = s.local(name);
      if (o != null) {
        return o;
      }
    }
    return null;
  }

  Operand get(String name) {
    Operand o = find(name);
    if (o == null) {
      throw new ModelException("'" + name + "' is defined by no node, initializer or graph input");
    }
    return o;
  }

  private @Nullable Operand local(String name) {
    Operand o = values.get(name);
    if (o == null && hasInitialiser(name)) {
      o = Operand.known(name, initialiser(name));
      values.put(name, o);
    }
    return o;
  }

  Tensor initialiser(String name) {
    TensorProto dense = initialisers.get(name);
    SparseTensorProto s = sparse.get(name);
    try {
      if (dense != null) {
        return file.tensor(dense);
      }
      if (s != null) {
        return SparseTensors.densify(s, file);
      }
    } catch (ModelException e) {
      throw new ModelException("initializer '" + name + "': " + e.getMessage(), e);
    }
    throw new IllegalStateException(name);
  }
}
