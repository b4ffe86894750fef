package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.StoredTests;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small TensorFlow graphs with stored results through importer and reference evaluation. */
@Tag("data")
class LayerTestScoreboardTest {
  /** What passed when this was last raised: fewer means that something broke. */
  private static final int PASSING = 1258;

  @Test
  void everyTestIsPassedOrRefusedInWords(@TempDir Path folder) throws IOException {
    StoredTests.check("tf-layer-tests.zip", PASSING, folder, LayerTests::new);
  }

  /** A graph, {@code io.txt} with what is fed and fetched, and the tensors of both. */
  private static final class LayerTests extends StoredTests {
    LayerTests(ZipFile zip, Path folder) {
      super(zip, folder, "model.pb");
    }

    @Override
    protected double absolute() {
      return 1e-5;
    }

    @Override
    protected Stored stored(String name, Path file) throws IOException {
      List<String> feeds = new ArrayList<>();
      List<String> fetches = new ArrayList<>();
      Map<String, Tensor> inputs = new LinkedHashMap<>();
      List<Tensor> outputs = new ArrayList<>();
      String ends = StandardCharsets.UTF_8.decode(bytes(name + "/io.txt")).toString();
      for (String line : ends.split("\n")) {
        if (line.startsWith("in ")) {
          Tensor t = npy(name + "/input_" + feeds.size() + ".npy");
          feeds.add(line.strip().substring(3));
          inputs.put(Ref.parse(feeds.get(feeds.size() - 1)).toString(), t);
        } else if (line.startsWith("out ")) {
          outputs.add(npy(name + "/output_" + fetches.size() + ".npy"));
          fetches.add(line.strip().substring(4));
        }
      }
      return new Stored(ImportOptions.NONE.withInputs(feeds).withOutputs(fetches), inputs, outputs);
    }

    private Tensor npy(String entry) throws IOException {
      return TensorFiles.readNpy(bytes(entry));
    }
  }
}
