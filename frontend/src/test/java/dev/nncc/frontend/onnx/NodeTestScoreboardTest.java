package dev.nncc.frontend.onnx;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.StoredTests;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ONNX standard's own tests through importer and reference evaluation. */
@Tag("data")
class NodeTestScoreboardTest {
  /** What passed when this was last raised: fewer means that something broke. */
  private static final int PASSING = 1101;

  @Test
  void everyTestIsPassedOrRefusedInWords(@TempDir Path folder) throws IOException {
    StoredTests.check("onnx-node-tests.zip", PASSING, folder, NodeTests::new);
  }

  /** Inputs in the order of the model's. */
  static Map<String, Tensor> byName(Path model, List<Tensor> inputs) {
    List<String> names = Importers.open(model, FileChoice.NONE).inputNames(ImportOptions.NONE);
    Map<String, Tensor> data = new LinkedHashMap<>();
    for (int i = 0; i < Math.min(names.size(), inputs.size()); i++) {
      data.put(names.get(i), inputs.get(i));
    }
    return data;
  }

  private static final class NodeTests extends StoredTests {
    NodeTests(ZipFile zip, Path folder) {
      super(zip, folder, "model.onnx");
    }

    @Override
    protected double absolute() {
      return 1e-7;
    }

    @Override
    protected Stored stored(String name, Path file) throws IOException {
      List<Tensor> inputs = tensors(name + "/test_data_set_0/input_");
      return new Stored(
          ImportOptions.NONE, byName(file, inputs), tensors(name + "/test_data_set_0/output_"));
    }

    private List<Tensor> tensors(String prefix) throws IOException {
      List<Tensor> out = new ArrayList<>();
      while (has(prefix + out.size() + ".pb")) {
        out.add(TensorFiles.readProto(bytes(prefix + out.size() + ".pb")));
      }
      return out;
    }
  }
}
