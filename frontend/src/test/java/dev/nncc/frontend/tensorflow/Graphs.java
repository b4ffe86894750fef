package dev.nncc.frontend.tensorflow;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.tensorflow.proto.AttrValue;
import dev.nncc.frontend.tensorflow.proto.DataType;
import dev.nncc.frontend.tensorflow.proto.FunctionDef;
import dev.nncc.frontend.tensorflow.proto.GraphDef;
import dev.nncc.frontend.tensorflow.proto.NameAttrList;
import dev.nncc.frontend.tensorflow.proto.NodeDef;
import dev.nncc.frontend.tensorflow.proto.OpDef;
import dev.nncc.frontend.tensorflow.proto.TensorProto;
import dev.nncc.frontend.tensorflow.proto.TensorShapeProto;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Writes small models for tests. Names of inputs are separated by commas. */
final class Graphs {
  private final GraphDef.Builder graph = GraphDef.newBuilder();

  GraphDef build() {
    return graph.build();
  }

  static NodeDef node(String op, String name, String inputs, Object... attributes) {
    NodeDef.Builder n = NodeDef.newBuilder().setOp(op).setName(name);
    Arrays.stream(inputs.split(",", -1)).filter(s -> !s.isEmpty()).forEach(n::addInput);
    for (int i = 0; i < attributes.length; i += 2) {
      n.putAttr((String) attributes[i], value(attributes[i + 1]));
    }
    return n.build();
  }

  private static AttrValue value(Object v) {
    AttrValue.Builder a = AttrValue.newBuilder();
    if (v instanceof Long i) {
      a.setI(i);
    } else if (v instanceof Float f) {
      a.setF(f);
    } else if (v instanceof Boolean b) {
      a.setB(b);
    } else if (v instanceof String s) {
      a.setS(ByteString.copyFromUtf8(s));
    } else if (v instanceof DataType t) {
      a.setType(t);
    } else if (v instanceof NameAttrList f) {
      a.setFunc(f);
    } else if (v instanceof TensorShapeProto s) {
      a.setShape(s);
    } else if (v instanceof TensorProto t) {
      a.setTensor(t);
    } else if (v instanceof long[] list) {
      a.getListBuilder().addAllI(Arrays.stream(list).boxed().toList());
    } else if (v instanceof AttrValue given) {
      a.mergeFrom(given);
    } else {
      throw new IllegalArgumentException(String.valueOf(v));
    }
    return a.build();
  }

  static TensorShapeProto shape(long... extents) {
    TensorShapeProto.Builder s = TensorShapeProto.newBuilder();
    for (long e : extents) {
      s.addDim(TensorShapeProto.Dim.newBuilder().setSize(e));
    }
    return s.build();
  }

  Graphs add(String op, String name, String inputs, Object... attributes) {
    graph.addNode(node(op, name, inputs, attributes));
    return this;
  }

  Graphs producer(int version) {
    graph.getVersionsBuilder().setProducer(version);
    return this;
  }

  Graphs input(String name, long... extents) {
    return add("Placeholder", name, "", "dtype", DataType.DT_FLOAT, "shape", shape(extents));
  }

  Graphs ints(String name, long[] extents, int... values) {
    TensorProto.Builder t =
        TensorProto.newBuilder().setDtype(DataType.DT_INT32).setTensorShape(shape(extents));
    Arrays.stream(values).forEach(t::addIntVal);
    return add("Const", name, "", "dtype", DataType.DT_INT32, "value", t.build());
  }

  Graphs integer(String name, int value) {
    return ints(name, new long[0], value);
  }

  Graphs list(String name, int... values) {
    return ints(name, new long[] {values.length}, values);
  }

  static TensorProto numbers(long[] extents, float... values) {
    TensorProto.Builder t =
        TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).setTensorShape(shape(extents));
    for (float v : values) {
      t.addFloatVal(v);
    }
    return t.build();
  }

  Graphs floats(String name, long[] extents, float... values) {
    return add("Const", name, "", "dtype", DataType.DT_FLOAT, "value", numbers(extents, values));
  }

  static NameAttrList function(String name) {
    return NameAttrList.newBuilder().setName(name).build();
  }

  /** A function; arguments and results ({@code name=node:result:0}) are separated by commas. */
  Graphs function(String name, String arguments, String results, NodeDef... nodes) {
    OpDef.Builder signature = OpDef.newBuilder().setName(name);
    for (String a : arguments.split(",", -1)) {
      signature.addInputArg(OpDef.ArgDef.newBuilder().setName(a).setType(DataType.DT_FLOAT));
    }
    FunctionDef.Builder f = FunctionDef.newBuilder().addAllNodeDef(List.of(nodes));
    for (String r : results.split(",", -1)) {
      String[] parts = r.split("=", 2);
      signature.addOutputArg(OpDef.ArgDef.newBuilder().setName(parts[0]));
      f.putRet(parts[0], parts[1]);
    }
    graph.getLibraryBuilder().addFunction(f.setSignature(signature));
    return this;
  }

  static Path write(Path file, Message message) {
    try {
      Files.createDirectories(file.getParent());
      return Files.write(file, message.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path write(Path folder) {
    return write(folder.resolve("model.pb"), build());
  }

  Graph load(Path folder, ImportOptions options) {
    return Importers.importModel(write(folder), options).graph();
  }

  Graph load(Path folder) {
    return load(folder, ImportOptions.NONE);
  }

  /** Imports and evaluates; the first output. */
  double[] run(Path folder, Tensor... inputs) {
    return Evaluator.evaluate(load(folder), List.of(inputs)).get(0).toDoubles();
  }
}
