package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.ConcatParameter;
import dev.nncc.frontend.caffe.proto.CropParameter;
import dev.nncc.frontend.caffe.proto.ReshapeParameter;
import dev.nncc.frontend.caffe.proto.SliceParameter;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.Tile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Layers that move elements without changing them. */
final class ShapeLayers {
  private ShapeLayers() {}

  static void addTo(LayerTable t) {
    t.add("Split", l -> Collections.nCopies(l.tops(), l.in(0)));
    t.add("Silence", l -> List.of());
    t.one("Concat", ShapeLayers::concat);
    t.add("Slice", ShapeLayers::slice);
    t.one("Reshape", ShapeLayers::reshape);
    t.one("Flatten", ShapeLayers::flatten);
    t.one("Permute", ShapeLayers::permute);
    t.one("Crop", ShapeLayers::crop);
    t.one("Tile", ShapeLayers::tile);
    t.one("BatchReindex", l -> l.emit(new Gather(0), l.in(0), l.cast(l.in(1), DType.I64)));
    t.one("ShuffleChannel", ShapeLayers::shuffle);
    t.one("Parameter", ShapeLayers::parameter);
  }

  private static Operand concat(CaffeLayer l) {
    ConcatParameter p = l.proto().getConcatParam();
    require(!p.hasConcatDim() || !p.hasAxis(), "both axis and concat_dim are given");
    int axis = p.hasConcatDim() ? p.getConcatDim() : p.getAxis();
    require(l.inputs() > 0, "there are no bottoms");
    return l.concat(l.all(), CaffeLayer.axis(axis, l.in(0).rank()));
  }

  private static List<Operand> slice(CaffeLayer l) {
    SliceParameter p = l.proto().getSliceParam();
    Operand x = l.in(0);
    require(!p.hasSliceDim() || !p.hasAxis(), "both axis and slice_dim are given");
    int axis = CaffeLayer.axis(p.hasSliceDim() ? p.getSliceDim() : p.getAxis(), x.rank());
    long extent = x.dim(axis);
    List<Long> ends = new ArrayList<>(p.getSlicePointList());
    if (ends.isEmpty()) {
      require(l.tops() > 0 && extent % l.tops() == 0, "%d parts of %s", l.tops(), x.type());
      for (int i = 1; i < l.tops(); i++) {
        ends.add(extent / l.tops() * i);
      }
    }
    require(ends.size() == l.tops() - 1, "%d of slice_point for %d tops", ends.size(), l.tops());
    ends.add(extent);
    List<Operand> parts = new ArrayList<>();
    long start = 0;
    for (long end : ends) {
      require(end > start && end <= extent, "slice_point %s of %s", ends, x.type());
      parts.add(l.slice(x, axis, start, end - start));
      start = end;
    }
    return parts;
  }

  /** Of the extents, 0 keeps that of the bottom and -1 is what remains. */
  private static Operand reshape(CaffeLayer l) {
    Operand x = l.in(0);
    ReshapeParameter p = l.proto().getReshapeParam();
    int start = CaffeLayer.axis(p.getAxis(), x.rank() + 1);
    int end = p.getNumAxes() == -1 ? x.rank() : start + p.getNumAxes();
    require(
        p.getNumAxes() >= -1 && end <= x.rank(),
        "%d axes from axis %d on of %s",
        p.getNumAxes(),
        start,
        x.type());
    List<Long> extents = new ArrayList<>(CaffeLayer.extents(x).subList(0, start));
    long known = CaffeLayer.count(x, 0, start);
    int open = -1;
    for (int i = 0; i < p.getShape().getDimCount(); i++) {
      long d = p.getShape().getDim(i);
      require(d >= -1, "extent %d", d);
      require(d != 0 || start + i < end, "extent 0 keeps axis %d of %s", start + i, x.type());
      require(d != -1 || open < 0, "two extents are -1");
      long extent = d == 0 ? x.dim(start + i) : d;
      open = d == -1 ? extents.size() : open;
      known = d == -1 ? known : Math.multiplyExact(known, extent);
      extents.add(extent);
    }
    extents.addAll(CaffeLayer.extents(x).subList(end, x.rank()));
    known = Math.multiplyExact(known, CaffeLayer.count(x, end, x.rank()));
    if (open >= 0) {
      require(known > 0 && x.shape().elements() % known == 0, "%s as %s", x.type(), extents);
      extents.set(open, x.shape().elements() / known);
    }
    return l.reshape(x, Shape.of(extents));
  }

