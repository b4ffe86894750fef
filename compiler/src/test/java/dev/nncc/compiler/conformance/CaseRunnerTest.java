package dev.nncc.compiler.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.conformance.Outcome.Kind;
import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.runtime.ContextOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaseRunnerTest {
  private static final Shape THREE = Shape.of(3);

  @TempDir Path root;

  private final CaseRunner runner =
      new CaseRunner(CompileOptions.DEFAULT, ContextOptions.DEFAULT.withThreads(1));

  /** A model folder with {@code x = [-1, 0, 2]} stored as input. */
  private TestCase model(String op, Tensor expected) throws IOException {
    Path folder = root.resolve(op);
    OnnxFiles.unary(folder.resolve("model.onnx"), op);
    TensorFiles.writeNpy(folder.resolve("input_0.npy"), Tensor.ofFloats(THREE, -1, 0, 2));
    TensorFiles.writeNpy(folder.resolve("output_0.npy"), expected);
    return find(op);
  }

  private TestCase find(String name) throws IOException {
    try (TestCases cases = TestCases.find(root)) {
      return cases.cases().stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
    }
  }

  @Test
  void aRightOutputPassesAndTheStoredInputGivesTheOpenDimension() throws IOException {
    Outcome o = runner.run(model("Relu", Tensor.ofFloats(THREE, 0, 0, 2)));
    assertThat(o.why()).startsWith("y: relative L2 0.0, at most 1.0e-05");
    assertThat(o.kind()).isEqualTo(Kind.PASSED);
    assertThat(o.operators()).containsExactly("Relu");
    assertThat(o.seconds()).isPositive();
  }

  @Test
  void aStoredOutputFartherFromExactArithmeticThanTheToleranceExcusesUs() throws IOException {
    Outcome o = runner.run(model("Relu", Tensor.ofFloats(THREE, 0, 0, 2.00006f)));
    assertThat(o.kind()).isEqualTo(Kind.EXCUSED);
    assertThat(o.why()).endsWith("exact arithmetic: 0.0 from ours, 3.0e-05 from the stored");
  }

  @Test
  void aWrongOutputFailsWithTheWorstElement() throws IOException {
    Outcome o = runner.run(model("Relu", Tensor.ofFloats(THREE, 0, 0, 3)));
    assertThat(o.kind()).isEqualTo(Kind.FAILED);
    assertThat(o.why()).isEqualTo("y: relative L2 0.33, above 1.0e-05; [2]: 2.0, expected 3.0");
  }

  @Test
  void recordedDifferencesWidenTheTolerance() throws IOException {
    TestCase test = model("Relu", Tensor.ofFloats(THREE, 0, 0, 2.001f));
    assertThat(runner.run(test).kind()).isEqualTo(Kind.FAILED);
    String meta =
        "{\"inputs\": [{\"name\": \"x\", \"used_shape\": [3]}],"
            + " \"outputs\": [{\"rel_diff_ort_optimised\": 1e-4}]}";
    Files.writeString(test.folder().resolve("meta.json"), meta);
    assertThat(runner.run(test).kind()).isEqualTo(Kind.PASSED);
  }

  @Test
  void whereNothingIsRecordedTheMaximumCounts() throws IOException {
    TestCase test = model("Relu", Tensor.ofFloats(THREE, 0, 0, 2.0002f));
    Files.writeString(test.folder().resolve("meta.json"), "{\"outputs\": [{\"name\": \"y\"}]}");
    Outcome o = runner.run(test);
    assertThat(o.why()).isEqualTo("y: of the maximum 9.5e-05, at most 0.00010");
    assertThat(o.kind()).isEqualTo(Kind.PASSED);
  }

  @Test
  void anUnknownOperatorIsRefusedWithoutTheNamesOfNodes() throws IOException {
    Outcome o = runner.run(model("Frobnicate", Tensor.ofFloats(THREE, 0, 0, 2)));
    assertThat(o.kind()).isEqualTo(Kind.REFUSED);
    assertThat(o.why()).contains("Frobnicate").contains("not supported").doesNotContain("the_node");
  }

  @Test
  void dataThatIsNoTensorIsRefused() throws IOException {
    TestCase test = model("Relu", Tensor.ofFloats(THREE, 0, 0, 2));
    Files.delete(test.folder().resolve("input_0.npy"));
    Files.writeString(test.folder().resolve("input_0.pb"), "a sequence, say");
    Outcome o = runner.run(find("Relu"));
    assertThat(o.kind()).isEqualTo(Kind.REFUSED);
    assertThat(o.why()).startsWith("stored data: not an ONNX tensor");
  }

  @Test
  void aFileThatIsNoModelDoesNotEndTheRun() throws IOException {
    TestCase test = model("Relu", Tensor.ofFloats(THREE, 0, 0, 2));
    Files.writeString(test.model(), "hello");
    assertThat(runner.run(test).kind()).isNotEqualTo(Kind.PASSED);
  }

  @Test
  void aWorkerAnswersEachRequestWithALine() throws IOException {
    TestCase test = model("Relu", Tensor.ofFloats(THREE, 0, 0, 2));
    String request = Worker.request(test) + "\n";
    StringWriter answers = new StringWriter();
    Worker.serve(
        new BufferedReader(new StringReader(request + request)), new PrintWriter(answers), runner);
    assertThat(answers.toString()).hasLineCount(2);
    Outcome o = Outcome.parse(answers.toString().lines().findFirst().orElseThrow());
    assertThat(o.kind()).isEqualTo(Kind.PASSED);
    assertThat(o.name()).isEqualTo("Relu");
  }
}
