package dev.nncc.compiler.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessorTest {
  @Test
  void processorIsNamedByTheFirstCore() {
    String text =
        """
        processor	: 0
        vendor_id	: AuthenticAMD
        cpu family	: 26
        model		: 2
        model name	: AMD EPYC 9575F: 64 cores

        processor	: 1
        model name	: another
        """;
    assertThat(Processor.name(text))
        .isEqualTo("AMD EPYC 9575F: 64 cores (AuthenticAMD family 26 model 2)");
    assertThat(Processor.name("")).isEqualTo("unknown processor");
  }

  @Test
  void cachesOfInstructionsDoNotCount(@TempDir Path folder) throws IOException {
    cache(folder.resolve("index0"), "1", "Data", "48K");
    cache(folder.resolve("index1"), "1", "Instruction", "32K");
    cache(folder.resolve("index2"), "2", "Unified", "2M");
    Processor machine = new Processor("", 1, Processor.caches(folder));
    assertThat(machine.caches()).hasSize(2);
    assertThat(machine.cache(1)).isEqualTo(48 << 10);
    assertThat(machine.cache(2)).isEqualTo(2 << 20);
  }

  private static void cache(Path folder, String level, String type, String size)
      throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("level"), level + "\n");
    Files.writeString(folder.resolve("type"), type + "\n");
    Files.writeString(folder.resolve("size"), size + "\n");
  }
}
