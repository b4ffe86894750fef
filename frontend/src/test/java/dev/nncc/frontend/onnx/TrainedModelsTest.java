package dev.nncc.frontend.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.StoredTests;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.Compare;
import dev.nncc.graph.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trained models from other sources are imported; the smallest are evaluated too. */
@Tag("data")
class TrainedModelsTest {
  private static Path model(String name) {
    Path folder = TestData.folder().resolve("onnx-models").resolve(name);
    assumeTrue(Files.isDirectory(folder), "no " + folder);
    return folder;
  }

  private static List<Tensor> tensors(Path folder, String kind) {
    List<Tensor> out = new ArrayList<>();
    while (Files.exists(folder.resolve(kind + "_" + out.size() + ".npy"))) {
      out.add(TensorFiles.read(folder.resolve(kind + "_" + out.size() + ".npy")));
    }
    return out;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "basic-pitch",
        "candy-nc16-128",
        "crepe-tiny",
        "dnsmos-sig-bak-ovr",
        "dtln-1",
        "fastestdet",
        "keypoint-classifier",
        "magika-v3_3",
        "micro-kws-fp32",
        "mnist-cntk",
        "mobilefacenet",
        "mp-face-detection-short",
        "mxnet-mobilenetv2-part",
        "oww-embedding",
        "oww-hey-rhasspy",
        "oww-melspectrogram",
        "ppocr-cls",
        "ppocr-v3-det-ch",
        "resnet20-cifar",
        "retinaface-mbnet025",
        "scrfd-500m-bnkps",
        "slim-160-landmarks",
        "superres-pytorch",
        "tribuo-cnn-mnist",
        "tribuo-tinybert",
        "ultraface-rfb-320",
        "ultraface-slim-320",
        "vespa-encoder",
        "vittrack",
        "yolox-nano",
        "yunet-n-320"
      })
  void isImportedWithTheStoredInputs(String name) {
    Path folder = model(name);
    Path file = folder.resolve("model.onnx");
    List<Tensor> inputs = tensors(folder, "input");
    List<String> names = Importers.open(file, FileChoice.NONE).inputNames(ImportOptions.NONE);
    Map<String, Tensor> data = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      data.put(names.get(i), inputs.get(i));
    }
    ImportResult r = Importers.importFor(file, ImportOptions.NONE, data);
    // No input had to become a constant: shapes alone decide everything.
    assertThat(r.graph().inputs()).hasSameSizeAs(names);
    List<Tensor> expected = tensors(folder, "output");
    for (int i = 0; i < expected.size(); i++) {
      assertThat(r.graph().outputs().get(i).type()).isEqualTo(expected.get(i).type());
    }
  }

  /** 1e-5 is what ONNX Runtime's optimisation levels differ by and a little more. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "dtln-1",
        "gonnx-ndm",
        "keras-lstm-loop",
        "micro-kws-qoperator",
        "skl-tsne",
        "keypoint-classifier",
        "micro-kws-fp32",
        "mnist-cntk",
        "mp-face-detection-short",
        "point-history-lstm",
        "resnet20-cifar",
        "silero-vad-v6-op15",
        "slim-160-landmarks",
        "tract-byte-bilstm",
        "tract-lgbm-classifier",
        "tribuo-cnn-mnist",
        "tribuo-tinybert",
        "ultraface-slim-320",
        "vespa-encoder",
        "vigilant-int8"
      })
  void givesTheStoredOutputs(String name) {
    Path folder = model(name);
    Path file = folder.resolve("model.onnx");
    Map<String, Tensor> inputs = NodeTestScoreboardTest.byName(file, tensors(folder, "input"));
    List<Tensor> got = StoredTests.evaluate(file, ImportOptions.NONE, inputs);
    List<Tensor> expected = tensors(folder, "output");
    for (int i = 0; i < expected.size(); i++) {
      assertThat(Compare.relativeL2(got.get(i), expected.get(i)))
          .as("output %d", i)
          .isLessThanOrEqualTo(1e-5);
    }
  }
}
