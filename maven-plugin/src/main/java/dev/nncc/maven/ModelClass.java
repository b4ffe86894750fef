package dev.nncc.maven;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The text of the Java class that is generated for a model. */
final class ModelClass {
  /** What the class has itself, and what every object has. */
  private static final Set<String> TAKEN =
      Set.of(
          "load",
          "open",
          "run",
          "context",
          "select",
          "resetState",
          "close",
          "clone",
          "equals",
          "finalize",
          "getClass",
          "hashCode",
          "notify",
          "notifyAll",
          "toString",
          "wait");

  private final ModelJob job;
  private final List<CompiledLibrary> libraries;
  private final JsonNode facts;
  private final List<Accessor> accessors = new ArrayList<>();
  private final List<String> profiles = new ArrayList<>();

  /** An input or output. */
  private record Accessor(
      String method, String constant, String role, int number, TensorFacts tensor) {}

  private ModelClass(ModelJob job, List<CompiledLibrary> libraries) {
    this.job = job;
    this.libraries = libraries;
    this.facts = libraries.get(0).description();
    Identifiers names = new Identifiers(new TreeSet<>(TAKEN));
    collect("input", facts.path("inputs"), names);
    collect("output", facts.path("outputs"), names);
    facts.path("profiles").forEach(p -> profiles.add(p.path("name").asText()));
  }

  /**
   * The source file.
   *
   * @param libraries of the model for each machine, which have the same inputs and outputs
   */
  static String text(ModelJob job, List<CompiledLibrary> libraries) {
    return new ModelClass(job, libraries).print();
  }

  private void collect(String role, JsonNode tensors, Identifiers names) {
    for (int i = 0; i < tensors.size(); i++) {
      TensorFacts t = TensorFacts.of(tensors.get(i));
      String method = names.method(t.name(), role, i);
      accessors.add(new Accessor(method, Identifiers.constant(method), role, i, t));
    }
  }

  private String print() {
    StringBuilder s = new StringBuilder("// Made by nncc's Maven plugin; changes are lost.\n");
    if (!job.packageName().isEmpty()) {
      s.append("package ").append(job.packageName()).append(";\n\n");
    }
    imports().forEach(i -> s.append("import ").append(i).append(";\n"));
    s.append('\n');
    s.append(new ModelDoc(job, libraries, facts).text(example()));
    s.append("public final class ").append(job.simpleName());
    s.append(" implements AutoCloseable {\n");
    constants(s);
    s.append("  private final Context context;\n\n");
    String body = BODY.replace("$CLASS", job.simpleName());
    s.append(body, 0, body.indexOf("$ACCESSORS"));
    accessors.forEach(a -> accessor(s, a));
    if (!profiles.isEmpty()) {
      s.append(SELECT);
    }
    if (!facts.path("states").isEmpty()) {
      s.append(RESET);
    }
    return s.append(body.substring(body.indexOf("$ACCESSORS") + "$ACCESSORS\n".length()))
        .toString();
  }

  private Set<String> imports() {
    Set<String> names = new TreeSet<>();
    for (String n : List.of("Context", "ContextOptions", "DType", "Model")) {
      names.add("dev.nncc.runtime." + n);
    }
    names.add("java.util.List");
    for (Accessor a : accessors) {
      names.add("java.nio." + a.tensor().buffer());
      if (a.tensor().buffer().equals("ByteBuffer")) {
        names.add("java.nio.ByteOrder");
      }
    }
    return names;
  }

  private List<String> example() {
    String name = "model";
    List<String> lines = new ArrayList<>();
    lines.add(String.format("try (%s %s = %s.open()) {", job.simpleName(), name, job.simpleName()));
    for (Accessor a : accessors) {
      if (a.role().equals("input")) {
        lines.add("  " + name + "." + a.method() + "().put(values);");
      }
    }
    lines.add("  " + name + ".run();");
    for (Accessor a : accessors) {
      if (a.role().equals("output")) {
        lines.add("  " + name + "." + a.method() + "().get(results);");
      }
    }
    lines.add("}");
    return lines;
  }

