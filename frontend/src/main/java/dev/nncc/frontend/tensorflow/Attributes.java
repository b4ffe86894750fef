package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.tensorflow.proto.AttrValue;
import dev.nncc.frontend.tensorflow.proto.AttrValue.ValueCase;
import dev.nncc.frontend.tensorflow.proto.DataType;
import dev.nncc.frontend.tensorflow.proto.NameAttrList;
import dev.nncc.frontend.tensorflow.proto.NodeDef;
import dev.nncc.frontend.tensorflow.proto.TensorProto;
import dev.nncc.frontend.tensorflow.proto.TensorShapeProto;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a node; those that name an attribute of the function around it are replaced.
 */
final class Attributes {
  private final Map<String, AttrValue> values;
  private final Map<String, AttrValue> call;

  /**
   * @param call attributes of the call of the function that the node stands in
   */
  Attributes(NodeDef node, Map<String, AttrValue> call) {
    this.values = node.getAttrMap();
    this.call = call;
  }

  private @Nullable AttrValue find(String name) {
    AttrValue v = values.get(name);
    if (v != null && v.getValueCase() == ValueCase.PLACEHOLDER) {
      v = call.get(v.getPlaceholder());
      require(v != null, "attribute '%s' is given by nobody", name);
    }
    return v;
  }

  private @Nullable AttrValue find(String name, ValueCase kind) {
    AttrValue v = find(name);
    require(
        v == null || v.getValueCase() == kind,
        "attribute '%s' is not of kind %s",
        name,
        kind.name().toLowerCase(java.util.Locale.ROOT));
    return v;
  }

  boolean has(String name) {
    return find(name) != null;
  }

  private static ModelException missing(String name) {
    return new ModelException("attribute '" + name + "' is missing");
  }

  long integer(String name, long otherwise) {
    AttrValue v = find(name, ValueCase.I);
    return v == null ? otherwise : v.getI();
  }

  double number(String name, double otherwise) {
    AttrValue v = find(name, ValueCase.F);
    return v == null ? otherwise : v.getF();
  }

  boolean flag(String name, boolean otherwise) {
    AttrValue v = find(name, ValueCase.B);
    return v == null ? otherwise : v.getB();
  }

  String text(String name, String otherwise) {
    AttrValue v = find(name, ValueCase.S);
    return v == null ? otherwise : v.getS().toStringUtf8();
  }

  DataType type(String name) {
    AttrValue v = find(name, ValueCase.TYPE);
    if (v == null) {
      throw missing(name);
    }
    return v.getType();
  }

  DType dtype(String name) {
    return Tensors.dtype(type(name));
  }

  DType dtype(String name, DType otherwise) {
    return has(name) ? dtype(name) : otherwise;
  }

  private AttrValue.ListValue list(String name) {
    AttrValue v = find(name, ValueCase.LIST);
    return v == null ? AttrValue.ListValue.getDefaultInstance() : v.getList();
  }

  List<Long> integers(String name) {
    return list(name).getIList();
  }

  /** Empty if there is no such list. */
  List<DataType> types(String name) {
    AttrValue v = find(name);
    return v != null && v.getValueCase() == ValueCase.LIST ? v.getList().getTypeList() : List.of();
  }

  List<NameAttrList> functions(String name) {
    return list(name).getFuncList();
  }

  TensorProto tensor(String name) {
    AttrValue v = find(name, ValueCase.TENSOR);
    if (v == null) {
      throw missing(name);
    }
    return v.getTensor();
  }

  /** Null if there is none. */
  @Nullable TensorShapeProto shape(String name) {
    AttrValue v = find(name, ValueCase.SHAPE);
    return v == null ? null : v.getShape();
  }

  NameAttrList function(String name) {
    AttrValue v = find(name, ValueCase.FUNC);
    if (v == null) {
      throw missing(name);
    }
    return v.getFunc();
  }
}
