package dev.nncc.graph.text;

/** Quoted text, with the escapes of JSON. */
final class Names {
  private Names() {}

  static boolean isWord(String s) {
    return !s.isEmpty() && s.chars().allMatch(Names::isWordCharacter);
  }

  static boolean isWordCharacter(int c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '_'
        || c == '.';
  }

  static String quoted(String s) {
    StringBuilder b = new StringBuilder("\"");
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      switch (c) {
        case '"' -> b.append("\\\"");
        case '\\' -> b.append("\\\\");
        case '\n' -> b.append("\\n");
        default -> {
          if (c < ' ' || c == 0x7F || Character.isSurrogate(c)) {
            b.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) c));
          } else {
            b.append(c);
          }
        }
      }
    }
    return b.append('"').toString();
  }
}
