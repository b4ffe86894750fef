package dev.nncc.passes.simplify;

/** Expected texts of graphs with the one input {@code x: f64[2,3]}. */
final class Graphs {
  private Graphs() {}

  /** The last line's value is the output. */
  static String text(String... lines) {
    String last = lines[lines.length - 1];
    String out = last.substring(0, last.indexOf(' '));
    return "in x: f64[2,3]\n" + String.join("\n", lines) + "\nout " + out + "\n";
  }
}
