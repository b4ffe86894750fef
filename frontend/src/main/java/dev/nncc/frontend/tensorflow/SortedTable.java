package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.ModelException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The index file of a checkpoint: a table of sorted keys as LevelDB writes it. A footer of 48 bytes
 * names the block of the index, whose values name the blocks with the data. In a block each key
 * says how many bytes it shares with the one before; behind it stand its kind of compression and
 * its checksum.
 */
final class SortedTable {
  private static final long MAGIC = 0xdb4775248b80fb57L;
  private static final int FOOTER = 48;
  private static final int TRAILER = 5;
  private static final int MASK = 0xa282ead8;

  private final ByteBuffer file;
  private final Map<String, ByteBuffer> entries = new LinkedHashMap<>();

  private SortedTable(ByteBuffer file) {
    this.file = file.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * All entries, by key; a byte of a key is a character here.
   *
   * @throws ModelException if the table is damaged
   */
  static Map<String, ByteBuffer> read(ByteBuffer bytes) {
    SortedTable t = new SortedTable(bytes);
    try {
      t.readAll();
    } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new ModelException("the index of the checkpoint is damaged", e);
    }
    return t.entries;
  }

  /** The checksum as files store it. */
  static int checksum(ByteBuffer... parts) {
    CRC32C crc = new CRC32C();
    for (ByteBuffer p : parts) {
      crc.update(p.duplicate());
    }
    int c = (int) crc.getValue();
    return (c >>> 15 | c << 17) + MASK;
  }

  private void readAll() {
    int size = file.limit();
    require(
        size >= FOOTER && file.getLong(size - 8) == MAGIC,
        "the index of the checkpoint is damaged");
    ByteBuffer footer = file.slice(size - FOOTER, FOOTER - 8);
    number(footer);
    number(footer);
    Map<String, ByteBuffer> blocks = new LinkedHashMap<>();
    entries(block(footer), blocks);
    for (ByteBuffer handle : blocks.values()) {
      entries(block(handle), entries);
    }
  }

  /** The content of the block that a handle (offset and size) points to. */
  private ByteBuffer block(ByteBuffer handle) {
    long offset = number(handle);
    long size = number(handle);
    require(
        offset >= 0 && size >= 0 && offset <= file.limit() - TRAILER - size,
        "the index of the checkpoint is damaged");
    ByteBuffer content = file.slice((int) offset, (int) size).order(ByteOrder.LITTLE_ENDIAN);
    int end = (int) (offset + size);
    require(
        file.getInt(end + 1) == checksum(file.slice((int) offset, (int) size + 1)),
        "the index of the checkpoint is damaged (its checksum is wrong)");
    require(file.get(end) == 0, "the index of the checkpoint is compressed; that is not supported");
    return content;
  }

  private static void entries(ByteBuffer block, Map<String, ByteBuffer> into) {
    int restarts = block.getInt(block.limit() - 4);
    int end = block.limit() - 4 - Math.multiplyExact(4, restarts);
    require(restarts >= 0 && end >= 0, "the index of the checkpoint is damaged");
    byte[] key = {};
    while (block.position() < end) {
      int shared = Math.toIntExact(number(block));
      int rest = Math.toIntExact(number(block));
      int length = Math.toIntExact(number(block));
      require(
          shared >= 0 && shared <= key.length && rest >= 0 && rest <= end,
          "the index of the checkpoint is damaged");
      byte[] next = Arrays.copyOf(key, shared + rest);
      block.get(next, shared, rest);
      key = next;
      into.put(new String(key, StandardCharsets.ISO_8859_1), block.slice(block.position(), length));
      block.position(block.position() + length);
    }
  }

  /** A number of seven bits a byte, lowest first. */
  private static long number(ByteBuffer b) {
    long n = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = b.get();
      n |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return n;
      }
    }
    throw new ModelException("the index of the checkpoint is damaged");
  }
}
