package dev.nncc.compiler;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ChoiceException;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.frontend.importing.ModelFacts;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.graph.Cut;
import dev.nncc.graph.Graph;
import dev.nncc.graph.text.GraphFiles;
import dev.nncc.graph.text.GraphPrinter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Models as the passes get them, by the ending of their file. */
final class Sources {
  private Sources() {}

  /**
   * A model file of any format, or a graph in text form ({@code .nn}).
   *
   * @throws CompileException when a choice has no meaning for the file
   */
  static ImportResult read(Path file, ImportOptions options) throws IOException {
    if (isText(file)) {
      requireDecided(file, options);
      Graph piece = Cut.at(GraphFiles.read(file), options.inputs(), options.outputs());
      return of(String.valueOf(file.getFileName()), piece);
    }
    try {
      return Importers.importModel(file, options);
    } catch (ChoiceException e) {
      throw new CompileException(String.valueOf(e.getMessage()));
    }
  }

  /** A graph in text form leaves nothing open but its ends. */
  private static void requireDecided(Path file, ImportOptions options) {
    ImportOptions ends =
        ImportOptions.NONE.withInputs(options.inputs()).withOutputs(options.outputs());
    if (!options.equals(ends)) {
      throw new CompileException(
          file.getFileName()
              + " is a graph as .nn text, which leaves nothing open: of the options for models only"
              + " --inputs and --outputs have a meaning");
    }
  }

  private static boolean isText(Path file) {
    return file.toString().endsWith(".nn");
  }

  /** What a model consists of. */
  static List<Path> files(Path model, ImportOptions options) throws IOException {
    List<Path> files = new ArrayList<>();
    if (Files.isDirectory(model)) {
      try (Stream<Path> below = Files.walk(model)) {
        below.filter(Files::isRegularFile).sorted().forEach(files::add);
      }
    } else {
      files.add(model);
    }
    if (!isText(model)) {
      try {
        files.addAll(Importers.open(model, options.files()).furtherFiles());
      } catch (ChoiceException e) {
        throw new CompileException(String.valueOf(e.getMessage()));
      }
    }
    return files.stream().distinct().toList();
  }

  /** A graph that comes from no model file. */
  static ImportResult of(String file, Graph graph) {
    ModelFacts facts =
        new ModelFacts(
            ModelFormat.ONNX,
            file,
            0,
            Map.of(),
            "",
            graph.name(),
            Map.of(),
            Map.of(),
            0,
            List.of(),
            List.of(),
            () -> digest(GraphPrinter.print(graph)));
    return new ImportResult(graph, facts);
  }

  private static String digest(String text) {
    try {
      byte[] d = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(d);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
