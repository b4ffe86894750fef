package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.compiler.measure.Peaks;
import dev.nncc.compiler.measure.Processor;
import dev.nncc.compiler.run.TensorInputs;
import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on the digits model, from its file to its answers. */
class CommandsTest {
  private static final Path DIGITS = Path.of("../models/digits");
  private static final Path MODEL = DIGITS.resolve("digits.onnx");
  private static final Path THREE = DIGITS.resolve("three.png");

  @TempDir static Path shared;
  @TempDir Path folder;

  private static Path out;
  private static CommandRun compiled;

  @BeforeAll
  static void compile() {
    out = shared.resolve("out");
    compiled =
        CommandRun.of(
            "compile", MODEL, "-o", out, "--run", THREE, "--json", shared.resolve("c.json"));
  }

  private static JsonNode json(Path file) throws IOException {
    return JsonMapper.builder().build().readTree(file.toFile());
  }

  @Test
  void compilePrintsWhatItMadeAndTheClassOfThePicture() {
    assertThat(compiled.code()).as(compiled.err()).isZero();
    assertThat(compiled.out())
        .containsPattern(
            "(?m)^kernels +\\d+ imported -> \\d+ after vertical fusion -> \\d+ after concat"
                + " elimination -> \\d+ after horizontal fusion\n"
                + " +of these \\d+ cop(y|ies) and \\d+ layout conversions? that are left\n"
                + "launches +\\d+ a run")
        .contains("arena", "weights", "code", "libdigits.so")
        .containsPattern("(?m)^probabilities: f32\\[1,10]\n  3 +9[0-9]\\.|  3 +100\\.");
    assertThat(out.resolve("libdigits.so")).exists();
    assertThat(out.resolve("digits.h"))
        .content()
        .contains("#define DIGITS_INPUT_0_DIMS {1, 1, 28, 28}");
  }

  @Test
  void compileWritesItsFigures() throws IOException {
    JsonNode c = json(shared.resolve("c.json"));
    assertThat(c.path("model").asText()).isEqualTo("digits");
    assertThat(c.path("target").asText()).contains("-linux ");
    JsonNode kernels = c.path("kernels");
    assertThat(kernels.path("imported").asInt()).isGreaterThan(kernels.path("vertical").asInt());
    assertThat(kernels.path("concat").asInt()).isPositive();
    int copies = kernels.path("copies").asInt();
    int conversions = kernels.path("conversions").asInt();
    assertThat(kernels.path("horizontal").asInt()).isGreaterThan(copies + conversions);
    assertThat(c.path("launches").asInt()).isGreaterThanOrEqualTo(copies + conversions);
    assertThat(c.path("arena_bytes").asLong())
        .isGreaterThanOrEqualTo(c.path("arena_lower_bound_bytes").asLong());
    assertThat(c.path("weight_bytes").asLong()).isGreaterThan(100_000);
    assertThat(c.path("code_bytes").asLong()).isPositive();
    assertThat(c.path("library_bytes").asLong()).isEqualTo(Files.size(out.resolve("libdigits.so")));
    assertThat(c.path("seconds").path("total").asDouble()).isPositive();
    assertThat(c.path("peak_memory_bytes").asLong()).isGreaterThan(1_000_000);
  }

  @Test
  void theDescriptionHoldsNoTimeAndNoPath() throws IOException {
    JsonNode d = json(out.resolve("digits.json"));
    assertThat(d.path("source").path("sha256").asText()).matches("[0-9a-f]{64}");
    assertThat(d.path("inputs").path(0).path("name").asText()).isEqualTo("image");
    assertThat(d.path("metadata").path("nncc.labels").asText()).startsWith("0\n1");
    assertThat(d.path("kernels").size()).isPositive();
    assertThat(d.path("plan").size()).isPositive();
    assertThat(out.resolve("digits.json")).content().doesNotContain(shared.toString());
  }

  @Test
  void runTakesTheFolderOrTheLibraryAndPrintsTheBest() {
    for (Path library : new Path[] {out, out.resolve("libdigits.so")}) {
      CommandRun run = CommandRun.of("run", library, THREE, "--top", 1);
      assertThat(run.out()).hasLineCount(2).containsPattern("\n  3 +\\d");
      assertThat(run.code()).isZero();
    }
  }

