package dev.nncc.frontend.tensorflow;

import dev.nncc.graph.ModelException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a node gave: a token for each output, or one that stands for all of them. */
record Results(List<Token> tokens, @Nullable Token all) {
  static final Results UNAVAILABLE = new Results(List.of(), Token.UNAVAILABLE);
  static final Results DEAD = new Results(List.of(), Token.DEAD);

  static Results of(List<Token> tokens) {
    return new Results(List.copyOf(tokens), null);
  }

  static Results of(Token token) {
    return of(List.of(token));
  }

  Token get(Ref ref) {
    if (all != null) {
      return all;
    }
    if (ref.output() >= tokens.size()) {
      throw new ModelException("node '" + ref.node() + "' has no output " + ref.output());
    }
    return tokens.get(ref.output());
  }
}
