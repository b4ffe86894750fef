package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.compiler.measure.Peaks;
import dev.nncc.compiler.measure.Processor;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code nncc report}, and its page in a browser. */
class ReportCommandTest {
  private static final Path DIGITS = Path.of("../models/digits/digits.onnx");

  @TempDir Path folder;

  @Test
  void aPageIsWrittenAndNothingElse() throws IOException {
    Path page = folder.resolve("pages/digits.html");
    CommandRun run = CommandRun.of("report", DIGITS, "-o", page, "--cpu", "x86-64-v3", "-q");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).isEqualTo("wrote " + page + "\n");
    assertThat(page).content().startsWith("<!DOCTYPE html>").contains("digits", "x86-64-v3");
    try (var files = Files.walk(folder)) {
      assertThat(files).containsExactlyInAnyOrder(folder, page.getParent(), page);
    }
    CommandRun missing = CommandRun.of("report", folder.resolve("no.onnx"));
    assertThat(missing.err()).contains("no such file");
    assertThat(missing.code()).isEqualTo(ExitCodes.FILES);
  }

  @Test
  void ofSeveralProfilesTheLargestIsShownFirst() throws IOException {
    Path model = folder.resolve("open.onnx");
    assertThat(CommandRun.of("zoo", "lenet", "--open-batch", "-o", model).code()).isZero();
    Path page = folder.resolve("open.html");
    CommandRun run = CommandRun.of("report", model, "-o", page, "--dim", "batch=1,3", "-q");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(page)
        .content()
        .contains("The library has 2 shape profiles. Shown is batch=3;", "f32[3,1,28,28]")
        .contains("\"others\":[{", "Shown is batch=1;", "f32[1,1,28,28]");
  }

  @Test
  void digitsInABrowser() throws Exception {
    opened(DIGITS);
  }

  @Test
  void aZooModelInABrowser() throws Exception {
    Path model = folder.resolve("squeezenet.onnx");
    assertThat(CommandRun.of("zoo", "squeezenet1.1", "-o", model).code()).isZero();
    opened(model);
  }

  @Test
  void measuredKernelsArePointsBelowTheCeilings() throws Exception {
    Optional<Path> chromium = chromium();
    assumeTrue(chromium.isPresent(), "no chromium on the PATH: the page is not opened");
    Path page = folder.resolve("page.html");
    Path peaks = folder.resolve("peaks.json");
    Processor p = Processor.read();
    new Peaks(
            p.name(),
            p.cores(),
            List.of(1),
            List.of(1e12),
            List.of(),
            List.of(
                new Peaks.Bandwidth("L1 read", 1, List.of(500e9)),
                new Peaks.Bandwidth("memory read", 1, List.of(40e9))))
        .save(peaks);
    CommandRun run =
        CommandRun.of(
            "report", DIGITS, "--time", "--threads", 1, "--peak-file", peaks, "-o", page, "-q");
    assertThat(run.code()).as(run.err()).isZero();
    Browser browser = open(chromium.orElseThrow(), page);
    assertThat(browser.log()).doesNotContain("CONSOLE");
    String dom = browser.dom();
    assertThat(dom).contains("peak 1.00 TFLOP/s", "L1 read 500.0 GB/s", "memory read 40.0 GB/s");
    assertThat(dom.split("class=\"point\"", -1)).hasSizeGreaterThan(4);
    assertThat(dom).contains("on 1 thread", ">GFLOP/s</button>");
    try (var files = Files.list(folder)) {
      assertThat(files.map(f -> String.valueOf(f.getFileName())))
          .contains("page.html")
          .doesNotContain("out");
    }
  }

  /**
   * What the script computes and draws is in the document, and it had nothing to complain about.
   */
  private void opened(Path model) throws Exception {
    Optional<Path> chromium = chromium();
    String reason = "no chromium on the PATH: the page is not opened";
    if (chromium.isEmpty()) {
      System.out.println(reason);
    }
    assumeTrue(chromium.isPresent(), reason);
    Path page = folder.resolve("page.html");
    Path figures = folder.resolve("figures.json");
    assertThat(CommandRun.of("report", model, "-o", page, "-q").code()).isZero();
    assertThat(
            CommandRun.of("compile", model, "-o", folder.resolve("out"), "--json", figures, "-q")
                .code())
        .isZero();
    JsonNode f = JsonMapper.builder().build().readTree(figures.toFile());
    Browser browser = open(chromium.orElseThrow(), page);
    String dom = browser.dom();
    assertThat(browser.log()).doesNotContain("CONSOLE");
    assertThat(dom)
        .contains("data-ready=\"")
        .contains("data-bytes=\"" + f.path("arena_lower_bound_bytes").asLong() + "\"")
        .contains("id=\"ladder-to\">" + f.path("kernels").path("left").asInt() + " kernels<");
    assertThat(dom.split("class=\"item\"", -1)).hasSizeGreaterThan(5);
    assertThat(dom.split("class=\"pick\"", -1)).hasSizeGreaterThan(10);
    assertThat(dom.split("<details", -1)).hasSizeGreaterThan(3);
  }

  private record Browser(String dom, String log) {}

  private Browser open(Path chromium, Path page) throws Exception {
    List<String> words = new ArrayList<>(List.of(chromium.toString()));
    words.addAll(
        List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            "--virtual-time-budget=3000",
            "--window-size=1400,900",
            "--user-data-dir=" + folder.resolve("profile"),
            "--dump-dom",
            page.toAbsolutePath().toUri().toString()));
    File dom = folder.resolve("dom.html").toFile();
    File log = folder.resolve("chromium.log").toFile();
    Process p = new ProcessBuilder(words).redirectOutput(dom).redirectError(log).start();
    boolean ended = p.waitFor(60, TimeUnit.SECONDS);
    p.destroyForcibly();
    String text = Files.readString(log.toPath(), StandardCharsets.UTF_8);
    assertThat(ended).as(text).isTrue();
    return new Browser(Files.readString(dom.toPath(), StandardCharsets.UTF_8), text);
  }

  private static Optional<Path> chromium() {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.of(path.split(File.pathSeparator))
        .flatMap(
            d -> Stream.of("chromium", "chromium-browser", "google-chrome").map(n -> Path.of(d, n)))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
