package dev.nncc.graph.text;

import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Graphs as two files: the text, and beside it the constants that the text names by their hash.
 * {@code model.nn} goes with {@code model.weights}: the letters NNCCWTS1, the number of constants;
 * for each its hash, offset in the file and size; then their bytes, each at a multiple of 64.
 * Numbers are 64-bit little endian.
 */
public final class GraphFiles {
  private static final long MAGIC = 0x3153_5457_4343_4e4eL;
  private static final int ENTRY = 24;
  private static final int ALIGNMENT = 64;

  private GraphFiles() {}

  /**
   * Writes both files, the second one only if it is needed.
   *
   * @param text where the text goes; its name ends in {@code .nn}
   */
  public static void write(Graph graph, Path text) throws IOException {
    Map<String, Tensor> large = new LinkedHashMap<>();
    Files.writeString(text, GraphPrinter.print(graph, large));
    if (!large.isEmpty()) {
      writeWeights(large, weights(text));
    }
  }

  private static Path weights(Path text) {
    String name = text.toAbsolutePath().getFileName().toString();
    String stem = name.endsWith(".nn") ? name.substring(0, name.length() - 3) : name;
    return text.resolveSibling(stem + ".weights");
  }

  private static void writeWeights(Map<String, Tensor> large, Path file) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(16 + ENTRY * large.size()).order(ByteOrder.LITTLE_ENDIAN);
    head.putLong(MAGIC).putLong(large.size());
    long at = align(head.capacity());
    for (Map.Entry<String, Tensor> e : large.entrySet()) {
      long size = e.getValue().payload().size();
      head.put(HexFormat.of().parseHex(e.getKey())).putLong(at).putLong(size);
      at = align(at + size);
    }
    try (FileChannel out =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      writeAll(out, head.flip(), 0);
      long place = align(head.capacity());
      for (Tensor t : large.values()) {
        writeAll(out, t.payload().bytes(), place);
        place = align(place + t.payload().size());
      }
    }
  }

  private static long align(long at) {
    return (at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private static void writeAll(FileChannel out, ByteBuffer bytes, long place) throws IOException {
    long at = place;
    while (bytes.hasRemaining()) {
      at += out.write(bytes, at);
    }
  }

  /**
   * Reads a text and maps the constants beside it.
   *
   * @throws ModelException if the text or the other file is not well formed
   */
  public static Graph read(Path text) throws IOException {
    String source = Files.readString(text, StandardCharsets.UTF_8);
    Path file = weights(text);
    Map<String, Payload> payloads = Files.exists(file) ? map(file) : Map.of();
    return GraphParser.parse(source, hash -> Optional.ofNullable(payloads.get(hash)));
  }

  private static Map<String, Payload> map(Path file) throws IOException {
    Map<String, Payload> payloads = new LinkedHashMap<>();
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = in.size();
      require(size >= 16, file, "is too short");
      ByteBuffer start = range(in, 0, 16);
      require(start.getLong() == MAGIC, file, "is no weights file");
      long count = start.getLong();
      require(count >= 0 && count <= (size - 16) / ENTRY, file, "is too short");
      ByteBuffer entries = range(in, 16, count * ENTRY);
      for (long i = 0; i < count; i++) {
        byte[] hash = new byte[8];
        entries.get(hash);
        long at = entries.getLong();
        long bytes = entries.getLong();
        require(at >= 0 && bytes >= 0 && at <= size - bytes, file, "is too short");
        require(bytes <= Integer.MAX_VALUE, file, "has a constant above 2 GB");
        payloads.put(HexFormat.of().formatHex(hash), Payload.of(range(in, at, bytes)));
      }
    }
    return payloads;
  }

  private static ByteBuffer range(FileChannel in, long at, long size) throws IOException {
    return in.map(FileChannel.MapMode.READ_ONLY, at, size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void require(boolean condition, Path file, String what) {
    ModelException.require(condition, "%s %s", file, what);
  }
}
