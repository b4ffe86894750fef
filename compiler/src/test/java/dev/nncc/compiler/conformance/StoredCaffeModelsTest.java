package dev.nncc.compiler.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.conformance.Outcome.Kind;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.Compare;
import dev.nncc.graph.Tensor;
import dev.nncc.runtime.ContextOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trained Caffe networks with stored outputs of another implementation, through the compiler. */
@Tag("data")
class StoredCaffeModelsTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("nncc.data", "../../shared/data"), "caffe-models");

  /** What two forms of one network may differ by. */
  private static final double FORMS = 1e-5;

  @TempDir Path out;

  private static void check(String name) throws IOException {
    Path folder = FOLDER.resolve(name);
    assumeTrue(Files.isDirectory(folder), "no " + folder + ": set -Dnncc.data");
    try (TestCases cases = TestCases.find(folder)) {
      CaseRunner runner = new CaseRunner(CompileOptions.DEFAULT, ContextOptions.DEFAULT);
      Outcome o = runner.run(cases.cases().get(0));
      assertThat(o.kind()).as("%s: %s", name, o.why()).isEqualTo(Kind.PASSED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lenet", "mtcnn-det1", "mtcnn-det2"})
  void givesTheStoredOutputs(String name) throws IOException {
    check(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ultraface-rfb-320", "wechat-qr-detect", "wechat-sr"})
  @Tag("full")
  void givesTheStoredOutputsOfLargeOnes(String name) throws IOException {
    check(name);
  }

  private CompileReport compile(Path model, List<String> outputs) throws IOException {
    assumeTrue(Files.exists(model), "no " + model + ": set -Dnncc.data");
    return new Compiler(CompileListener.NONE)
        .compile(
            model,
            out.resolve(String.valueOf(model.getFileName())),
            CompileOptions.DEFAULT.withImports(ImportOptions.NONE.withOutputs(outputs)));
  }

  private List<Tensor> run(String model, Tensor input) throws IOException {
    try (CompiledModel m =
        CompiledModel.open(out.resolve(model).resolve("libmodel.so"), ContextOptions.DEFAULT)) {
      return m.run(List.of(input));
    }
  }

  /** The Caffe form ends before the boxes are decoded, at the value that is 460 in the other. */
  @Test
  @Tag("full")
  void theSameNetworkInTwoFormatsHasTheSameKernels() throws IOException {
    Path folder = FOLDER.resolve("ultraface-rfb-320");
    CompileReport caffe = compile(folder.resolve("model.prototxt"), List.of("boxes", "scores"));
    CompileReport onnx =
        compile(
            FOLDER.resolveSibling("onnx-models/ultraface-rfb-320/model.onnx"),
            List.of("460", "scores"));
    assertThat(caffe.kernels().horizontal()).isEqualTo(onnx.kernels().horizontal());
    assertThat(caffe.distinctKernels()).isEqualTo(onnx.distinctKernels());
    Tensor input = TensorFiles.read(folder.resolve("input_0.npy"));
    List<Tensor> ours = run("model.prototxt", input);
    List<Tensor> theirs = run("model.onnx", input);
    for (int i = 0; i < 2; i++) {
      assertThat(Compare.relativeL2(ours.get(i), theirs.get(i)))
          .as("output %d", i)
          .isLessThan(FORMS);
    }
  }
}
