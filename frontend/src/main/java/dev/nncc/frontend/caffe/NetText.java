package dev.nncc.frontend.caffe;

import com.google.protobuf.TextFormat;
import dev.nncc.frontend.caffe.proto.NetParameter;
import dev.nncc.graph.ModelException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Networks in the text form of protobuf. Fields that nobody knows are skipped and named. */
final class NetText {
  /**
   * What the parser says after it has read everything and skipped what it does not know. Asked to
   * tolerate unknown fields, it would say the same to a log.
   */
  private static final String SKIPPED = "Input contains unknown fields";

  private static final Pattern FIELD = Pattern.compile("nncc\\.caffe\\.([\\w.]+)");

  /** They choose between implementations of one meaning, or steer training. */
  private static final Set<String> HARMLESS =
      Set.of("engine", "variance_norm", "share_mode", "debug_info", "loss_param", "accuracy_param");

  private NetText() {}

  static NetParameter parse(String text, List<String> notes) {
    NetParameter.Builder net = NetParameter.newBuilder();
    try {
      TextFormat.Parser.newBuilder().build().merge(text, net);
    } catch (TextFormat.ParseException e) {
      String message = String.valueOf(e.getMessage());
      if (!message.contains(SKIPPED)) {
        throw new ModelException(syntax(message), e);
      }
      note(message, notes);
    }
    return net.build();
  }

  private static void note(String message, List<String> notes) {
    Set<String> names = new LinkedHashSet<>();
    Matcher m = FIELD.matcher(message);
    while (m.find()) {
      String field = m.group(1);
      if (!HARMLESS.contains(field.substring(field.lastIndexOf('.') + 1))) {
        names.add(field);
      }
    }
    if (!names.isEmpty()) {
      notes.add("fields that are not known were skipped: " + String.join(", ", names));
    }
  }

  /** {@code line:column: what} in words. */
  private static String syntax(String message) {
    String line = message.replaceAll("\\s+", " ").strip();
    Matcher m = Pattern.compile("^(\\d+):(\\d+): (.*)$").matcher(line);
    return m.matches() ? "line " + m.group(1) + ", column " + m.group(2) + ": " + m.group(3) : line;
  }
}
