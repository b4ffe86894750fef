package dev.nncc.tensor.text;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tokens of a text; {@code #} starts a comment. */
final class Lexer {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s+|#[^\n]*|([A-Za-z_][A-Za-z_0-9.$']*|\\d+(?:\\.\\d+)?(?:[eE]-?\\d+)?"
              + "|\\+=|\\*=|&=|\\|=|\\^=|<<|>>|<=|==|//|.)");

  private static final String END = "<end>";

  private final List<String> tokens = new ArrayList<>();
  private int at;

  Lexer(String text) {
    for (Matcher m = TOKEN.matcher(text); m.find(); ) {
      String t = m.group(1);
      if (t != null) {
        tokens.add(t);
      }
    }
    tokens.add(END);
  }

  String peek() {
    return tokens.get(at);
  }

  String peek(int ahead) {
    return tokens.get(Math.min(at + ahead, tokens.size() - 1));
  }

  String next() {
    String t = tokens.get(at);
    at = Math.min(at + 1, tokens.size() - 1);
    return t;
  }

  boolean accept(String t) {
    if (peek().equals(t)) {
      at++;
      return true;
    }
    return false;
  }

  void expect(String t) {
    if (!accept(t)) {
      throw error("expected '" + t + "'");
    }
  }

  void expectEnd() {
    if (!peek().equals(END)) {
      throw error("expected the end");
    }
  }

  IllegalArgumentException error(String why) {
    List<String> near = tokens.subList(Math.max(0, at - 6), Math.min(tokens.size(), at + 5));
    return new IllegalArgumentException(why + " at '" + peek() + "' in: " + String.join(" ", near));
  }
}
