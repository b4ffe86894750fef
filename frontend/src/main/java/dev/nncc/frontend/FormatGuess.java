package dev.nncc.frontend;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.nncc.frontend.importing.ModelFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The format of a model by its content: the fields at the top of a protobuf message, or the first
 * words of its text form. Only what looks like nothing goes by its ending, and without one that is
 * known it is taken for ONNX, whose importer says what is wrong with it.
 */
final class FormatGuess {
  /** Enough of a text to find its first message in. */
  private static final int BEGINNING = 1 << 14;

  private static final Pattern CAFFE_TEXT =
      Pattern.compile(
          "(?m)^\\s*(layers?\\s*:?\\s*\\{|input_dim\\s*:|input_shape\\s*:?\\s*\\{|force_backward)");

  private static final Pattern TENSORFLOW_TEXT =
      Pattern.compile("(?m)^\\s*(node|meta_graphs|meta_info_def|graph_def)\\s*:?\\s*\\{");

  /** With what the facts of a meta graph may begin that could be a letter: tags, a version. */
  private static final Set<Integer> META_INFO = Set.of(message(4), message(5));

  private FormatGuess() {}

  static ModelFormat of(Path file) {
    String ending = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    if (Files.isDirectory(file)) {
      boolean saved = Files.exists(file.resolve("saved_model.pb"));
      return saved || Files.exists(file.resolve("saved_model.pbtxt"))
          ? ModelFormat.TENSORFLOW
          : ModelFormat.ONNX;
    }
    if (!Files.isRegularFile(file)) {
      return ModelFormat.ONNX;
    }
    try {
      byte[] first = beginning(file);
      if (isText(first)) {
        String text = new String(first, StandardCharsets.UTF_8);
        return CAFFE_TEXT.matcher(text).find()
            ? ModelFormat.CAFFE
            : TENSORFLOW_TEXT.matcher(text).find() ? ModelFormat.TENSORFLOW : byEnding(ending);
      }
      return byFields(fields(file), first, ending);
    } catch (IOException e) {
      return byEnding(ending);
    }
  }

  private static byte[] beginning(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(BEGINNING);
    }
  }

  private static boolean isText(byte[] bytes) {
    for (byte b : bytes) {
      if (b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t') {
        return false;
      }
    }
    return bytes.length > 0;
  }

  /**
   * Numbers of the fields at the top, times eight, plus their wire type, with how often each is
   * there; as far as it parses.
   */
  private static Map<Integer, Integer> fields(Path file) throws IOException {
    Map<Integer, Integer> fields = new TreeMap<>();
    try (InputStream stream = Files.newInputStream(file)) {
      CodedInputStream in = CodedInputStream.newInstance(stream);
      in.setSizeLimit(Integer.MAX_VALUE);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        fields.merge(tag, 1, Integer::sum);
        in.skipField(tag);
      }
    } catch (IOException e) {
      // A damaged file: what has been read tells enough.
      fields.put(0, 1);
    }
    return fields;
  }

  private static ModelFormat byFields(Map<Integer, Integer> fields, byte[] first, String ending) {
    if (fields.containsKey(message(100))) {
      return ModelFormat.CAFFE;
    }
    if (fields.containsKey(message(7))) {
      return ModelFormat.ONNX;
    }
    // A SavedModel has a version and meta graphs, and nothing else.
    if (fields.keySet().equals(Set.of(number(1), message(2)))) {
      return ModelFormat.TENSORFLOW;
    }
    int inner = innerTag(first);
    // The first field of a GraphDef is a node, whose first field is its name.
    if (fields.containsKey(message(1)) && inner == message(1)) {
      return ModelFormat.TENSORFLOW;
    }
    // Networks of the older generations are a name and layers.
    boolean layers = fields.containsKey(message(2)) && !fields.containsKey(number(1));
    if (!layers) {
      return byEnding(ending);
    }
    boolean caffe =
        first[0] == message(2)
            ? isLayer(inner, fields.getOrDefault(message(2), 0), ending)
            : inner >= ' ' && !META_INFO.contains(inner);
    return caffe ? ModelFormat.CAFFE : ModelFormat.TENSORFLOW;
  }

  /** Not a meta graph's only graph, which begins with a node; so does a layer of the first kind. */
  private static boolean isLayer(int inner, int count, String ending) {
    return inner != message(1) || count > 1 || byEnding(ending) == ModelFormat.CAFFE;
  }

  /** The byte behind the tag and the length of the first field. */
  private static int innerTag(byte[] first) {
    int at = 1;
    while (at < first.length && first[at] < 0) {
      at++;
    }
    return at + 1 < first.length ? first[at + 1] : 0;
  }

  private static ModelFormat byEnding(String ending) {
    if (ending.endsWith(".prototxt") || ending.endsWith(".caffemodel")) {
      return ModelFormat.CAFFE;
    }
    return ending.endsWith(".pb") || ending.endsWith(".pbtxt") || ending.endsWith(".meta")
        ? ModelFormat.TENSORFLOW
        : ModelFormat.ONNX;
  }

  private static int message(int field) {
    return field << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
  }

  private static int number(int field) {
    return field << 3 | WireFormat.WIRETYPE_VARINT;
  }
}
