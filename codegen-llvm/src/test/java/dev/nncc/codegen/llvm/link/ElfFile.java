package dev.nncc.codegen.llvm.link;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads what tests ask of a 64-bit little-endian ELF file. */
final class ElfFile {
  private static final int DYNAMIC = 6;
  private static final int DYNSYM = 11;
  private static final int VERNEED = 0x6ffffffe;

  private final ByteBuffer b;
  private final Map<String, Section> sections = new TreeMap<>();

  record Section(int type, long flags, int offset, int size, int link, int count) {}

  record Segment(int type, int flags, long align) {}

  ElfFile(Path file) throws IOException {
    b = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int table = (int) b.getLong(40);
    int names = b.getInt(table + 64 * b.getShort(62) + 24);
    for (int i = 0; i < b.getShort(60); i++) {
      int at = table + 64 * i;
      sections.put(
          string(names + b.getInt(at)),
          new Section(
              b.getInt(at + 4),
              b.getLong(at + 8),
              (int) b.getLong(at + 24),
              (int) b.getLong(at + 32),
              b.getInt(at + 40),
              b.getInt(at + 44)));
    }
  }

  int machine() {
    return b.getShort(18);
  }

  Section section(String name) {
    return sections.get(name);
  }

  List<Segment> segments() {
    List<Segment> segments = new ArrayList<>();
    for (int i = 0; i < b.getShort(56); i++) {
      int at = (int) b.getLong(32) + 56 * i;
      segments.add(new Segment(b.getInt(at), b.getInt(at + 4), b.getLong(at + 48)));
    }
    return segments;
  }

  /** Values of a dynamic entry; names for NEEDED (1) and SONAME (14). */
  List<String> dynamic(int tag) {
    Section dynamic = ofType(DYNAMIC);
    int strings = sections.get(".dynstr").offset;
    List<String> values = new ArrayList<>();
    for (int at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
      if (b.getLong(at) == tag) {
        values.add(string(strings + (int) b.getLong(at + 8)));
      }
    }
    return values;
  }

  /** Names of the dynamic symbols, defined or not. */
  List<String> symbols(boolean defined) {
    Section symbols = ofType(DYNSYM);
    int strings = sections.get(".dynstr").offset;
    List<String> names = new ArrayList<>();
    for (int at = symbols.offset + 24; at < symbols.offset + symbols.size; at += 24) {
      if ((b.getShort(at + 6) != 0) == defined) {
        names.add(string(strings + b.getInt(at)));
      }
    }
    names.sort(null);
    return names;
  }

  /** Symbol versions that the file asks of other libraries. */
  List<String> neededVersions() {
    Section need = ofType(VERNEED);
    int strings = sections.get(".dynstr").offset;
    List<String> versions = new ArrayList<>();
    int at = need.offset;
    for (int i = 0; i < need.count; i++) {
      int aux = at + b.getInt(at + 8);
      for (int k = 0; k < b.getShort(at + 2); k++) {
        versions.add(string(strings + b.getInt(aux + 8)));
        aux += b.getInt(aux + 12);
      }
      at += b.getInt(at + 12);
    }
    return versions;
  }

  private Section ofType(int type) {
    return sections.values().stream().filter(s -> s.type == type).findFirst().orElseThrow();
  }

  private String string(int at) {
    int end = at;
    while (b.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end - at];
    b.get(at, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