  @Test
  void runStoresAndComparesOutputs() throws IOException {
    CommandRun stored = CommandRun.of("run", out, "--seed", 7, "--save", folder);
    assertThat(stored.code()).as(stored.err()).isZero();
    CommandRun same = CommandRun.of("run", out, "--seed", 7, "--compare", folder);
    assertThat(same.out()).startsWith("agrees   probabilities: relative L2 0.0");
    assertThat(same.code()).isZero();
    CommandRun other = CommandRun.of("run", out, "--seed", 8, "--compare", folder);
    assertThat(other.out()).startsWith("differs  probabilities: ").contains("expected");
    assertThat(other.code()).isEqualTo(ExitCodes.CHECK_FAILED);
    CommandRun lenient = CommandRun.of("run", out, "--seed", 8, "--compare", folder, "--rtol", 1e9);
    assertThat(lenient.code()).isZero();
  }

  @Test
  void aLibraryWithFactorsOfSixteenBitsIsHeldToTheirPrecision() {
    Path narrow = folder.resolve("narrow");
    CommandRun.of("compile", MODEL, "-o", narrow, "--precision", "bf16");
    CommandRun.of("run", out, "--seed", 7, "--save", folder);
    CommandRun run = CommandRun.of("run", narrow, "--seed", 7, "--compare", folder);
    assertThat(run.out())
        .startsWith("tolerance relative L2 0.031 (factors of products are bf16")
        .contains("\nagrees   probabilities");
    assertThat(run.code()).isZero();
    CommandRun strict =
        CommandRun.of("run", narrow, "--seed", 7, "--compare", folder, "--rtol", 1e-7);
    assertThat(strict.out()).startsWith("differs");
    assertThat(strict.code()).isEqualTo(ExitCodes.CHECK_FAILED);
  }

  @Test
  void compareTakesStoredInputs() throws IOException {
    Tensor image =
        TensorInputs.random(
            dev.nncc.graph.TensorType.of(dev.nncc.graph.DType.F32, 1, 1, 28, 28), 7, 0);
    CommandRun.of("run", out, "--seed", 7, "--save", folder);
    TensorFiles.writeNpy(folder.resolve("input_0.npy"), image);
    CommandRun run = CommandRun.of("run", out, "--compare", folder);
    assertThat(run.out()).startsWith("agrees");
    assertThat(run.code()).isZero();
  }

  @Test
  void whatDoesNotFitTheModelIsNamed() throws IOException {
    Path npy = folder.resolve("x.npy");
    TensorFiles.writeNpy(npy, Tensor.ofFloats(Shape.of(2), 1, 2));
    CommandRun run = CommandRun.of("run", out, npy);
    assertThat(run.err()).isEqualTo("nncc: input 'image' is f32[1,1,28,28], not f32[2]\n");
    assertThat(run.code()).isEqualTo(ExitCodes.FILES);
    assertThat(CommandRun.of("run", out).err())
        .contains("input 'image' (f32[1,1,28,28]) has no file", "--seed");
    assertThat(CommandRun.of("run", out, THREE, THREE).err()).contains("is one file too many");
    assertThat(CommandRun.of("run", MODEL, THREE).err()).contains("is not a compiled library");
    assertThat(CommandRun.of("run", folder, THREE).err()).contains("holds no compiled library");
    assertThat(CommandRun.of("run", folder.resolve("no"), THREE).err()).contains("no such file");
  }

  @Test
  void inspectReadsModelsAndLibraries() {
    CommandRun model = CommandRun.of("inspect", MODEL);
    assertThat(model.out())
        .contains(
            "input      image: f32[1,1,28,28]", "Conv 7", "weights    35,322 numbers", "FLOP");
    assertThat(model.code()).isZero();
    CommandRun library = CommandRun.of("inspect", out);
    assertThat(library.out())
        .contains("output     probabilities: f32[1,10]", "sha256", "digits.onnx", "FLOP");
    String work = model.out().lines().filter(l -> l.startsWith("work ")).findFirst().orElseThrow();
    assertThat(library.out()).contains(work + " of ");
  }

  @Test
  void benchMeasuresAndProfiles() throws IOException {
    Path file = folder.resolve("b.json");
    CommandRun run =
        CommandRun.of("bench", out, "--threads", 1, "--seconds", 0.1, "--profile", "--json", file);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("median", "p90", "GFLOP/s", "1 thread", "share", "softmax");
    JsonNode b = json(file);
    assertThat(b.path("threads").asInt()).isEqualTo(1);
    assertThat(b.path("precision").asText()).isEqualTo("fp32");
    assertThat(b.path("nncc_ms").path("median").asDouble())
        .isBetween(
            b.path("nncc_ms").path("min").asDouble(), b.path("nncc_ms").path("p90").asDouble());
    assertThat(b.has("peer")).isFalse();
  }

