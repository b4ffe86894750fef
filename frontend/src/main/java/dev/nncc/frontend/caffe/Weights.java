package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.nncc.frontend.caffe.proto.BlobWeights;
import dev.nncc.frontend.caffe.proto.LayerWeights;
import dev.nncc.frontend.caffe.proto.LayerWeightsV1;
import dev.nncc.frontend.caffe.proto.NetWeights;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.DType;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The weights of layers, by the layer's name. Floats stay where they lie in the file. */
final class Weights {
  private static final int FLOATS = 5;
  private static final int DOUBLES = 8;

  private final Map<String, List<BlobWeights>> blobs = new LinkedHashMap<>();

  Weights(NetWeights net) {
    for (LayerWeightsV1 l : net.getLayersList()) {
      boolean oldest = l.hasLayer();
      put(
          oldest ? l.getLayer().getName() : l.getName(),
          l.getBlobsCount() > 0 || !oldest ? l.getBlobsList() : l.getLayer().getBlobsList());
    }
    for (LayerWeights l : net.getLayerList()) {
      put(l.getName(), l.getBlobsList());
    }
  }

  /** A file that both trains and tests has a layer of data for each, with one name. */
  private void put(String layer, List<BlobWeights> of) {
    if (!of.isEmpty()) {
      blobs.put(layer, of);
    }
  }

  boolean isEmpty() {
    return blobs.isEmpty();
  }

  /** How many tensors a layer has; 0 if the file does not know it. */
  int count(String layer) {
    return blobs.getOrDefault(layer, List.of()).size();
  }

  /** Elements of all tensors together, as far as their shapes say. */
  long parameters() {
    long sum = 0;
    for (List<BlobWeights> of : blobs.values()) {
      for (BlobWeights b : of) {
        sum = Math.addExact(sum, shape(b).elements());
      }
    }
    return sum;
  }

  Tensor get(String layer, int i) {
    return decode(blobs.getOrDefault(layer, List.of()).get(i));
  }

  private static Shape shape(BlobWeights b) {
    boolean old = b.hasNum() || b.hasChannels() || b.hasHeight() || b.hasWidth();
    return TensorProtos.shape(
        old && !b.hasShape()
            ? List.of(b.getNum(), b.getChannels(), b.getHeight(), b.getWidth())
            : b.getShape().getDimList());
  }

  private static Tensor decode(BlobWeights b) {
    Shape shape = shape(b);
    ByteBuffer doubles = bytes(b, b.getDoubleDataList(), DOUBLES);
    boolean wide = doubles.remaining() > 0;
    ByteBuffer data = wide ? doubles : bytes(b, b.getDataList(), FLOATS);
    TensorType type = new TensorType(wide ? DType.F64 : DType.F32, shape);
    require(
        data.remaining() == type.bytes(),
        "weights %s need %d bytes, there are %d",
        shape,
        type.bytes(),
        data.remaining());
    Tensor t = new Tensor(type, Payload.of(data));
    return wide ? narrow(t) : t;
  }

  private static Tensor narrow(Tensor t) {
    TensorBuilder b = new TensorBuilder(t.type().withDtype(DType.F32));
    Tensor.Elements e = t.reader();
    for (long i = 0; i < t.elements(); i++) {
      b.set(i, e.number(i));
    }
    return b.build();
  }

  /** All runs of packed numbers, or numbers that were not packed, in one piece. */
  private static ByteBuffer bytes(Message message, List<ByteString> runs, int field) {
    if (runs.size() == 1) {
      return runs.get(0).asReadOnlyByteBuffer();
    }
    List<ByteBuffer> all = new ArrayList<>();
    runs.forEach(r -> all.add(r.asReadOnlyByteBuffer()));
    if (all.isEmpty()) {
      all.add(unpacked(message.getUnknownFields().getField(field)));
    }
    long size = all.stream().mapToLong(ByteBuffer::remaining).sum();
    ByteBuffer joined = TensorBuilder.allocate(size);
    all.forEach(joined::put);
    return joined.flip();
  }

  private static ByteBuffer unpacked(UnknownFieldSet.Field field) {
    List<Integer> floats = field.getFixed32List();
    List<Long> doubles = field.getFixed64List();
    ByteBuffer out =
        ByteBuffer.allocate(Integer.BYTES * floats.size() + Long.BYTES * doubles.size())
            .order(ByteOrder.LITTLE_ENDIAN);
    floats.forEach(out::putInt);
    doubles.forEach(out::putLong);
    return out.flip();
  }
}
