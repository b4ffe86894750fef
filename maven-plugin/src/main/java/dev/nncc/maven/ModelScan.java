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

/**
 * The models in a folder: {@code .onnx} and {@code .pb} files, folders with a SavedModel, and
 * {@code .prototxt} files with a {@code .caffemodel} of the same name beside them.
 */
final class ModelScan {
  private ModelScan() {}

  /** All of them, also in folders below, sorted. */
  static List<Path> find(Path folder) throws IOException {
    List<Path> models = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return models;
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
            if (isModel(file)) {
              models.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    models.sort(null);
    return models;
  }

  private static boolean isModel(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".onnx")
        || name.endsWith(".pb")
        || name.endsWith(".prototxt")
            && Files.exists(file.resolveSibling(stem(file) + ".caffemodel"));
  }

  /** A file's name without its last ending; a folder's name. */
  static String stem(Path model) {
    String name = String.valueOf(model.getFileName());
    int dot = name.lastIndexOf('.');
    return dot > 0 && !Files.isDirectory(model) ? name.substring(0, dot) : name;
  }
}
