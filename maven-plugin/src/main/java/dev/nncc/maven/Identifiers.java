package dev.nncc.maven;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import javax.lang.model.SourceVersion;

/** Names of Java for names of models and tensors; each name is given once. */
final class Identifiers {
  private final Set<String> given;

  /**
   * @param taken names that are not to be given
   */
  Identifiers(Set<String> taken) {
    given = new TreeSet<>(taken);
  }

  /**
   * The name of a method for a tensor: {@code attentionMask} for {@code attention_mask}.
   *
   * @param role what tells it apart where the name alone does not serve: {@code input}
   * @param number of the tensor in this role
   */
  String method(String tensor, String role, int number) {
    String name = camel(tensor);
    if (name.isEmpty() || !Character.isLetter(name.charAt(0))) {
      name = role + (name.isEmpty() ? String.valueOf(number) : upperFirst(name));
    }
    if (given.contains(name) || SourceVersion.isKeyword(name)) {
      name += upperFirst(role);
    }
    String free = name;
    for (int i = 2; !given.add(free); i++) {
      free = name + i;
    }
    return free;
  }

  /** The same as a constant: {@code ATTENTION_MASK}. */
  static String constant(String method) {
    return method.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
  }

  /** The name of a class for a model: {@code MobilenetV2} for {@code mobilenet-v2}. */
  static String type(String model) {
    String name = upperFirst(camel(model));
    return name.isEmpty() || !Character.isLetter(name.charAt(0)) ? "Model" + name : name;
  }

  /** A package for a folder or a group: what is no name of Java is made one. */
  static String packagePart(String text) {
    String name = plain(text).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
    boolean bad = name.isEmpty() || Character.isDigit(name.charAt(0));
    return bad || SourceVersion.isKeyword(name) ? "_" + name : name;
  }

  /** {@code memoryLimit} for {@code memory-limit}. */
  static String camel(String text) {
    StringBuilder name = new StringBuilder();
    for (String word : plain(text).split("[^A-Za-z0-9]+", -1)) {
      if (!word.isEmpty()) {
        String mixed = word.equals(word.toUpperCase(Locale.ROOT)) ? lower(word) : word;
        name.append(name.isEmpty() ? lowerFirst(mixed) : upperFirst(mixed));
      }
    }
    return name.toString();
  }

  /** Letters without their accents. */
  private static String plain(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFKD).replaceAll("\\p{M}", "");
  }

  private static String lower(String word) {
    return word.toLowerCase(Locale.ROOT);
  }

  private static String lowerFirst(String word) {
    return lower(word.substring(0, 1)) + word.substring(1);
  }

  private static String upperFirst(String word) {
    return word.isEmpty()
        ? word
        : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }
}
