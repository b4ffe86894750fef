package dev.nncc.maven;

/** Texts of models as parts of Java sources, which have nothing but ASCII then. */
final class JavaText {
  private JavaText() {}

  /** A literal. */
  static String string(String text) {
    StringBuilder s = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        s.append('\\').append(c);
      } else if (c >= ' ' && c < 127) {
        s.append(c);
      } else {
        s.append(String.format("\\u%04x", (int) c));
      }
    }
    // An escape stands for the character before the source is split into tokens.
    return s.append('"').toString().replace("\\u000a", "\\n").replace("\\u000d", "\\r");
  }

  /** Text of a documentation comment. */
  static String doc(String text) {
    StringBuilder s = new StringBuilder();
    for (char c : text.toCharArray()) {
      boolean plain = c >= ' ' && c < 127 && "<>&@*/\\{}".indexOf(c) < 0;
      s.append(plain ? String.valueOf(c) : "&#" + (int) c + ";");
    }
    return s.toString();
  }

  /** The same within a code tag, where entities are not read. */
  static String code(String text) {
    return text.replaceAll("[^ -~]|[@\\\\{}]", "?").replace("*/", "*?");
  }
}
