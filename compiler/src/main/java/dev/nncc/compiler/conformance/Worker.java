package dev.nncc.compiler.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The inside of a worker process: one request a line (name, model folder and data folders,
 * separated by tabs), one answer a line ({@link Outcome#toJson}), until the requests end.
 */
public final class Worker {
  private static final String SEPARATOR = "\t";

  private Worker() {}

  /** Serves requests; returns when there are no more. */
  public static void serve(BufferedReader requests, PrintWriter answers, CaseRunner runner)
      throws IOException {
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      answers.println(runner.run(parse(line)).toJson());
      answers.flush();
    }
  }

  static String request(TestCase test) {
    List<String> words = new ArrayList<>(List.of(test.name(), test.folder().toString()));
    test.data().forEach(p -> words.add(p.toString()));
    return String.join(SEPARATOR, words);
  }

  private static TestCase parse(String line) {
    List<String> words = List.of(line.split(SEPARATOR, -1));
    return new TestCase(
        words.get(0),
        Path.of(words.get(1)),
        words.subList(2, words.size()).stream().map(Path::of).toList());
  }
}
