package dev.nncc.maven;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The documentation comment of a generated class: the model's facts. */
record ModelDoc(ModelJob job, List<CompiledLibrary> libraries, JsonNode facts) {
  /**
   * The comment.
   *
   * @param example lines that show how the class is used
   */
  String text(List<String> example) {
    StringBuilder s = new StringBuilder("/**\n");
    JsonNode source = facts.path("source");
    line(s, "The model {@code %s}, compiled by nncc %s.", code(source, "file"), doc("nncc"));
    s.append(" *\n * <ul>\n");
    tensors(s, "input", facts.path("inputs"));
    tensors(s, "output", facts.path("outputs"));
    tensors(s, "kept from run to run:", facts.path("states"));
    for (JsonNode p : facts.path("profiles")) {
      item(s, "profile {@code %s}: %s", JavaText.code(p.path("name").asText()), shapes(p));
    }
    for (CompiledLibrary l : libraries) {
      item(s, "compiled for %s", machines(l.description()));
    }
    item(s, "%s", made(source));
    long functions = facts.path("kernels").findValuesAsText("function").stream().distinct().count();
    JsonNode sizes = facts.path("sizes");
    item(
        s,
        "%d functions, %s of weights, at most %s for intermediate values; products in %s",
        functions,
        megabytes(sizes.path("weights").asLong()),
        megabytes(sizes.path("arena").asLong()),
        doc("precision"));
    item(s, "SHA-256 of the model's files: {@code %s}", code(source, "sha256"));
    s.append(" * </ul>\n *\n");
    line(s, "<p>An object is for one run at a time; several share the weights:");
    line(s, "{@link #load} once, then a context for each thread.");
    s.append(" *\n * <pre>{@code\n");
    example.forEach(e -> s.append(" * ").append(e).append('\n'));
    return s.append(" * }</pre>\n */\n").toString();
  }

  private static void tensors(StringBuilder s, String role, JsonNode tensors) {
    for (JsonNode node : tensors) {
      TensorFacts t = TensorFacts.of(node);
      item(s, "%s {@code %s}: %s", role, JavaText.code(t.name()), t.typeText());
    }
  }

  private static String shapes(JsonNode profile) {
    List<String> words = new ArrayList<>();
    for (String side : List.of("inputs", "outputs")) {
      for (JsonNode node : profile.path(side)) {
        TensorFacts t = TensorFacts.of(node);
        words.add("{@code " + JavaText.code(t.name()) + "} " + t.typeText());
      }
    }
    return String.join(", ", words);
  }

  /** {@code x86_64-linux x86-64-v4, x86-64-v3}. */
  private static String machines(JsonNode description) {
    List<String> cpus = new ArrayList<>();
    description.path("variants").forEach(v -> cpus.add(v.path("cpu").asText()));
    String target = description.path("target").asText();
    String machine = target.substring(0, Math.max(0, target.indexOf(' ')));
    return JavaText.doc(cpus.isEmpty() ? target : machine + " " + String.join(", ", cpus));
  }

  /** Operators, parameters and who exported them. */
  private static String made(JsonNode source) {
    long nodes = 0;
    for (JsonNode count : source.path("operators")) {
      nodes += count.asLong();
    }
    String producer = source.path("producer").asText().strip();
    return String.format(
        Locale.ROOT,
        "%d operators, %,d parameters%s",
        nodes,
        source.path("parameters").asLong(),
        producer.isEmpty() ? "" : ", made by " + JavaText.doc(producer));
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }

  private String doc(String fact) {
    return JavaText.doc(facts.path(fact).asText());
  }

  private static String code(JsonNode from, String fact) {
    return JavaText.code(from.path(fact).asText());
  }

  private static void item(StringBuilder s, String format, Object... arguments) {
    s.append(" *   <li>").append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }

  private static void line(StringBuilder s, String format, Object... arguments) {
    s.append(" * ").append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
