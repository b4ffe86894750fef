package dev.nncc.maven;

import java.nio.file.Path;
import java.util.List;

/**
 * A model to compile.
 *
 * @param source its file or folder
 * @param className full name of the class to generate, which also names the resources
 * @param parameters how to compile it
 */
record ModelJob(Path source, String className, ModelParameters parameters) {
  /** Machines to compile for. */
  List<TargetParameters> machines() {
    return parameters.machines();
  }

  /** The class's name without its package. */
  String simpleName() {
    return className.substring(className.lastIndexOf('.') + 1);
  }

  /** The class's package, empty for the one without a name. */
  String packageName() {
    return className.substring(0, Math.max(0, className.lastIndexOf('.')));
  }
}
