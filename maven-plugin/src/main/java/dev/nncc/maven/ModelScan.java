package dev.nncc.maven;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The models in a folder and those below it: {@code .onnx}, {@code .pb} and {@code .pbtxt} files,
 * {@code .meta} files with a checkpoint, folders with a SavedModel, and {@code .prototxt} files
 * with a {@code .caffemodel} of the same name beside them.
 *
 * @param models in order of their names
 * @param lonely half of a model: the other file is missing, or has another name
 */
record ModelScan(List<Path> models, List<Path> lonely) {
  private static final List<String> WHOLE = List.of(".onnx", ".pb", ".pbtxt");
  private static final Map<String, String> HALVES =
      Map.of(".prototxt", ".caffemodel", ".meta", ".index");

  ModelScan {
    models = List.copyOf(models);
    lonely = List.copyOf(lonely);
  }

  /** Looks through a folder, which need not be there. */
  static ModelScan of(Path folder) throws IOException {
    List<Path> models = new ArrayList<>();
    List<Path> lonely = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return new ModelScan(models, lonely);
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
            if (Files.exists(dir.resolve("saved_model.pb"))
                || Files.exists(dir.resolve("saved_model.pbtxt"))) {
              models.add(dir);
              return FileVisitResult.SKIP_SUBTREE;
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
            if (WHOLE.stream().anyMatch(name::endsWith)) {
              models.add(file);
            }
            HALVES.forEach(
                (half, other) -> {
                  if (name.endsWith(half)) {
                    boolean both = Files.exists(file.resolveSibling(stem(file) + other));
                    (both ? models : lonely).add(file);
                  }
                });
            return FileVisitResult.CONTINUE;
          }
        });
    models.sort(null);
    lonely.sort(null);
    return new ModelScan(models, lonely);
  }

  /** What {@link #lonely} files lack. */
  static String missing(Path lonely) {
    String name = String.valueOf(lonely.getFileName()).toLowerCase(Locale.ROOT);
    return HALVES.entrySet().stream()
        .filter(e -> name.endsWith(e.getKey()))
        .map(e -> stem(lonely) + e.getValue())
        .findFirst()
        .orElse("");
  }

  /** A file's name without its last ending; a folder's name. */
  static String stem(Path model) {
    String name = String.valueOf(model.getFileName());
    int dot = name.lastIndexOf('.');
    return dot > 0 && !Files.isDirectory(model) ? name.substring(0, dot) : name;
  }
}
