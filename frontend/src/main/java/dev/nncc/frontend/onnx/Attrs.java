package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.onnx.proto.AttributeProto;
import dev.nncc.frontend.onnx.proto.AttributeProto.AttributeType;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.graph.ModelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The attributes of one node. Inside a function, references to the call's attributes resolved. */
final class Attrs {
  private final Map<String, AttributeProto> values = new LinkedHashMap<>();

  /**
   * @param call the attributes of the function call that the node belongs to; null outside
   *     functions
   */
  Attrs(NodeProto node, @Nullable Attrs call) {
    for (AttributeProto a : node.getAttributeList()) {
      AttributeProto value = a;
      if (a.hasRefAttrName() && !a.getRefAttrName().isEmpty()) {
        if (call == null) {
          throw new ModelException(
              "attribute " + a.getName() + " refers to a function's attribute");
        }
        value = call.values.get(a.getRefAttrName());
      }
      if (value != null) {
        require(values.put(a.getName(), value) == null, "attribute %s is given twice", a.getName());
      }
    }
  }

  /** Adds what the node does not say. */
  Attrs withDefaults(List<AttributeProto> defaults) {
    for (AttributeProto a : defaults) {
      values.putIfAbsent(a.getName(), a);
    }
    return this;
  }

  private static ModelException missing(String name) {
    return new ModelException("attribute " + name + " is missing");
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  List<String> names() {
    return List.copyOf(values.keySet());
  }

  /** The attribute if it is there; very old files leave the type out. */
  private @Nullable AttributeProto get(String name, AttributeType type, boolean present) {
    AttributeProto a = values.get(name);
    if (a == null) {
      return null;
    }
    AttributeType t = a.getType();
    require(
        t == type || (t == AttributeType.UNDEFINED && (present || isList(type))),
        "attribute %s is no %s",
        name,
        type);
    return a;
  }

  private static boolean isList(AttributeType t) {
    return t == AttributeType.INTS || t == AttributeType.FLOATS || t == AttributeType.STRINGS;
  }

  private @Nullable AttributeProto get(String name, AttributeType type) {
    return get(name, type, true);
  }

  long integer(String name, long otherwise) {
    AttributeProto a = get(name, AttributeType.INT);
    return a == null ? otherwise : a.getI();
  }

  long integer(String name) {
    require(has(name), "attribute %s is missing", name);
    return integer(name, 0);
  }

  boolean flag(String name, boolean otherwise) {
    return integer(name, otherwise ? 1 : 0) != 0;
  }

  double number(String name, double otherwise) {
    AttributeProto a = get(name, AttributeType.FLOAT);
    return a == null ? otherwise : a.getF();
  }

  String text(String name, String otherwise) {
    AttributeProto a = get(name, AttributeType.STRING);
    return a == null ? otherwise : a.getS().toStringUtf8();
  }

  List<String> texts(String name) {
    AttributeProto a = get(name, AttributeType.STRINGS);
    List<String> out = new ArrayList<>();
    if (a != null) {
      a.getStringsList().forEach(s -> out.add(s.toStringUtf8()));
    }
    return out;
  }

  /** Empty when absent; {@link #has} tells. */
  List<Long> integers(String name) {
    AttributeProto a = get(name, AttributeType.INTS);
    return a == null ? List.of() : List.copyOf(a.getIntsList());
  }

  List<Float> numbers(String name) {
    AttributeProto a = get(name, AttributeType.FLOATS);
    return a == null ? List.of() : List.copyOf(a.getFloatsList());
  }

  TensorProto tensor(String name) {
    AttributeProto a = get(name, AttributeType.TENSOR);
    if (a == null || !a.hasT()) {
      throw missing(name);
    }
    return a.getT();
  }

  AttributeProto raw(String name) {
    AttributeProto a = values.get(name);
    if (a == null) {
      throw missing(name);
    }
    return a;
  }

  GraphProto graph(String name) {
    AttributeProto a = get(name, AttributeType.GRAPH);
    if (a == null || !a.hasG()) {
      throw missing(name);
    }
    return a.getG();
  }
}
