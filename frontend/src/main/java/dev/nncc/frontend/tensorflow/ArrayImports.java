package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.frontend.tensorflow.proto.TensorShapeProto;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TensorArrays and TensorLists. Both are lists of tensors while the model is imported: a write
 * makes a new list. The elements of a TensorArray travel with its flow.
 */
final class ArrayImports {
  private static final long MOST = 100_000;

  private ArrayImports() {}

  static void addTo(Operators t) {
    t.add("TensorArrayV3", ArrayImports::make);
    t.add("TensorArrayWriteV3", n -> list(written(n.elements(3), index(n, 1), n.in(2))));
    t.one("TensorArrayReadV3", n -> read(n, n.elements(2), index(n, 1)));
    t.one("TensorArrayGatherV3", n -> gather(n, n.elements(2), n.knownIntegers(1, "indices")));
    t.add("TensorArrayScatterV3", ArrayImports::scatter);
    t.many("TensorArrayConcatV3", n -> concat(n, n.elements(1)));
    t.add(
        "TensorArraySplitV3",
        n ->
            list(
                new Item.Elements(
                    n.in(1).dtype(), parts(n, n.in(1), n.knownIntegers(2, "lengths")))));
    t.one("TensorArraySizeV3", n -> n.number(DType.I32, n.elements(1).list().size()));
    lists(t);
  }

  private static void lists(Operators t) {
    t.add(
        "TensorListReserve",
        n -> list(empty(n.attrs().dtype("element_dtype"), n.knownInteger(1, "num_elements"))));
    t.add("EmptyTensorList", n -> list(empty(n.attrs().dtype("element_dtype"), 0)));
    t.add(
        "TensorListFromTensor",
        n ->
            list(
                new Item.Elements(
                    n.in(0).dtype(),
                    parts(
                            n,
                            n.in(0),
                            Collections.nCopies((int) Math.min(MOST + 1, n.in(0).dim(0)), 1L))
                        .stream()
                        .map(p -> n.squeeze(p, List.of(0)))
                        .toList())));
    t.add("TensorListSetItem", n -> list(written(n.elements(0), index(n, 1), n.in(2))));
    t.one("TensorListGetItem", n -> read(n, n.elements(0), index(n, 1)));
    t.one("TensorListStack", n -> gather(n, n.elements(0), all(n.elements(0))));
    t.one("TensorListGather", n -> gather(n, n.elements(0), n.knownIntegers(1, "indices")));
    t.many("TensorListConcatV2", n -> concat(n, n.elements(0)));
    t.one("TensorListLength", n -> n.number(DType.I32, n.elements(0).list().size()));
    t.add(
        "TensorListPushBack",
        n -> list(written(n.elements(0), n.elements(0).list().size(), n.in(1))));
    t.add("TensorListPopBack", ArrayImports::pop);
  }

  private static List<Token> list(Item.Elements e) {
    return List.of(Token.of(e));
  }

  private static Item.Elements empty(DType dtype, long size) {
    require(size >= 0 && size <= MOST, "a list of %d tensors", size);
    return new Item.Elements(dtype, Collections.nCopies((int) size, null));
  }

  private static List<Token> make(TensorflowNode n) {
    DType dtype = n.attrs().dtype("dtype");
    Item.Elements none = empty(dtype, n.knownInteger(0, "size"));
    return List.of(Token.of(new Item.ArrayHandle(dtype)), Token.of(none));
  }

  private static int index(TensorflowNode n, int input) {
    long i = n.knownInteger(input, "index");
    require(i >= 0 && i <= MOST, "index %d", i);
    return (int) i;
  }

  /** Lists grow as far as they are written. */
  private static Item.Elements written(Item.Elements e, int index, Operand value) {
    List<@Nullable Operand> all = new ArrayList<>(e.list());
    while (all.size() <= index) {
      all.add(null);
    }
    all.set(index, value);
    return new Item.Elements(e.dtype(), all);
  }

  /** An element; zeros, where nothing was written but a shape is known. */
  private static Operand read(TensorflowNode n, Item.Elements e, int index) {
    require(index < e.list().size(), "index %d of %d elements", index, e.list().size());
    Operand o = e.list().get(index);
    return o != null ? o : n.filled(e.dtype(), elementShape(n, e), 0);
  }

  private static Shape elementShape(TensorflowNode n, Item.Elements e) {
    for (Operand o : e.list()) {
      if (o != null) {
        return o.shape();
      }
    }
    TensorShapeProto said = n.attrs().shape("element_shape");
    if (said == null && n.inputs() > 1 && n.op().startsWith("TensorList")) {
      List<Long> extents = n.knownIntegers(n.inputs() - 1, "element_shape");
      UnsupportedFeature.when(extents.contains(-1L), "a list of nothing, without a full shape");
      return Shape.of(extents);
    }
    UnsupportedFeature.when(
        said == null || said.getUnknownRank() || Tensors.extents(said).contains(-1L),
        "a list of nothing, without a full shape");
    return Shape.of(Tensors.extents(said == null ? TensorShapeProto.getDefaultInstance() : said));
  }

  private static List<Long> all(Item.Elements e) {
    List<Long> out = new ArrayList<>();
    for (long i = 0; i < e.list().size(); i++) {
      out.add(i);
    }
    return out;
  }

  private static Operand gather(TensorflowNode n, Item.Elements e, List<Long> indices) {
    if (indices.isEmpty()) {
      List<Long> extents = new ArrayList<>(List.of(0L));
      Arrays.stream(elementShape(n, e).toArray()).forEach(extents::add);
      return n.filled(e.dtype(), Shape.of(extents), 0);
    }
    return n.stack(indices.stream().map(i -> read(n, e, Math.toIntExact(i))).toList(), 0);
  }

  private static List<Token> scatter(TensorflowNode n) {
    Item.Elements e = n.elements(3);
    List<Long> indices = n.knownIntegers(1, "indices");
    require(
        n.in(2).rank() > 0 && indices.size() == n.in(2).dim(0),
        "%d parts of %s",
        indices.size(),
        n.in(2).type());
    for (int i = 0; i < indices.size(); i++) {
      e = written(e, Math.toIntExact(indices.get(i)), n.at(n.in(2), 0, i));
    }
    return list(e);
  }

  private static List<Operand> parts(TensorflowNode n, Operand x, List<Long> lengths) {
    require(x.rank() > 0 && lengths.size() <= MOST, "%s in parts", x.type());
    List<Operand> out = new ArrayList<>();
    long at = 0;
    for (long length : lengths) {
      require(length >= 0 && length <= x.dim(0) - at, "%s in parts %s", x.type(), lengths);
      out.add(n.slice(x, 0, at, length));
      at += length;
    }
    return out;
  }

  private static List<Operand> concat(TensorflowNode n, Item.Elements e) {
    List<Operand> parts = new ArrayList<>();
    for (int i = 0; i < e.list().size(); i++) {
      parts.add(read(n, e, i));
    }
    require(!parts.isEmpty(), "there is nothing to join");
    long[] lengths = parts.stream().mapToLong(p -> p.dim(0)).toArray();
    return List.of(n.concat(parts, 0), n.integers(DType.I64, lengths));
  }

  private static List<Token> pop(TensorflowNode n) {
    Item.Elements e = n.elements(0);
    int last = e.list().size() - 1;
    if (last < 0) {
      throw new ModelException("the list is empty");
    }
    Item.Elements rest = new Item.Elements(e.dtype(), e.list().subList(0, last));
    return List.of(Token.of(rest), Token.of(read(n, e, last)));
  }
}