  @Test
  void sharesAreOfThePeakThatWasKept() throws IOException {
    Path kept = folder.resolve("peaks.json");
    Processor p = Processor.read();
    // A peak so low that every share is known to be large, and one number of threads.
    new Peaks(p.name(), p.cores(), List.of(1), List.of(1e3), List.of(), List.of()).save(kept);
    Path file = folder.resolve("b.json");
    CommandRun run =
        CommandRun.of(
            "bench",
            out,
            "--threads",
            1,
            "--seconds",
            0.1,
            "--profile",
            "--peak-file",
            kept,
            "--json",
            file);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("of peak", "peak of 1 thread");
    JsonNode b = json(file);
    assertThat(b.path("peak_gflops").asDouble()).isEqualTo(1e-6);
    JsonNode first = b.path("kernels").path(0);
    assertThat(first.path("of_peak").asDouble())
        .isEqualTo(first.path("gflops").asDouble() / 1e-6, within(1e-3));
    assertThat(first.path("ms").asDouble()).isPositive();
    assertThat(first.path("ms").asDouble())
        .isGreaterThanOrEqualTo(b.path("kernels").path(1).path("ms").asDouble());
  }

  @Test
  void whatASearchFoundIsUsedAgain() throws IOException {
    Path found = folder.resolve("found.tuning");
    CommandRun search =
        CommandRun.of(
            "compile", MODEL, "-o", folder.resolve("a"), "--tune", "1s", "--tuning", found, "-q");
    assertThat(search.code()).as(search.err()).isZero();
    assertThat(search.out()).contains("kernels are faster with other schedules", "kept in");
    assertThat(found).content().startsWith("# nncc tuning 1\n");
    CommandRun again =
        CommandRun.of("compile", MODEL, "-o", folder.resolve("b"), "--tuning", found, "-q");
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(Files.readAllBytes(folder.resolve("b/libdigits.so")))
        .isEqualTo(Files.readAllBytes(folder.resolve("a/libdigits.so")));
    Files.writeString(found, "kernel\n");
    CommandRun bad =
        CommandRun.of("compile", MODEL, "-o", folder.resolve("c"), "--tuning", found, "-q");
    assertThat(bad.code()).isNotZero();
    assertThat(bad.err()).contains("found.tuning: line 1 is no entry");
    CommandRun never = CommandRun.of("compile", MODEL, "-o", folder.resolve("c"), "--tune", "soon");
    assertThat(never.err()).contains("no duration such as 90s");
  }

  @Test
  void benchNeedsSomethingToMeasure() {
    CommandRun run = CommandRun.of("bench", "--seconds", 0.1);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("name what to measure");
  }

  @Test
  void stagesArePrintedAndStoppedAt() {
    CommandRun run =
        CommandRun.of(
            "compile",
            MODEL,
            "-o",
            folder.resolve("o"),
            "--dump",
            "fuse",
            "--stop-after",
            "fuse",
            "--time");
    assertThat(run.out())
        .startsWith("// after fuse\n")
        .contains("Fused", "Conv", "fuse / fuse-vertical");
    assertThat(run.code()).isZero();
    assertThat(folder.resolve("o")).doesNotExist();
    assertThat(CommandRun.of("compile", MODEL, "--stop-after", "fuse", "--trace-rules").out())
        .contains("fold");
  }

  @Test
  void optPrintsAndReadsText() throws IOException {
    Path text = folder.resolve("d.nn");
    assertThat(CommandRun.of("opt", MODEL, "-o", text).code()).isZero();
    CommandRun again = CommandRun.of("opt", text, "--no-passes");
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(CommandRun.of("opt", MODEL).out()).contains("Fused").isEqualTo(again.out());
    assertThat(CommandRun.of("opt", MODEL, "--no-passes").out()).contains("BatchNorm");
    assertThat(CommandRun.of("opt", MODEL, "--stop-after", "nowhere").code())
        .isEqualTo(ExitCodes.USAGE);
  }

