package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.tensorflow.proto.BundleEntryProto;
import dev.nncc.frontend.tensorflow.proto.BundleHeaderProto;
import dev.nncc.frontend.tensorflow.proto.DataType;
import dev.nncc.frontend.tensorflow.proto.TensorSliceProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes checkpoints for tests: one shard, blocks of three entries, keys with common beginnings.
 */
final class Bundles {
  private static final int ENTRIES = 3;

  private final TreeMap<String, byte[]> entries = new TreeMap<>();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  Bundles() {
    entries.put("", BundleHeaderProto.newBuilder().setNumShards(1).build().toByteArray());
  }

  void tensor(String key, DataType dtype, List<Long> extents, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float v : values) {
      bytes.putFloat(v);
    }
    BundleEntryProto e =
        BundleEntryProto.newBuilder()
            .setDtype(dtype)
            .setShape(Graphs.shape(extents.stream().mapToLong(Long::longValue).toArray()))
            .setOffset(data.size())
            .setSize(bytes.capacity())
            .setCrc32C(SortedTable.checksum(bytes.flip()))
            .build();
    data.writeBytes(bytes.array());
    entries.put(key, e.toByteArray());
  }

  void sliced(String key, List<Long> extents, List<TensorSliceProto> slices) {
    entries.put(
        key,
        BundleEntryProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setShape(Graphs.shape(extents.stream().mapToLong(Long::longValue).toArray()))
            .addAllSlices(slices)
            .build()
            .toByteArray());
  }

  void write(Path prefix) throws IOException {
    Files.createDirectories(prefix.getParent());
    Files.write(
        prefix.resolveSibling(prefix.getFileName() + ".data-00000-of-00001"), data.toByteArray());
    Files.write(Checkpoint.indexOf(prefix), table());
  }

  private byte[] table() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TreeMap<String, byte[]> index = new TreeMap<>();
    TreeMap<String, byte[]> block = new TreeMap<>();
    for (Map.Entry<String, byte[]> e : entries.entrySet()) {
      block.put(e.getKey(), e.getValue());
      if (block.size() == ENTRIES || e.getKey().equals(entries.lastKey())) {
        index.put(e.getKey(), block(block, out));
        block.clear();
      }
    }
    byte[] meta = block(new TreeMap<>(), out);
    byte[] handle = block(index, out);
    ByteBuffer footer = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
    footer.put(meta).put(handle).putLong(40, 0xdb4775248b80fb57L);
    out.writeBytes(footer.array());
    return out.toByteArray();
  }

  /** Writes a block; its handle. */
  private static byte[] block(Map<String, byte[]> entries, ByteArrayOutputStream out) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    String before = "";
    for (Map.Entry<String, byte[]> e : entries.entrySet()) {
      String key = e.getKey();
      int shared = 0;
      while (shared < Math.min(before.length(), key.length())
          && before.charAt(shared) == key.charAt(shared)) {
        shared++;
      }
      number(block, shared);
      number(block, key.length() - shared);
      number(block, e.getValue().length);
      block.writeBytes(key.substring(shared).getBytes(StandardCharsets.ISO_8859_1));
      block.writeBytes(e.getValue());
      before = key;
    }
    // One restart point, at the beginning.
    block.writeBytes(new byte[] {0, 0, 0, 0, 1, 0, 0, 0});
    int size = block.size();
    block.write(0);
    ByteArrayOutputStream handle = new ByteArrayOutputStream();
    number(handle, out.size());
    number(handle, size);
    out.writeBytes(block.toByteArray());
    ByteBuffer sum = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    out.writeBytes(sum.putInt(SortedTable.checksum(ByteBuffer.wrap(block.toByteArray()))).array());
    return handle.toByteArray();
  }

  private static void number(ByteArrayOutputStream out, int n) {
    int rest = n;
    while (rest > 0x7F) {
      out.write(rest & 0x7F | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }
}
