package dev.nncc.compiler;

import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.frontend.onnx.ModelFacts;
import dev.nncc.tensor.plan.RunPlan;
import java.io.IOException;
import java.nio.file.Path;

/** The header and the description beside a library. */
final class ArtefactFiles {
  private ArtefactFiles() {}

  static void write(Path folder, String name, ModelSpec spec, RunPlan plan, ModelFacts facts)
      throws IOException {}
}
