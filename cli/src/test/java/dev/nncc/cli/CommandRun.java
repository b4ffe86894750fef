package dev.nncc.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * What a command line gave.
 *
 * @param code exit code
 */
record CommandRun(int code, String out, String err) {
  static CommandRun of(Object... words) {
    String[] args = new String[words.length];
    for (int i = 0; i < words.length; i++) {
      args[i] = String.valueOf(words[i]);
    }
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    return new CommandRun(code, out.toString(), err.toString());
  }
}
