package dev.nncc.compiler;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.frontend.importing.ModelFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The header and the description beside a library. Neither holds a time or a path. */
final class ArtefactFiles {
  private ArtefactFiles() {}

  static void write(
      Path folder,
      String name,
      String precision,
      List<ModelSpec> variants,
      List<PlannedProfile> profiles,
      ModelFacts facts)
      throws IOException {
    Files.writeString(folder.resolve(name + ".h"), HeaderText.print(name, variants, facts.file()));
    String json =
        JsonMapper.builder()
            .build()
            .writerWithDefaultPrettyPrinter()
            .writeValueAsString(Description.of(precision, variants, profiles, facts));
    Files.writeString(folder.resolve(name + ".json"), json + "\n");
  }
}
