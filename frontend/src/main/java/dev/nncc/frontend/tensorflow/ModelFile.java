package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.nncc.frontend.files.MappedFiles;
import dev.nncc.frontend.files.Messages;
import dev.nncc.frontend.importing.ChoiceException;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ProtoText;
import dev.nncc.frontend.tensorflow.proto.GraphDef;
import dev.nncc.frontend.tensorflow.proto.MetaGraphDef;
import dev.nncc.frontend.tensorflow.proto.SavedModel;
import dev.nncc.frontend.tensorflow.proto.SignatureDef;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.NearNames;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The files of a model: a graph alone, a meta graph with a checkpoint beside it, or the folder of a
 * SavedModel. Binary files are mapped and the parsed messages refer to the mapping.
 */
record ModelFile(
    Path path,
    GraphDef graph,
    Optional<SignatureDef> signature,
    String producer,
    Optional<Checkpoint> checkpoint) {
  private static final int SAVED_MODEL_TAG = 0x08;
  private static final String DEFAULT_SIGNATURE = "serving_default";

  /** They run what initialises or trains a model. */
  private static final List<String> HIDDEN =
      List.of("__saved_model_init_op", "__saved_model_train_op");

  private static final Pattern META =
      Pattern.compile("(?m)^\\s*(graph_def|meta_info_def)\\s*:?\\s*\\{");
  private static final Pattern SAVED = Pattern.compile("(?m)^\\s*meta_graphs\\s*:?\\s*\\{");

  static ModelFile open(Path path, FileChoice choice) {
    return MappedFiles.named(
        path,
        () -> {
          try {
            return read(path, graphFile(path), choice);
          } catch (InvalidProtocolBufferException e) {
            throw new ModelException(
                "not a TensorFlow model, or damaged (" + Messages.damage(e) + ")", e);
          }
        });
  }

  /** The file itself, or that of a SavedModel's folder. */
  private static Path graphFile(Path path) {
    if (!Files.isDirectory(path)) {
      return path;
    }
    Path text = path.resolve("saved_model.pbtxt");
    Path file = Files.exists(text) ? text : path.resolve("saved_model.pb");
    require(Files.exists(file), "the folder has no saved_model.pb");
    MappedFiles.requireWithin(file, path, "; name the file itself");
    return file;
  }

  private static ModelFile read(Path path, Path file, FileChoice choice)
      throws InvalidProtocolBufferException {
    ByteBuffer bytes = MappedFiles.mapFilled(file);
    Optional<Path> weights = choice.weights().map(ModelFile::prefix);
    if (MappedFiles.isText(bytes)) {
      String text = StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
      if (SAVED.matcher(text).find()) {
        return saved(path, file, parseText(text, SavedModel.newBuilder()).build(), choice);
      }
      if (META.matcher(text).find()) {
        return meta(path, parseText(text, MetaGraphDef.newBuilder()).build(), choice, weights);
      }
      return graph(path, parseText(text, GraphDef.newBuilder()).build(), choice, weights);
    }
    if (bytes.get(0) == SAVED_MODEL_TAG) {
      return saved(path, file, Messages.parse(bytes, SavedModel.parser()), choice);
    }
    GraphDef graph = null;
    try {
      graph = Messages.parse(bytes, GraphDef.parser());
    } catch (InvalidProtocolBufferException e) {
      if (Messages.isCut(e)) {
        throw e;
      }
    }
    return graph != null && isGraph(graph)
        ? graph(path, graph, choice, weights)
        : meta(path, Messages.parse(bytes, MetaGraphDef.parser()), choice, weights);
  }

  /** The first field of a meta graph is a message too, but no node. */
  private static boolean isGraph(GraphDef g) {
    return g.getNodeCount() > 0 && g.getNodeList().stream().noneMatch(n -> n.getOp().isEmpty());
  }

  private static <B extends Message.Builder> B parseText(String text, B into) {
    try {
      ProtoText.merge(text, into);
      return into;
    } catch (ModelException e) {
      throw new ModelException("not a TensorFlow model in text form: " + e.getMessage(), e);
    }
  }

  private static ModelFile graph(
      Path path, GraphDef graph, FileChoice choice, Optional<Path> weights) {
    require(graph.getNodeCount() > 0, "not a TensorFlow model: there is no node in it");
    String name = MappedFiles.name(path);
    ChoiceException.refuse(
        choice.signature(), "--signature", name + " is a graph alone, which has no signatures");
    if (!Variables.isIn(graph)) {
      ChoiceException.refuse(weights, "--weights", name + " is a frozen graph, without variables");
    }
    return new ModelFile(path, graph, Optional.empty(), "", weights.map(Checkpoint::open));
  }

  private static ModelFile saved(Path path, Path file, SavedModel model, FileChoice choice) {
    MetaGraphDef found = null;
    for (MetaGraphDef m : model.getMetaGraphsList()) {
      if (found == null || m.getMetaInfoDef().getTagsList().contains("serve")) {
        found = m;
      }
    }
    if (found == null) {
      throw new ModelException("not a TensorFlow model: there is no graph in it");
    }
    Path prefix =
        choice
            .weights()
            .map(ModelFile::prefix)
            .orElse(file.resolveSibling("variables").resolve("variables"));
    boolean beside = Files.isRegularFile(Checkpoint.indexOf(prefix));
    boolean there = choice.weights().isPresent() || beside;
    if (choice.weights().isEmpty() && beside) {
      requireWithin(prefix, file);
    }
    return meta(path, found, choice, there ? Optional.of(prefix) : Optional.empty());
  }

  private static ModelFile meta(
      Path path, MetaGraphDef model, FileChoice choice, Optional<Path> weights) {
    require(
        model.getGraphDef().getNodeCount() > 0, "not a TensorFlow model: there is no node in it");
    Path beside = prefix(path);
    Optional<Path> from = weights;
    if (weights.isEmpty() && Files.isRegularFile(Checkpoint.indexOf(beside))) {
      requireWithin(beside, path);
      from = Optional.of(beside);
    }
    String version = model.getMetaInfoDef().getTensorflowVersion();
    return new ModelFile(
        path,
        model.getGraphDef(),
        signature(model, choice),
        version.isEmpty() ? "" : "TensorFlow " + version,
        from.map(Checkpoint::open));
  }

  /** A checkpoint that nobody has named is read only from the model's folder. */
  private static void requireWithin(Path prefix, Path model) {
    Path folder = model.toAbsolutePath().getParent();
    MappedFiles.requireWithin(Checkpoint.indexOf(prefix), folder, "; --weights names it");
  }

  /** What a checkpoint's files have in common, from the name of any of them. */
  private static Path prefix(Path file) {
    String name = String.valueOf(file.getFileName());
    return file.resolveSibling(name.replaceFirst("\\.(index|meta|data-[0-9]+-of-[0-9]+)$", ""));
  }

  private static Optional<SignatureDef> signature(MetaGraphDef model, FileChoice choice) {
    TreeMap<String, SignatureDef> all = new TreeMap<>(model.getSignatureDefMap());
    HIDDEN.forEach(all::remove);
    String name = choice.signature().orElse(DEFAULT_SIGNATURE);
    SignatureDef s = all.get(name);
    if (s == null && choice.signature().isPresent()) {
      throw new ModelException(
          "there is no signature '"
              + name
              + "' (signatures: "
              + (all.isEmpty() ? "none" : String.join(", ", all.keySet()))
              + ")"
              + NearNames.hint(name, all.keySet()));
    }
    if (s == null) {
      s = all.size() == 1 ? all.firstEntry().getValue() : null;
    }
    return Optional.ofNullable(s);
  }

  String name() {
    return MappedFiles.name(path);
  }

  String sha256() {
    List<Path> files = new ArrayList<>(List.of(graphFile(path)));
    checkpoint.ifPresent(c -> files.addAll(c.files()));
    return MappedFiles.sha256(files);
  }
}
