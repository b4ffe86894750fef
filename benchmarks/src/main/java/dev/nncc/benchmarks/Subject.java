package dev.nncc.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.TensorFolder;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.Seed;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.models.zoo.Zoo;
import dev.nncc.models.zoo.ZooOptions;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.TensorInfo;
import dev.nncc.tensor.placement.Tie;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A model to measure.
 *
 * @param imports shapes that its file leaves open
 * @param stored folder with its inputs; empty: random ones
 * @param states outputs that our side keeps for the next run
 */
record Subject(
    String name, Path file, ImportOptions imports, Optional<Path> stored, List<Tie> states) {
  /** A zoo model of other dimensions than its own. */
  private record Sized(String zoo, Map<String, Long> dims, List<Tie> states) {}

  private static final Map<String, Sized> SIZED =
      Map.of(
          "bert-base-384",
          new Sized("bert-base", Map.of("sequence", 384L), List.of()),
          "gpt2-step",
          new Sized(
              "gpt",
              Map.of(
                  "past", 512L, "layers", 12L, "width", 768L, "heads", 12L, "vocab", 50257L,
                  "context", 1024L),
              List.of(new Tie("present.*", "past_key_values.*"))),
          "lstm-512",
          new Sized("lstm", Map.of("hidden", 512L), List.of()));

  /** Networks of the table that see no picture. */
  private static final List<String> OTHERS =
      List.of("bert-base", "bert-base-384", "gpt2-step", "lstm", "lstm-512");

  /** Zoo models of the table. */
  static List<String> zoo() {
    List<String> all = new ArrayList<>(vision());
    all.addAll(OTHERS);
    return all;
  }

  /** All that {@link #ofZoo} knows. */
  static List<String> known() {
    List<String> all = new ArrayList<>(Zoo.names());
    SIZED.keySet().stream().sorted().forEach(all::add);
    return all;
  }

  /** Networks for pictures among them. */
  static List<String> vision() {
    List<String> apart = List.of("bert-base", "gpt", "lstm", "gru");
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
      Sized sized = SIZED.getOrDefault(name, new Sized(name, Map.of(), List.of()));
      ZooOptions options = ZooOptions.defaults();
      for (String dim : sized.dims().keySet().stream().sorted().toList()) {
        options = options.withDim(dim, sized.dims().getOrDefault(dim, 1L));
      }
      Zoo.write(sized.zoo(), options, part);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
    List<Tie> states = SIZED.containsKey(name) ? SIZED.get(name).states() : List.of();
    return new Subject(name, file, ImportOptions.NONE, Optional.empty(), states);
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
    return new Subject(name, folder.resolve("model.onnx"), imports, Optional.of(folder), List.of());
  }

  /** How our side compiles it. */
  CompileOptions options() {
    CompileOptions o = CompileOptions.DEFAULT.withImports(imports);
    return states.isEmpty() ? o : o.withMemory(o.memory().withStates(states));
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
