package dev.nncc.compiler.conformance;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What became of one test.
 *
 * @param why one line; for a passed test the figures of its worst output
 * @param operators that the model uses; sorted
 * @param seconds for compiling and running
 */
public record Outcome(String name, Kind kind, String why, List<String> operators, double seconds) {
  /** The ends of a test. */
  public enum Kind {
    /** All stored outputs agree. */
    PASSED,
    /**
     * An output misses its stored one, which is itself farther from exact arithmetic than the
     * tolerance; ours is not.
     */
    EXCUSED,
    /** Wrong outputs, or a fault of the compiler or of the compiled code. */
    FAILED,
    /**
     * The compiler says that it does not support the model, or the test stores no plain tensors.
     */
    REFUSED
  }

  public Outcome {
    operators = List.copyOf(operators);
  }

  /** The same with the operators of the test's model. */
  Outcome with(Set<String> names) {
    return new Outcome(name, kind, why, new ArrayList<>(new TreeSet<>(names)), seconds);
  }

  Outcome withSeconds(double s) {
    return new Outcome(name, kind, why, operators, s);
  }

  static Outcome passed(String name, String why) {
    return new Outcome(name, Kind.PASSED, why, List.of(), 0);
  }

  static Outcome excused(String name, String why) {
    return new Outcome(name, Kind.EXCUSED, why, List.of(), 0);
  }

  static Outcome failed(String name, String why) {
    return new Outcome(name, Kind.FAILED, why, List.of(), 0);
  }

  static Outcome refused(String name, String why) {
    return new Outcome(name, Kind.REFUSED, why, List.of(), 0);
  }

  /** One line of JSON, as workers answer. */
  String toJson() {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    o.put("name", name).put("kind", kind.name().toLowerCase(Locale.ROOT)).put("why", why);
    o.put("seconds", seconds);
    operators.forEach(o.putArray("operators")::add);
    return o.toString();
  }

  /**
   * Reads {@link #toJson}.
   *
   * @throws IllegalArgumentException when the text is something else
   */
  static Outcome parse(String json) {
    try {
      JsonNode o = JsonMapper.builder().build().readTree(json);
      List<String> operators = new ArrayList<>();
      o.path("operators").forEach(e -> operators.add(e.asText()));
      return new Outcome(
          o.path("name").asText(),
          Kind.valueOf(o.path("kind").asText().toUpperCase(Locale.ROOT)),
          o.path("why").asText(),
          operators,
          o.path("seconds").asDouble());
    } catch (JacksonException e) {
      throw new IllegalArgumentException("not an outcome: " + json, e);
    }
  }
}