  @Test
  void optExplainsANode() {
    CommandRun life = CommandRun.of("opt", MODEL, "--explain", "/BatchNormalization_3");
    assertThat(life.code()).as(life.err()).isZero();
    assertThat(life.out())
        .containsSubsequence(
            "imported\n",
            "BatchNorm(",
            "simplify\n",
            "decompose-batch-norm",
            "fold-scale-into-conv",
            "fold-shift-into-conv",
            "fuse\n",
            "in kernel Conv + Relu",
            "with /Conv_3 (Conv)");
    CommandRun near = CommandRun.of("opt", MODEL, "--explain", "batchnormalization_3");
    assertThat(near.err()).contains("has no node", "; close to it: /BatchNormalization_3");
    assertThat(near.code()).isEqualTo(ExitCodes.USAGE);
    CommandRun typo = CommandRun.of("opt", MODEL, "--explain", "/BatchNormilazation_3");
    assertThat(typo.err()).contains("; close to it: /BatchNormalization_3");
    CommandRun none = CommandRun.of("opt", MODEL, "--explain", "zzzz");
    assertThat(none.err()).contains("no node 'zzzz'; there are: ", " more\n");
  }

  @Test
  void tables() {
    assertThat(CommandRun.of("ops").out()).contains("\nConv ", "\nSoftmax ");
    assertThat(CommandRun.of("targets").out()).contains("host: ", "x86-64-v3", "aarch64-linux");
    assertThat(CommandRun.of("pipeline").out()).contains("import\n", "fuse-vertical", "link\n");
    assertThat(CommandRun.of("pipeline", "--disable", "strip").out()).contains("(disabled)");
    assertThat(CommandRun.of("pipeline", "--rules").out().lines())
        .filteredOn(line -> line.startsWith("    "))
        .contains("    decompose-batch-norm")
        .doesNotHaveDuplicates();
    CommandRun unknown = CommandRun.of("pipeline", "--disable", "fuse-verticaly");
    assertThat(unknown.err()).contains("no pass or rule 'fuse-verticaly'; close to it: fuse-vert");
    assertThat(unknown.code()).isEqualTo(ExitCodes.USAGE);
    assertThat(CommandRun.of("zoo").out()).contains("resnet50 ", "--dim batch=1");
  }

  @Test
  void zooModelsAreWritten() throws IOException {
    Path file = folder.resolve("l.onnx");
    assertThat(CommandRun.of("zoo", "lenet", "-o", file, "--dim", "batch=2").code()).isZero();
    assertThat(CommandRun.of("inspect", file).out()).contains("f32[2,1,28,28]");
    CommandRun unknown = CommandRun.of("zoo", "resnet51");
    assertThat(unknown.err()).contains("no zoo model 'resnet51'");
    assertThat(unknown.code()).isEqualTo(ExitCodes.USAGE);
  }

  /** Another name of the old file keeps its content, which writing in place would change. */
  @Test
  void zooModelsAreThereWholeOrNotAtAll() throws IOException {
    Path file = Files.writeString(folder.resolve("l.onnx"), "old");
    Path other = Files.createLink(folder.resolve("old.onnx"), file);
    assertThat(CommandRun.of("zoo", "lenet", "-o", file).code()).isZero();
    assertThat(other).hasContent("old");
    assertThat(CommandRun.of("inspect", file).code()).isZero();
    assertThat(folder).isDirectoryNotContaining(p -> !p.equals(file) && !p.equals(other));
  }

  @Test
  void wrongWordsAreUsageErrors() {
    assertThat(CommandRun.of("compile", MODEL, "--cpu", "pentium9", "-o", folder).err())
        .contains("unknown processor 'pentium9'");
    assertThat(CommandRun.of("compile", MODEL, "--cpu", "pentium9", "-o", folder).code())
        .isEqualTo(ExitCodes.USAGE);
    assertThat(
            CommandRun.of("compile", MODEL, "--target", "x86_64-linux", "--cpu", "cortex-a76")
                .err())
        .contains("'cortex-a76' is of aarch64-linux, not of x86_64-linux; try --target aarch64-l");
    CommandRun typo = CommandRun.of("compile", MODEL, "--jbos", 2);
    assertThat(typo.err()).contains("--jbos", "--jobs");
    assertThat(typo.code()).isEqualTo(ExitCodes.USAGE);
    assertThat(CommandRun.of("compile", MODEL, "--stop-after", "fuze").err())
        .contains("'fuze' is none of import, canonicalise, simplify, fuse,");
    CommandRun command = CommandRun.of("comple");
    assertThat(command.err()).contains("no command 'comple'", "did you mean compile?");
    assertThat(command.code()).isEqualTo(ExitCodes.USAGE);
  }
}
