package dev.nncc.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.TensorFolder;
import dev.nncc.frontend.onnx.ImportOptions;
import dev.nncc.graph.Seed;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.models.zoo.Zoo;
import dev.nncc.models.zoo.ZooOptions;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A model to measure.
 *
 * @param imports shapes that its file leaves open
 * @param stored folder with its inputs; empty: random ones
 */
record Subject(String name, Path file, ImportOptions imports, Optional<Path> stored) {
  /** Zoo models of the table: networks for pictures, and one transformer. */
  static List<String> zoo() {
    List<String> apart = List.of("gpt", "lstm", "gru");
    return Zoo.names().stream().filter(name -> !apart.contains(name)).toList();
  }

  /** Trained models of the table. */
  static final List<String> REAL =
      List.of(
          "mnist-cntk",
          "tribuo-cnn-mnist",
          "resnet20-cifar",
          "ultraface-rfb-320",
          "ultraface-slim-320",
          "yunet-n-320",
          "retinaface-mbnet025",
          "scrfd-500m-bnkps",
          "superres-pytorch",
          "mp-face-detection-short",
          "slim-160-landmarks",
          "mobilefacenet",
          "yolox-nano",
          "fastestdet",
          "candy-nc16-128",
          "mxnet-mobilenetv2-part",
          "ppocr-cls",
          "ppocr-v3-det-ch",
          "basic-pitch",
          "oww-embedding",
          "oww-melspectrogram",
          "dnsmos-sig-bak-ovr",
          "magika-v3_3",
          "crepe-tiny",
          "vittrack",
          "micro-kws-fp32",
          "keypoint-classifier",
          "oww-hey-rhasspy",
          "tribuo-tinybert",
          "vespa-encoder",
          "dtln-1");

  /** Folders with a model, sorted. */
  static List<String> folders(Path data) throws IOException {
    try (Stream<Path> files = Files.list(data)) {
      return files
          .filter(f -> Files.exists(f.resolve("model.onnx")))
          .map(f -> String.valueOf(f.getFileName()))
          .sorted()
          .toList();
    }
  }

  /** Writes the model of the zoo below a folder, unless it is there. */
  static Subject ofZoo(String name, Path folder) throws IOException {
    Path file = folder.resolve(name + ".onnx");
    if (!Files.exists(file)) {
      Files.createDirectories(folder);
      Path part = folder.resolve(name + ".part");
      Zoo.write(name, ZooOptions.defaults(), part);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
    return new Subject(name, file, ImportOptions.NONE, Optional.empty());
  }

  /** A folder with {@code model.onnx}, {@code meta.json} and inputs. */
  static Subject ofFolder(String name, Path data) throws IOException {
    Path folder = data.resolve(name);
    ImportOptions imports = ImportOptions.NONE;
    JsonNode meta = JsonMapper.builder().build().readTree(folder.resolve("meta.json").toFile());
    for (JsonNode input : meta.path("inputs")) {
      List<Long> shape = new ArrayList<>();
      input.path("used_shape").forEach(d -> shape.add(d.asLong()));
      imports = imports.withInputShape(input.path("name").asText(), shape);
    }
    return new Subject(name, folder.resolve("model.onnx"), imports, Optional.of(folder));
  }

  List<Tensor> inputs(Model model) throws IOException {
    if (stored.isEmpty()) {
      return random(model);
    }
    TensorFolder folder = TensorFolder.list(stored.get());
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < folder.inputs(); i++) {
      inputs.add(folder.input(i).orElseThrow());
    }
    return inputs;
  }

  /** Floats from -1 to 1, integers 0 and 1: they may be tokens or masks. */
  static List<Tensor> random(Model model) {
    List<Tensor> inputs = new ArrayList<>();
    for (TensorInfo info : model.inputs()) {
      TensorType type = CompiledModel.type(info);
      long seed = 1L + inputs.size();
      // Seed widens the range of integers ten times.
      Seed values = type.dtype().isInteger() ? new Seed(seed, 0, 0.2) : Seed.of(seed);
      inputs.add(values.tensor(type));
    }
    return inputs;
  }
}
