package dev.nncc.runtime;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What a library's file says of itself, looked at before the dynamic loader maps it: of a file that
 * is cut off that reads past the end, which ends the process, and of another machine's it says that
 * there is no such file.
 */
final class ElfHeader {
  private static final int HEADER_BYTES = 64;
  private static final int SEGMENT_BYTES = 56;
  private static final int MAGIC = 0x464c457f; // 7f 'E' 'L' 'F', as a little-endian word
  private static final int CLASS_64_LITTLE_ENDIAN = 0x0102;
  private static final int PT_LOAD = 1;

  private ElfHeader() {}

  /**
   * Refuses what the dynamic loader should not see.
   *
   * @throws NnccException if it is no library, for another machine, or not all there
   */
  static void check(Path file) {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      ByteBuffer header = read(in, 0, HEADER_BYTES);
      if (header.getInt(0) != MAGIC) {
        throw new EOFException();
      }
      requireThisMachine(file, header);
      ByteBuffer segments =
          read(in, header.getLong(32), SEGMENT_BYTES * (header.getShort(56) & 0xffff));
      long end = Math.max(end(segments), endOfSections(header));
      if (in.length() < end) {
        throw new NnccException(
            Status.CORRUPT,
            String.format(
                Locale.ROOT, "%s is cut off: it has %d of %d bytes", file, in.length(), end));
      }
    } catch (EOFException e) {
      throw new NnccException(Status.CORRUPT, file + " is not a compiled library");
    } catch (IOException e) {
      throw new NnccException(Status.ARGUMENT, file + " cannot be read");
    }
  }

  private static void requireThisMachine(Path file, ByteBuffer header) {
    String its =
        (header.getShort(4) & 0xffff) == CLASS_64_LITTLE_ENDIAN
            ? machine(header.getShort(18))
            : "another machine";
    String ours = System.getProperty("os.arch");
    if (!its.equals(ours)) {
      throw new NnccException(
          Status.CPU,
          String.format(
              "%s was compiled for %s, and this Java runs on %s; compile the model for it",
              file, its, ours));
    }
  }

  /** As Java calls it. */
  private static String machine(int number) {
    return number == 62 ? "amd64" : number == 183 ? "aarch64" : "another machine";
  }

  /** Where the last segment ends that is loaded. */
  private static long end(ByteBuffer segments) {
    long end = 0;
    for (int at = 0; at < segments.limit(); at += SEGMENT_BYTES) {
      if (segments.getInt(at) == PT_LOAD) {
        end = Math.max(end, segments.getLong(at + 8) + segments.getLong(at + 32));
      }
    }
    return end;
  }

  /** Where the table of sections ends: nothing maps it, but linkers write it last. */
  private static long endOfSections(ByteBuffer header) {
    return header.getLong(40) + (header.getShort(58) & 0xffffL) * (header.getShort(60) & 0xffff);
  }

  private static ByteBuffer read(RandomAccessFile in, long from, int count) throws IOException {
    byte[] bytes = new byte[count];
    in.seek(from);
    in.readFully(bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
