package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.tensorflow.proto.AttrValue;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One evaluation of a body: the main graph, a call of a function, or one iteration of a loop in one
 * of these. Holds what has been computed; only looked up, never iterated.
 */
final class Frame {
  private final Body body;
  private final Map<String, AttrValue> call;
  private final String prefix;
  private final int depth;
  private final @Nullable Frame parent;
  private final @Nullable Frame previous;
  private final Map<String, Results> computed = new LinkedHashMap<>();
  private final Map<Ref, Token> given = new LinkedHashMap<>();
  private final Map<String, Frame> loops = new LinkedHashMap<>();

  private Frame(
      Body body,
      Map<String, AttrValue> call,
      String prefix,
      int depth,
      @Nullable Frame parent,
      @Nullable Frame previous) {
    this.body = body;
    this.call = call;
    this.prefix = prefix;
    this.depth = depth;
    this.parent = parent;
    this.previous = previous;
  }

  static Frame ofModel(Body body) {
    return new Frame(body, Map.of(), "", 0, null, null);
  }

  /**
   * A call of a function.
   *
   * @param prefix what names of its nodes begin with
   */
  static Frame ofCall(Body body, Map<String, AttrValue> attributes, String prefix, int depth) {
    return new Frame(body, attributes, prefix, depth, null, null);
  }

  /** The first iteration of a loop that begins in this frame. */
  Frame firstIteration() {
    return new Frame(body, call, prefix, depth + 1, this, null);
  }

  Frame nextIteration() {
    return new Frame(body, call, prefix, depth, parent, this);
  }

  Body body() {
    return body;
  }

  Map<String, AttrValue> call() {
    return call;
  }

  String prefix() {
    return prefix;
  }

  int depth() {
    return depth;
  }

  /** The frame around a loop; null outside of loops. */
  @Nullable Frame parent() {
    return parent;
  }

  /** The iteration before; null in the first. */
  @Nullable Frame previous() {
    return previous;
  }

  /** Lets a value stand for what a node would give. */
  void give(Ref ref, Token token) {
    given.put(ref, token);
  }

  boolean isGiven(Ref ref) {
    return given.containsKey(ref);
  }

  boolean isComputed(String node) {
    return computed.containsKey(node);
  }

  void computed(String node, Results results) {
    computed.put(node, results);
  }

  /** What is known of a value; null while its node has not been computed. */
  @Nullable Token find(Ref ref) {
    Token t = given.get(ref);
    if (t != null) {
      return t;
    }
    Results r = computed.get(ref.node());
    return r == null ? null : r.get(ref);
  }

  /** The last iteration of a loop that begins in this frame. */
  @Nullable Frame loop(String name) {
    return loops.get(name);
  }

  void loop(String name, Frame last) {
    loops.put(name, last);
  }
}