  private void constants(StringBuilder s) {
    constant(s, "The file of the model.", "String", "MODEL_FILE", source("file"));
    constant(s, "SHA-256 of the model's files.", "String", "MODEL_SHA256", source("sha256"));
    String version = JavaText.string(facts.path("nncc").asText());
    constant(s, "Version of nncc that compiled it.", "String", "COMPILER_VERSION", version);
    if (!profiles.isEmpty()) {
      String names = profiles.stream().map(JavaText::string).collect(Collectors.joining(", "));
      constant(
          s, "Sets of shapes that it runs.", "List<String>", "PROFILES", "List.of(" + names + ")");
    }
    for (Accessor a : accessors) {
      TensorFacts t = a.tensor();
      String doc = a.role() + " " + a.number() + ", {@code " + JavaText.code(t.name()) + "}";
      constant(s, "Name of " + doc + ".", "String", a.constant() + "_NAME", t.nameText());
      constant(s, "Type of " + doc + ".", "DType", a.constant() + "_DTYPE", "DType." + t.dtype());
      String largest = profiles.isEmpty() ? "" : " in the profile with the largest inputs";
      constant(
          s,
          "Extents of " + doc + largest + ", row-major.",
          "List<Long>",
          a.constant() + "_SHAPE",
          t.dims().stream().map(d -> d + "L").collect(Collectors.joining(", ", "List.of(", ")")));
      constant(
          s,
          "Elements of " + doc + largest + ".",
          "long",
          a.constant() + "_ELEMENTS",
          t.elements() + "L");
    }
  }

  private String source(String fact) {
    return JavaText.string(facts.path("source").path(fact).asText());
  }

  private static void constant(
      StringBuilder s, String doc, String type, String name, String value) {
    s.append("  /** ").append(doc.substring(0, 1).toUpperCase(Locale.ROOT));
    s.append(doc.substring(1)).append(" */\n");
    s.append("  public static final ").append(type).append(' ').append(name).append(" = ");
    s.append(value).append(";\n\n");
  }

  private static void accessor(StringBuilder s, Accessor a) {
    TensorFacts t = a.tensor();
    boolean input = a.role().equals("input");
    s.append("  /**\n   * ").append(input ? "Input" : "Output").append(" {@code ");
    s.append(JavaText.code(t.name())).append("}, ").append(t.typeText());
    s.append(
        input ? ": what is put here the next run reads." : ": what the last run has computed.");
    s.append(t.note().isEmpty() ? "" : "\n   * " + t.note());
    s.append(
        "\n   *\n   * @return a view of the context's memory, from the first element on\n   */\n");
    s.append("  public ").append(t.buffer()).append(' ').append(a.method()).append("() {\n");
    s.append("    return context.").append(a.role()).append('(').append(a.number()).append(')');
    s.append(t.view()).append(";\n  }\n\n");
  }

  private static final String SELECT =
      """
        /**
         * Gives the coming runs the shapes of a profile; tensors lie at the start of their buffers.
         *
         * @param profile one of {@link #PROFILES}
         */
        public void select(String profile) {
          int number = PROFILES.indexOf(profile);
          if (number < 0) {
            throw new IllegalArgumentException("no profile " + profile + " among " + PROFILES);
          }
          context.select(context.model().profiles().get(number));
        }

      """;

  private static final String RESET =
      """
        /** Forgets what runs have left for the next one. */
        public void resetState() {
          context.resetState();
        }

      """;

  private static final String BODY =
      """
        /**
         * The model in a context that exists, made by {@link Model#newContext} of {@link #load}.
         *
         * @param context closed with this object
         */
        public $CLASS(Context context) {
          this.context = context;
        }

        /**
         * Loads the library: one serves any number of contexts, one for each thread.
         *
         * @return the model, to be closed
         */
        public static Model load() {
          return Model.load($CLASS.class);
        }

        /**
         * Loads the library and makes a context with default options.
         *
         * @return the model, ready to run
         */
        public static $CLASS open() {
          return open(ContextOptions.DEFAULT);
        }

        /**
         * Loads the library and makes a context.
         *
         * @param options such as the number of threads
         * @return the model, ready to run
         */
        public static $CLASS open(ContextOptions options) {
          try (Model model = load()) { // the context keeps it
            return new $CLASS(model.newContext(options));
          }
        }

      $ACCESSORS
        /** Runs the model on what its inputs hold. */
        public void run() {
          context.run();
        }

        /**
         * The context behind, for all that this class does not offer.
         *
         * @return it
         */
        public Context context() {
          return context;
        }

        /** Frees memory and threads. */
        @Override
        public void close() {
          context.close();
        }
      }
      """;
}
