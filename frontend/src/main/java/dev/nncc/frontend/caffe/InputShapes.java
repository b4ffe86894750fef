package dev.nncc.frontend.caffe;

import dev.nncc.frontend.caffe.proto.BlobShape;
import dev.nncc.frontend.caffe.proto.DummyDataParameter;
import dev.nncc.frontend.caffe.proto.ImageDataParameter;
import dev.nncc.frontend.caffe.proto.LayerParameter;
import dev.nncc.frontend.caffe.proto.MemoryDataParameter;
import dev.nncc.frontend.caffe.proto.TransformationParameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The shapes that layers of data say their results have, as far as they say it. */
final class InputShapes {
  private InputShapes() {}

  /** The shape of one top; empty if the layer, or the files it reads, leave it open. */
  static Optional<List<Long>> of(LayerParameter l, int top) {
    return switch (l.getType()) {
      case NetLayers.INPUT -> listed(l.getInputParam().getShapeList(), top);
      case "DummyData" -> dummy(l.getDummyDataParam(), top);
      case "MemoryData" -> memory(l.getMemoryDataParam(), top);
      case "ImageData" -> images(l, top);
      case "Data" -> records(l, top);
      default -> Optional.empty();
    };
  }

  /** One shape for each top, or one for all. */
  private static Optional<List<Long>> listed(List<BlobShape> shapes, int top) {
    if (shapes.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(shapes.get(shapes.size() == 1 ? 0 : top(shapes, top)).getDimList());
  }

  private static int top(List<?> list, int top) {
    return Math.min(top, list.size() - 1);
  }

  private static Optional<List<Long>> dummy(DummyDataParameter p, int top) {
    if (p.getShapeCount() > 0 || p.getNumCount() == 0) {
      return listed(p.getShapeList(), top);
    }
    List<Long> out = new ArrayList<>();
    for (List<Long> extents :
        List.of(p.getNumList(), p.getChannelsList(), p.getHeightList(), p.getWidthList())) {
      out.add(extents.isEmpty() ? 1 : extents.get(top(extents, top)));
    }
    return Optional.of(out);
  }

  private static Optional<List<Long>> memory(MemoryDataParameter p, int top) {
    return Optional.of(
        top > 0
            ? List.of(p.getBatchSize())
            : List.of(p.getBatchSize(), p.getChannels(), p.getHeight(), p.getWidth()));
  }

  private static Optional<List<Long>> images(LayerParameter l, int top) {
    ImageDataParameter p = l.getImageDataParam();
    if (top > 0) {
      return Optional.of(List.of(p.getBatchSize()));
    }
    long crop = l.getTransformParam().getCropSize();
    long height = crop > 0 ? crop : p.getNewHeight();
    long width = crop > 0 ? crop : p.getNewWidth();
    return height > 0 && width > 0
        ? Optional.of(List.of(p.getBatchSize(), p.getIsColor() ? 3L : 1L, height, width))
        : Optional.empty();
  }

  /** The extents stand in a data base, unless the layer enforces them. */
  private static Optional<List<Long>> records(LayerParameter l, int top) {
    long batch = l.getDataParam().getBatchSize();
    TransformationParameter t = l.getTransformParam();
    if (top > 0) {
      return Optional.of(List.of(batch));
    }
    long channels = t.getForceColor() ? 3 : t.getForceGray() ? 1 : 0;
    return channels > 0 && t.getCropSize() > 0
        ? Optional.of(List.of(batch, channels, t.getCropSize(), t.getCropSize()))
        : Optional.empty();
  }
}
