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

/** Trained TensorFlow models with the outputs of TensorFlow, through the whole compiler. */
@Tag("data")
class StoredTensorflowModelsTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("nncc.data", "../../shared/data"), "tf-models");

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
  @ValueSource(strings = {"kws-ds-cnn-s", "mtcnn-pnet", "saved-kws-ref", "tf2onnx-lstm"})
  void givesTheStoredOutputs(String name) throws IOException {
    check(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "espcn-x3",
        "fsrcnn-small-x2",
        "hey-snips",
        "hourglass-pose",
        "kws-crnn-s",
        "saved-basic-pitch"
      })
  @Tag("full")
  void givesTheStoredOutputsOfLargeOnes(String name) throws IOException {
    check(name);
  }

  private CompileReport compile(Path model, ImportOptions imports) throws IOException {
    assumeTrue(Files.exists(model), "no " + model + ": set -Dnncc.data");
    return new Compiler(CompileListener.NONE)
        .compile(
            model,
            out.resolve(String.valueOf(model.getFileName())),
            CompileOptions.DEFAULT.withImports(imports));
  }

  /** Channels last in the file: all that is left are copies where rows of pixels change places. */
  @ParameterizedTest
  @ValueSource(strings = {"kws-ds-cnn-s", "saved-kws-ref"})
  void leavesNoTransposesBetweenConvolutions(String name) throws IOException {
    Path folder = FOLDER.resolve(name);
    assumeTrue(Files.isDirectory(folder), "no " + folder + ": set -Dnncc.data");
    ImportOptions ends = StoredEnds.of(folder, ImportOptions.NONE);
    if (name.equals("kws-ds-cnn-s")) {
      ends = ends.withInputShape("Mfcc:0", List.of(1L, 49L, 10L));
    }
    TestCase test = new TestCase(name, folder, List.of(folder));
    CompileReport r = compile(test.model(), ends);
    assertThat(r.kernels().copies()).isZero();
  }

  @Test
  @Tag("full")
  void theSameNetworkInTwoFormatsHasTheSameKernels() throws IOException {
    CompileReport tensorflow =
        compile(FOLDER.resolve("saved-basic-pitch/saved_model"), ImportOptions.NONE);
    CompileReport onnx =
        compile(FOLDER.resolveSibling("onnx-models/basic-pitch/model.onnx"), ImportOptions.NONE);
    assertThat(tensorflow.kernels().horizontal()).isEqualTo(onnx.kernels().horizontal());
    assertThat(tensorflow.distinctKernels()).isEqualTo(onnx.distinctKernels());
    Tensor input = TensorFiles.read(FOLDER.resolve("saved-basic-pitch/input_0.npy"));
    List<Tensor> theirs = run("model.onnx", "libmodel.so", input);
    for (Tensor ours : run("saved_model", "libsaved_model.so", input)) {
      // Outputs have other names and another order in the other file.
      assertThat(theirs)
          .filteredOn(t -> t.type().equals(ours.type()))
          .anySatisfy(t -> assertThat(Compare.relativeL2(ours, t)).isLessThan(FORMS));
    }
  }

  private List<Tensor> run(String folder, String library, Tensor input) throws IOException {
    try (CompiledModel m =
        CompiledModel.open(out.resolve(folder).resolve(library), ContextOptions.DEFAULT)) {
      return m.run(List.of(input));
    }
  }
}
