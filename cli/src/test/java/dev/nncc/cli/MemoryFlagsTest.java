package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.compiler.ByteCount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --memory-limit} and {@code --arena}. */
class MemoryFlagsTest {
  private static final Path MODEL = Path.of("../models/digits/digits.onnx");

  @TempDir Path folder;

  @Test
  void aLimitThatIsTooLowSaysWhatIsNeeded() {
    CommandRun run =
        CommandRun.of("compile", MODEL, "-o", folder.resolve("out"), "--memory-limit", "1k");
    assertThat(run.code()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err())
        .containsPattern("digits needs [0-9.]+ kB, more than the limit of 1.02 kB: ")
        .containsPattern("weights [0-9.]+ kB, arena [0-9.]+ kB, scratch of each thread ")
        .containsPattern("; --[a-z -]+ needs least, [0-9.]+ kB, which does not fit either: ");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  private CommandRun limited(Path model, long bytes, String... words) {
    List<Object> all = new ArrayList<>(List.of("compile", model, "-q", "-o"));
    all.addAll(List.of(folder.resolve("limited"), "--memory-limit", bytes));
    all.addAll(List.of(words));
    return CommandRun.of(all.toArray());
  }

  /** Bytes that a compiled library needs, by its description. */
  private long needed(Path model) throws IOException {
    Path out = folder.resolve("out");
    CommandRun.of("compile", model, "-q", "-o", out, "--expand-weights", "load");
    JsonNode sizes =
        JsonMapper.builder().build().readTree(out.resolve("windows.json").toFile()).path("sizes");
    return Stream.of("weights", "prepared", "arena", "scratch")
        .mapToLong(part -> sizes.path(part).asLong())
        .sum();
  }

  /** Always a little less than what was said to fit, until nothing does. */
  @Test
  void whatIsSaidToFitDoes() throws IOException {
    Path model = WindowNetwork.write(folder.resolve("windows.nn"));
    Pattern said = Pattern.compile("; it fits with ([a-z -]+), which needs ([0-9.]+ [kM]B)");
    Set<String> advice = new LinkedHashSet<>();
    long limit = needed(model) - 1;
    CommandRun run = limited(model, limit, "--expand-weights", "load");
    for (Matcher fits = said.matcher(run.err()); fits.find(); fits = said.matcher(run.err())) {
      assertThat(advice.add(fits.group(1))).as(run.err()).isTrue();
      assertThat(limited(model, limit, fits.group(1).split(" ")).code()).as(run.err()).isZero();
      limit = ByteCount.parse(fits.group(2)).bytes() * 98 / 100;
      run = limited(model, limit, "--expand-weights", "load");
    }
    assertThat(run.err()).contains("needs least").contains("which does not fit either");
    assertThat(advice).startsWith("--expand-weights compile").contains("--winograd off");
  }

  @Test
  void nothingIsAdvisedThatDoesNotHelp() throws IOException {
    Path model = WindowNetwork.write(folder.resolve("windows.nn"));
    CommandRun run = limited(model, 1000, "--winograd", "off", "--arena", "small");
    assertThat(run.code()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err()).contains("more than the limit of 1.00 kB: ").doesNotContain("--");
  }

  @Test
  void aLimitThatIsHighEnoughChangesNothing() {
    CommandRun run =
        CommandRun.of(
            "compile",
            MODEL,
            "-o",
            folder.resolve("out"),
            "--arena",
            "small",
            "--memory-limit",
            "100MB",
            "--stop-after",
            "plan");
    assertThat(run.code()).as(run.err()).isZero();
  }
}
