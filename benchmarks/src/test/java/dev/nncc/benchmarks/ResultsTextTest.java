package dev.nncc.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.benchmarks.Results.Comparison;
import dev.nncc.benchmarks.Results.Compilation;
import dev.nncc.benchmarks.Results.Hot;
import dev.nncc.benchmarks.Results.Ladder;
import dev.nncc.benchmarks.Results.Origin;
import dev.nncc.benchmarks.Results.Pair;
import dev.nncc.benchmarks.Results.Peak;
import dev.nncc.benchmarks.Results.Timed;
import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.measure.Peaks;
import dev.nncc.compiler.measure.Peaks.Bandwidth;
import dev.nncc.compiler.measure.Processor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTextTest {
  private static final Origin ORIGIN = new Origin("abc", "2026-01-31", 0.1);
  private static final Processor MACHINE =
      new Processor("Processor", 2, List.of(new Processor.Cache(1, 48 << 10)));

  private static final List<Pair> PAIRS = List.of(new Pair(40, 38, true), new Pair(20, 22, false));

  @TempDir private Path folder;
  private Store store;

  @BeforeEach
  void measurePeak() throws IOException {
    store = new Store(folder);
    Bandwidth memory = new Bandwidth("memory read", 20_000_000, List.of(43e9, 48e9));
    store.put(
        Session.PEAK,
        Session.PEAK,
        new Peak(
            ORIGIN,
            new Peaks(
                "Processor", 2, List.of(1, 2), List.of(280e9, 550e9), List.of(), List.of(memory))));
  }

  private String text() throws IOException {
    return new ResultsText(store, MACHINE).text();
  }

  private void compare(String name, double ratio) throws IOException {
    Comparison c =
        new Comparison(
            name,
            ORIGIN,
            "onnxruntime 1",
            8.4e9,
            List.of(
                new Timed(1, 40, 40 * ratio, ratio, PAIRS), new Timed(2, 20, 25, 1.25, List.of())),
            3e-7,
            List.of(
                new Hot("conv_7", "Conv_1;Relu_2", 0.81, 12.3e9, 1e9),
                new Hot("conv_8", "Conv_2", 0.12, 270e9, 1e9),
                new Hot("gemm_9", "Gemm_3", 0.07, 20e9, 30e9)),
            "");
    store.put(Session.ZOO, name, c);
  }

  @Test
  void peaksAndMachineAreShown() throws IOException {
    assertThat(text())
        .contains("- processor: Processor, 2 cores", "- caches: L1 48 KiB", "- Java: ")
        .contains("| FMA on registers, GFLOP/s | 280 | 550 |")
        .contains("| memory read (20.0 MB a thread), GB/s | 43 | 48 |")
        .doesNotContain("ONNX Runtime");
  }

  @Test
  void comparisonsComeInTheOrderOfTheZoo() throws IOException {
    compare("vgg19", 0.9);
    compare("alexnet", 1.1);
    // 8.4 GFLOP in 40 ms are 210 of 280 GFLOP/s.
    assertThat(text())
        .containsSubsequence(
            "Against onnxruntime 1 at its default settings; nncc abc on 2026-01-31, load 0.1",
            "| alexnet | 8.40 | 40.00 | 44.00 | **1.10** (0.95-1.10) |  |"
                + " 20.00 | 25.00 | **1.25** |  | 3.0e-07 | 75 % |",
            "| vgg19 | 8.40 | 40.00 | 36.00 | **0.90** (0.95-1.10) | 2.80, 2.95: *below* |")
        .doesNotContain("Slower than half");
  }

  @Test
  void goalsAreHeldAgainstRatiosAsTheyAreShown() {
    Goals.Goal g = Goals.Goal.of(1.4, 1.3, 1.5, 1.4);
    assertThat(ComparisonText.verdict(g, 1, 1.396)).isEqualTo("1.40, 1.50: floor");
    assertThat(ComparisonText.verdict(g, 1, 1.394)).isEqualTo("1.40, 1.50: *below*");
    assertThat(ComparisonText.verdict(g, 2, 1.41)).isEqualTo("1.30, 1.40: target");
    assertThat(ComparisonText.verdict(g, 4, 1.41)).isEmpty();
    assertThat(ComparisonText.geometric(List.of(1.0, 4.0))).isEqualTo(2, within(1e-12));
  }

  @Test
  void allBlocksAndThePictureAreWrittenBesideThePage() throws IOException {
    compare("vgg19", 0.9);
    Path page = folder.resolve("RESULTS.md");
    new ResultsText(store, MACHINE).write(page);
    assertThat(folder.resolve("blocks.csv"))
        .hasContent(
            """
            model,threads,pair,began,nncc ms,peer ms,ratio
            vgg19,1,0,nncc,40.000000,38.000000,0.9500
            vgg19,1,1,peer,20.000000,22.000000,1.1000
            """);
    assertThat(page)
        .content()
        .contains("speed.svg", "geometric mean, those with a prototype", "**0.90** of 1");
    assertThat(folder.resolve("speed.svg")).content().contains("vgg19", ">0.90<", "</svg>");
  }

  @Test
  void kernelsOfSlowModelsAreNamed() throws IOException {
    compare("alexnet", 0.49);
    compare("vgg19", 0.5);
    assertThat(text())
        .containsSubsequence("## Slower than half", "| alexnet | conv_7 | 81 % | 12.3 | Conv_1;")
        .doesNotContain("| vgg19 | conv_7 |");
  }

  @Test
  void kernelsAreHeldAgainstTheCeilings() throws IOException {
    compare("vgg19", 2);
    // Of 280 GFLOP/s and of 43 GB/s: conv_8 is at the peak, gemm_9 at the speed of memory.
    assertThat(text())
        .contains("| vgg19 | 12 % | 7 % | 81 % | conv_7, 81 % of the run at 12 GFLOP/s: Conv_1;");
  }

  @Test
  void failuresKeepALine() throws IOException {
    store.put(Session.REAL, "dtln-1", Comparison.failed("dtln-1", ORIGIN, "no LSTM | yet"));
    assertThat(text()).contains("## Trained models", "| dtln-1 | failed: no LSTM \\| yet |");
  }

  @Test
  void librariesAreHeldAgainstTheirLimit() throws IOException {
    store.put(
        Session.COMPILE,
        "unet",
        new Compilation(
            "unet",
            ORIGIN,
            4.26,
            700_000_000,
            1_940_000,
            300_000,
            90_000,
            1_000_000,
            3,
            12.5,
            10,
            ""));
    assertThat(text())
        .contains(
            "| unet | 4.3 | 700.0 MB | 1.0 MB | 1.9 MB | 1.6 MB (above) | 1.6 MB | 90 kB |"
                + " 3.00 | 12.50 | 10.00 | 5.50 |");
  }

  @Test
  void figuresOfSeveralCommitsAreToldApart() throws IOException {
    compare("alexnet", 1);
    store.put(Session.ZOO, "vgg19", Comparison.failed("vgg19", new Origin("def", "d", 0), "why"));
    assertThat(text())
        .contains("load 0.1 before (alexnet); nncc def on d, load 0.0 before (vgg19)");
  }

  private void ladder(String kind, String name, int kernels, long small, long bound)
      throws IOException {
    Ladder l =
        new Ladder(
            name,
            ORIGIN,
            new CompileReport.Ladder(200, 80, 78, kernels, 2, 1, 0),
            60,
            50,
            3_000_000,
            small,
            bound,
            28_000_000,
            600_000,
            0.12,
            3.4,
            "");
    store.put(kind, name, l);
  }

  @Test
  void laddersAreShownWithGoalsAndBounds() throws IOException {
    ladder(Session.LADDER_ZOO, "vgg19", 26, 2_000_000, 2_000_000);
    ladder(Session.LADDER_ZOO, "googlenet", 57, 2_000_000, 1_900_000);
    ladder(Session.LADDER_REAL, "own", 9, 2_000_000, 1_000_000);
    store.put(Session.LADDER_REAL, "bad", Ladder.failed("bad", ORIGIN, "a | b"));
    assertThat(text())
        .contains("## Kernels and memory")
        .contains(
            "nncc abc on 2026-01-31. `--arena small` is within 10 % of the bound on 2 of 3 models and"
                + " equal to it on 1; 1 of 2 goals for the number of kernels are met.")
        .containsSubsequence(
            "| vgg19 | 200 | 80 | 78 | 26 | 25 | 2 | 1 | 60 | 50 | 3.00 MB | 1.50 | 2.00 MB | 1.00 |"
                + " 28.00 MB | 600.0 kB | 0.12 | 3.40 |",
            "| googlenet | 200 | 80 | 78 | **57** | 57 |",
            "| bad | failed: a \\| b |",
            "| own | 200 | 80 | 78 | **9** |  |");
  }
}
