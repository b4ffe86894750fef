package dev.nncc.codegen.llvm.link;

import dev.nncc.codegen.llvm.toolchain.Machine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a relocatable ELF file with one section of read-only data under one hidden symbol. The
 * data is streamed, so that gigabytes of weights pass through without being held; as LLVM constants
 * they would cost minutes and several times their size in memory.
 */
public final class ElfObject {
  private static final int HEADER = 64;
  private static final int SECTION_HEADER = 64;
  private static final int SYMBOL = 24;
  private static final int SECTIONS = 6;

  // sh_type, sh_flags, st_info, st_other
  private static final int PROGBITS = 1;
  private static final int SYMTAB = 2;
  private static final int STRTAB = 3;
  private static final int ALLOC = 2;
  private static final byte GLOBAL_OBJECT = 0x11;
  private static final byte HIDDEN = 2;

  private ElfObject() {}

  /**
   * The data section.
   *
   * @param name of the section, such as {@code .rodata.nncc_weights}
   * @param symbol at its start
   * @param bytes of data
   * @param alignment a power of two
   */
  public record Section(String name, String symbol, long bytes, int alignment) {
    public Section {
      if (bytes < 0 || Integer.bitCount(alignment) != 1) {
        throw new IllegalArgumentException(bytes + " bytes aligned to " + alignment);
      }
    }

    /**
     * The weights of a model as the runtime expects them: page-aligned, so that processes share the
     * pages.
     */
    public static Section weights(long bytes) {
      return new Section(".rodata.nncc_weights", ModelData.WEIGHTS_SYMBOL, bytes, 4096);
    }
  }

  /**
   * Where the data goes. Writes may come in any order and from several threads; what nobody writes
   * is zero.
   */
  public interface Sink {
    /**
     * Writes the remaining bytes of a buffer.
     *
     * @param offset from the start of the section
     */
    void write(long offset, ByteBuffer data) throws IOException;
  }

  /** Produces the data. */
  public interface Source {
    void writeTo(Sink sink) throws IOException;
  }

  /** Writes the file. */
  public static void write(Path file, Machine machine, Section section, Source source)
      throws IOException {
    StringTable names = new StringTable();
    int[] nameOffsets = {
      0,
      names.add(section.name()),
      names.add(".symtab"),
      names.add(".strtab"),
      names.add(".shstrtab"),
      names.add(".note.GNU-stack")
    };
    StringTable symbols = new StringTable();
    int symbolName = symbols.add(section.symbol());
    long data = align((long) HEADER + SECTIONS * SECTION_HEADER, section.alignment());
    long symtab = align(Math.addExact(data, section.bytes()), 8);
    long strtab = symtab + 2L * SYMBOL;
    long shstrtab = strtab + symbols.size();

    ByteBuffer head = buffer(HEADER + SECTIONS * SECTION_HEADER);
    header(head, machine);
    head.position(HEADER + SECTION_HEADER); // section 0 is all zero
    sectionHeader(
        head, nameOffsets[1], PROGBITS, ALLOC, data, section.bytes(), 0, 0, section.alignment(), 0);
    sectionHeader(head, nameOffsets[2], SYMTAB, 0, symtab, 2L * SYMBOL, 3, 1, 8, SYMBOL);
    sectionHeader(head, nameOffsets[3], STRTAB, 0, strtab, symbols.size(), 0, 0, 1, 0);
    sectionHeader(head, nameOffsets[4], STRTAB, 0, shstrtab, names.size(), 0, 0, 1, 0);
    sectionHeader(head, nameOffsets[5], PROGBITS, 0, shstrtab, 0, 0, 0, 1, 0);

    ByteBuffer tail = buffer(2 * SYMBOL + symbols.size() + names.size());
    tail.position(SYMBOL); // symbol 0 is all zero
    tail.putInt(symbolName)
        .put(GLOBAL_OBJECT)
        .put(HIDDEN)
        .putShort((short) 1)
        .putLong(0)
        .putLong(section.bytes());
    tail.put(symbols.bytes()).put(names.bytes());

    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      writeFully(channel, 0, head.flip());
      source.writeTo(
          (offset, bytes) -> {
            if (offset < 0 || offset > section.bytes() - bytes.remaining()) {
              throw new IllegalArgumentException(
                  bytes.remaining() + " bytes at " + offset + " of " + section.bytes());
            }
            writeFully(channel, data + offset, bytes);
          });
      writeFully(channel, symtab, tail.flip());
    }
  }

  private static void header(ByteBuffer head, Machine machine) {
    head.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0); // 64 bits, little-endian
    head.putShort((short) 1).putShort((short) machine.elfMachine()).putInt(1); // relocatable
    head.putLong(0).putLong(0).putLong(HEADER).putInt(0); // no entry, no segments; section headers
    head.putShort((short) HEADER).putShort((short) 0).putShort((short) 0);
    head.putShort((short) SECTION_HEADER)
        .putShort((short) SECTIONS)
        .putShort((short) 4); // names: section 4
  }

  private static void sectionHeader(
      ByteBuffer head,
      int name,
      int type,
      long flags,
      long offset,
      long size,
      int link,
      int info,
      long align,
      long entry) {
    head.putInt(name).putInt(type).putLong(flags).putLong(0).putLong(offset).putLong(size);
    head.putInt(link).putInt(info).putLong(align).putLong(entry);
  }

  private static void writeFully(FileChannel channel, long position, ByteBuffer bytes)
      throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static long align(long n, long to) {
    return (n + to - 1) / to * to;
  }

  /** Zero-terminated names, the first empty. */
  private static final class StringTable {
    private final java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();

    StringTable() {
      out.write(0);
    }

    int add(String name) {
      int offset = out.size();
      out.writeBytes(name.getBytes(StandardCharsets.UTF_8));
      out.write(0);
      return offset;
    }

    int size() {
      return out.size();
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