  private static Operand flatten(CaffeLayer l) {
    Operand x = l.in(0);
    var p = l.proto().getFlattenParam();
    int start = CaffeLayer.axis(p.getAxis(), x.rank());
    int end = CaffeLayer.axis(p.getEndAxis(), x.rank());
    require(start <= end, "axes %d to %d", start, end);
    List<Long> extents = new ArrayList<>(CaffeLayer.extents(x).subList(0, start));
    extents.add(CaffeLayer.count(x, start, end + 1));
    extents.addAll(CaffeLayer.extents(x).subList(end + 1, x.rank()));
    return l.reshape(x, Shape.of(extents));
  }

  /** Axes that are not listed follow in their order. */
  private static Operand permute(CaffeLayer l) {
    Operand x = l.in(0);
    List<Integer> order = new ArrayList<>();
    for (int axis : l.proto().getPermuteParam().getOrderList()) {
      require(axis >= 0 && axis < x.rank() && !order.contains(axis), "order has axis %d", axis);
      order.add(axis);
    }
    for (int axis = 0; axis < x.rank(); axis++) {
      if (!order.contains(axis)) {
        order.add(axis);
      }
    }
    return l.transpose(x, order);
  }

  private static Operand crop(CaffeLayer l) {
    Operand x = l.in(0);
    Operand like = l.in(1);
    CropParameter p = l.proto().getCropParam();
    int axis = CaffeLayer.axis(p.getAxis(), x.rank());
    require(x.rank() == like.rank(), "%s like %s", x.type(), like.type());
    int offsets = p.getOffsetCount();
    require(
        offsets <= 1 || offsets == x.rank() - axis,
        "%d offsets for %d axes",
        offsets,
        x.rank() - axis);
    for (int i = axis; i < x.rank(); i++) {
      long offset = offsets == 0 ? 0 : p.getOffset(offsets == 1 ? 0 : i - axis);
      require(
          offset >= 0 && offset <= x.dim(i) - like.dim(i),
          "%d elements from %d on of axis %d of %s",
          like.dim(i),
          offset,
          i,
          x.type());
      x = l.slice(x, i, offset, like.dim(i));
    }
    return x;
  }

  private static Operand tile(CaffeLayer l) {
    Operand x = l.in(0);
    var p = l.proto().getTileParam();
    require(p.getTiles() > 0, "tiles is %d", p.getTiles());
    List<Long> repeats = new ArrayList<>(Collections.nCopies(x.rank(), 1L));
    repeats.set(CaffeLayer.axis(p.getAxis(), x.rank()), p.getTiles());
    return p.getTiles() == 1 ? x : l.emit(new Tile(repeats), x);
  }

  private static Operand shuffle(CaffeLayer l) {
    Operand x = l.in(0);
    long groups = l.proto().getShuffleChannelParam().getGroup();
    require(x.rank() >= 2, "%s has no channels", x.type());
    long channels = x.dim(1);
    require(groups > 0 && channels % groups == 0, "%d groups of %d", groups, channels);
    long rest = CaffeLayer.count(x, 2, x.rank());
    Operand grouped = l.reshape(x, x.dim(0), groups, channels / groups, rest);
    return l.reshape(l.transpose(grouped, List.of(0, 2, 1, 3)), x.shape());
  }

  private static Operand parameter(CaffeLayer l) {
    return l.weights(0, Shape.of(l.proto().getParameterParam().getShape().getDimList()));
  }
}
