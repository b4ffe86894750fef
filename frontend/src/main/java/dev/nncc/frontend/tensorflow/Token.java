package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.importing.Operand;
import java.util.ArrayList;
import java.util.List;

/**
 * What arrives along an edge, and under which conditions it would arrive in TensorFlow: a branch of
 * a condition that is known only at run time is computed always, and its end selects.
 */
record Token(Item item, List<Choice> choices) {
  /** One side of a condition. */
  record Choice(Operand predicate, boolean side) {
    boolean opposes(Choice o) {
      return predicate == o.predicate && side != o.side;
    }
  }

  Token {
    choices = List.copyOf(choices);
  }

  static final Token UNAVAILABLE = of(Item.UNAVAILABLE);
  static final Token DEAD = of(Item.DEAD);

  static Token of(Item item) {
    return new Token(item, List.of());
  }

  static Token of(Operand operand) {
    return of(new Item.Numbers(operand));
  }

  boolean isDead() {
    return item == Item.DEAD;
  }

  boolean isUnavailable() {
    return item == Item.UNAVAILABLE;
  }

  Token behind(Choice choice) {
    List<Choice> all = new ArrayList<>(choices);
    all.add(choice);
    return new Token(item, all);
  }

  /** The conditions of all, each once. */
  static List<Choice> together(List<Token> tokens) {
    List<Choice> all = new ArrayList<>();
    for (Token t : tokens) {
      for (Choice c : t.choices) {
        if (!all.contains(c)) {
          all.add(c);
        }
      }
    }
    return all;
  }
}
