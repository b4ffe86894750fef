package dev.nncc.frontend.importing;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.nncc.graph.ModelException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Messages in the text form of protobuf. Fields that nobody knows are skipped and named. */
public final class ProtoText {
  /**
   * What the parser says after it has read everything and skipped what it does not know. Asked to
   * tolerate unknown fields, it would say the same to a log.
   */
  private static final String SKIPPED = "Input contains unknown fields";

  private static final Pattern FIELD = Pattern.compile("nncc\\.\\w+\\.([\\w.]+)");

  private static final Pattern PLACE = Pattern.compile("^(\\d+):(\\d+): (.*)$");

  private ProtoText() {}

  /**
   * Reads a text into a message.
   *
   * @return the fields that were skipped, such as {@code LayerParameter.engine}
   * @throws ModelException if it is no such text; the message begins with the line
   */
  public static Set<String> merge(String text, Message.Builder into) {
    Set<String> skipped = new LinkedHashSet<>();
    try {
      TextFormat.Parser.newBuilder().build().merge(text, into);
    } catch (TextFormat.ParseException e) {
      String message = String.valueOf(e.getMessage());
      if (!message.contains(SKIPPED)) {
        throw new ModelException(syntax(message), e);
      }
      Matcher m = FIELD.matcher(message);
      while (m.find()) {
        skipped.add(m.group(1));
      }
    }
    return skipped;
  }

  /** {@code line:column: what} in words. */
  private static String syntax(String message) {
    String line = message.replaceAll("\\s+", " ").strip();
    Matcher m = PLACE.matcher(line);
    return m.matches() ? "line " + m.group(1) + ", column " + m.group(2) + ": " + m.group(3) : line;
  }
}
