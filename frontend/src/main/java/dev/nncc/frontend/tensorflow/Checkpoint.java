package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.nncc.frontend.files.MappedFiles;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.frontend.tensorflow.proto.BundleEntryProto;
import dev.nncc.frontend.tensorflow.proto.BundleHeaderProto;
import dev.nncc.frontend.tensorflow.proto.TensorSliceProto;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tensors of a checkpoint: an index that says where each lies, and shards with their bytes.
 * Tensors that were saved in slices are put together.
 */
final class Checkpoint {
  private final Path prefix;
  private final Map<String, ByteBuffer> index;
  private final int shards;
  private final Map<Integer, ByteBuffer> open = new TreeMap<>();

  private Checkpoint(Path prefix, Map<String, ByteBuffer> index, int shards) {
    this.prefix = prefix;
    this.index = index;
    this.shards = shards;
  }

  static Path indexOf(Path prefix) {
    return prefix.resolveSibling(prefix.getFileName() + ".index");
  }

  /**
   * Opens a checkpoint.
   *
   * @param prefix what the names of its files begin with: {@code variables/variables}
   */
  static Checkpoint open(Path prefix) {
    Path file = indexOf(prefix);
    return MappedFiles.named(file, () -> read(prefix, file));
  }

  private static Checkpoint read(Path prefix, Path file) {
    try {
      Map<String, ByteBuffer> index = SortedTable.read(MappedFiles.map(file));
      ByteBuffer header = index.get("");
      if (header == null) {
        throw new ModelException("the index of the checkpoint has no header");
      }
      BundleHeaderProto h = BundleHeaderProto.parseFrom(header.duplicate());
      require(
          h.getEndianness() == BundleHeaderProto.Endianness.LITTLE,
          "big-endian checkpoints are not supported");
      require(h.getNumShards() >= 1, "the checkpoint has %d shards", h.getNumShards());
      return new Checkpoint(prefix, index, h.getNumShards());
    } catch (InvalidProtocolBufferException e) {
      throw new ModelException("the header is damaged", e);
    }
  }

  boolean has(String name) {
    return !name.isEmpty() && index.containsKey(name);
  }

  /** Files that have been read so far, in a fixed order. */
  List<Path> files() {
    List<Path> out = new ArrayList<>(List.of(indexOf(prefix)));
    open.keySet().forEach(s -> out.add(shard(s)));
    return out;
  }

  /**
   * A tensor.
   *
   * @throws ModelException if there is none of this name, or it is damaged
   */
  Tensor tensor(String name) {
    require(has(name), "the checkpoint has no '%s'", name);
    try {
      BundleEntryProto e = entry(name);
      List<Long> extents = Tensors.extents(e.getShape());
      TensorType type = new TensorType(Tensors.dtype(e.getDtype()), TensorProtos.shape(extents));
      return e.getSlicesCount() == 0 ? whole(e, type) : joined(name, e, type);
    } catch (ModelException x) {
      throw new ModelException("checkpoint '" + name + "': " + x.getMessage(), x);
    }
  }

  private BundleEntryProto entry(String key) {
    ByteBuffer b = index.get(key);
    if (b == null) {
      throw new ModelException("a slice is missing");
    }
    try {
      return BundleEntryProto.parseFrom(b.duplicate());
    } catch (InvalidProtocolBufferException e) {
      throw new ModelException("the entry is damaged", e);
    }
  }

  private Tensor whole(BundleEntryProto e, TensorType type) {
    require(
        e.getSize() == type.bytes(),
        "%s needs %d bytes, there are %d",
        type,
        type.bytes(),
        e.getSize());
    int id = e.getShardId();
    require(id >= 0 && id < shards, "there is no shard %d", id);
    ByteBuffer shard = open.computeIfAbsent(id, s -> mapped(shard(s)));
    require(
        e.getOffset() >= 0 && e.getOffset() <= shard.limit() - e.getSize(),
        "shard %d ends in the middle",
        id);
    ByteBuffer bytes = shard.slice((int) e.getOffset(), (int) e.getSize());
    require(SortedTable.checksum(bytes) == e.getCrc32C(), "the checksum is wrong");
    return Tensors.raw(type, bytes);
  }

  private static ByteBuffer mapped(Path shard) {
    MappedFiles.requireWithin(shard, shard.toAbsolutePath().getParent(), "");
    return MappedFiles.named(shard, () -> MappedFiles.map(shard));
  }

  private Path shard(int id) {
    String ending = String.format(Locale.ROOT, ".data-%05d-of-%05d", id, shards);
    return prefix.resolveSibling(prefix.getFileName() + ending);
  }

  private Tensor joined(String name, BundleEntryProto e, TensorType type) {
    require(
        type.shape().elements() <= Integer.MAX_VALUE / type.dtype().bytes(),
        "%s is too large",
        type);
    TensorBuilder b = new TensorBuilder(type);
    long filled = 0;
    for (TensorSliceProto s : e.getSlicesList()) {
      long[] starts = new long[type.rank()];
      List<Long> sizes = new ArrayList<>();
      require(s.getExtentCount() == type.rank(), "a slice does not fit %s", type);
      for (int i = 0; i < type.rank(); i++) {
        TensorSliceProto.Extent x = s.getExtent(i);
        starts[i] = x.hasLength() ? x.getStart() : 0;
        sizes.add(x.hasLength() ? x.getLength() : type.dim(i));
        require(
            starts[i] >= 0 && sizes.get(i) >= 0 && starts[i] <= type.dim(i) - sizes.get(i),
            "a slice does not fit %s",
            type);
      }
      TensorType part = type.withShape(Shape.of(sizes));
      copy(whole(entry(SliceKeys.of(name, s)), part), b, type, starts);
      filled += part.shape().elements();
    }
    require(filled == type.shape().elements(), "the slices leave gaps or overlap");
    return b.build();
  }

  /** Sets the part of a tensor that begins at some indices. */
  private static void copy(Tensor part, TensorBuilder into, TensorType type, long[] starts) {
    long[] strides = type.shape().strides();
    long[] partStrides = part.shape().strides();
    Tensor.Elements from = part.reader();
    boolean floats = part.dtype().isFloat();
    for (long i = 0; i < part.elements(); i++) {
      long at = 0;
      long rest = i;
      for (int k = 0; k < strides.length; k++) {
        at += (starts[k] + rest / partStrides[k]) * strides[k];
        rest %= partStrides[k];
      }
      if (floats) {
        into.set(at, from.number(i));
      } else {
        into.set(at, from.integer(i));
      }
    }
  }
}
