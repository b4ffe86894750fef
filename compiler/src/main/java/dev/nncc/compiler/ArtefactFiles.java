package dev.nncc.compiler;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.frontend.onnx.ModelFacts;
import dev.nncc.tensor.plan.RunPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The header and the description beside a library. Neither holds a time or a path. */
final class ArtefactFiles {
  private ArtefactFiles() {}

  static void write(Path folder, String name, ModelSpec spec, RunPlan plan, ModelFacts facts)
      throws IOException {
    Files.writeString(folder.resolve(name + ".h"), HeaderText.print(name, spec, facts.file()));
    String json =
        JsonMapper.builder()
            .build()
            .writerWithDefaultPrettyPrinter()
            .writeValueAsString(Description.of(spec, plan, facts));
    Files.writeString(folder.resolve(name + ".json"), json + "\n");
  }
}
