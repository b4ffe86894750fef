package dev.nncc.graph.text;

import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;

/**
 * A place in a text; all errors name its line and column. Spaces are skipped, line ends are not.
 */
final class Cursor {
  private static final int END = -1;

  private final String text;
  private int at;

  Cursor(String text) {
    this.text = text;
  }

  int position() {
    skip();
    return at;
  }

  ModelException error(int position, String message) {
    return new ModelException(where(position) + ": " + message);
  }

  /** The same failure with its place. */
  ModelException error(int position, RuntimeException cause) {
    return new ModelException(where(position) + ": " + cause.getMessage(), cause);
  }

  private String where(int position) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < position; i++) {
      column++;
      if (text.charAt(i) == '\n') {
        line++;
        column = 1;
      }
    }
    return "line " + line + ", column " + column;
  }

  private ModelException expected(String what) {
    int c = peek();
    String found =
        c == END ? "the end of the text" : c == '\n' ? "the end of the line" : "'" + (char) c + "'";
    return error(at, "expected " + what + ", found " + found);
  }

  private void skip() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '/' && text.startsWith("//", at)) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (c == ' ' || c == '\t' || c == '\r') {
        at++;
      } else {
        return;
      }
    }
  }

  /** The next character that is no space, or a negative number. */
  int peek() {
    skip();
    return at < text.length() ? text.charAt(at) : END;
  }

  boolean atEnd() {
    return peek() == END;
  }

  boolean accept(char c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) {
      throw expected("'" + c + "'");
    }
  }

  void skipEmptyLines() {
    while (accept('\n')) {}
  }

  void expectEndOfLine() {
    if (!atEnd()) {
      if (!accept('\n')) {
        throw expected("the end of the line");
      }
    }
  }

  /** Whether the next word is this one; then goes behind it. */
  boolean acceptWord(String word) {
    skip();
    int end = at + word.length();
    boolean there =
        text.startsWith(word, at)
            && (end == text.length() || !Names.isWordCharacter(text.charAt(end)));
    at += there ? word.length() : 0;
    return there;
  }

  String word(String what) {
    skip();
    int start = at;
    while (at < text.length() && Names.isWordCharacter(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw expected(what);
    }
    return text.substring(start, at);
  }

  boolean atWord() {
    return Names.isWordCharacter(peek());
  }

  /** A value: {@code %12} or a word. */
  String label() {
    return accept('%') ? "%" + word("a number") : word("a value");
  }

  String string() {
    expect('"');
    StringBuilder b = new StringBuilder();
    while (at < text.length() && text.charAt(at) != '\n') {
      char c = text.charAt(at++);
      if (c == '"') {
        return b.toString();
      }
      b.append(c == '\\' ? escaped() : c);
    }
    throw error(at, "the text in quotes does not end");
  }

  private char escaped() {
    char c = at < text.length() ? text.charAt(at++) : '\n';
    return switch (c) {
      case '"', '\\' -> c;
      case 'n' -> '\n';
      case 'u' -> {
        if (at + 4 > text.length() || !text.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) {
          throw error(at, "expected four hexadecimal digits");
        }
        at += 4;
        yield (char) Integer.parseInt(text.substring(at - 4, at), 16);
      }
      default -> throw error(at, "no such escape");
    };
  }

  boolean atNumber() {
    int c = peek();
    return c == '-' || c >= '0' && c <= '9';
  }

  /** A number or word as it is written. */
  String numberText() {
    skip();
    int start = at;
    while (at < text.length()
        && (Names.isWordCharacter(text.charAt(at)) || "+-".indexOf(text.charAt(at)) >= 0)) {
      at++;
    }
    if (at == start) {
      throw expected("a number");
    }
    return text.substring(start, at);
  }

  /** Long, or Double where there is a point or an exponent. */
  Number number() {
    int start = position();
    String s = numberText();
    try {
      // No conditional operator: it would turn both into doubles.
      if (s.matches("-?[0-9]+")) {
        return Long.valueOf(s);
      }
      return Double.valueOf(s);
    } catch (NumberFormatException e) {
      throw new ModelException(where(start) + ": no number: " + s, e);
    }
  }

  /** {@code f32[1,n]}. */
  TensorType type() {
    int start = position();
    String word = word("a type");
    DType dtype =
        DType.parse(word).orElseThrow(() -> error(start, "no element type is called " + word));
    int open = at;
    int close = text.indexOf(']', at);
    if (peek() != '[' || close < 0 || text.substring(open, close).indexOf('\n') >= 0) {
      throw error(open, "expected a shape in brackets");
    }
    at = close + 1;
    TensorType type = new TensorType(dtype, shape(open));
    if (type.shape().dims().stream().anyMatch(d -> d.isConstant() && d.value() < 0)) {
      throw error(open, "negative extent");
    }
    checkSize(type, open);
    return type;
  }

  private void checkSize(TensorType type, int open) {
    try {
      ModelException.require(!type.shape().isConstant() || type.bytes() >= 0, "negative size");
    } catch (ArithmeticException e) {
      throw new ModelException(where(open) + ": too many elements", e);
    }
  }

  private Shape shape(int open) {
    try {
      return Shape.parse(text.substring(open, at));
    } catch (ModelException e) {
      throw error(open, e);
    }
  }
}
