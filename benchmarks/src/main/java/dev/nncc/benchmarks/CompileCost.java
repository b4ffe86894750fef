package dev.nncc.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.compiler.run.ModelFolder;
import dev.nncc.frontend.onnx.proto.AttributeProto;
import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What compiling a model costs and what the library needs, each time in fresh processes.
 *
 * @param launcher of the command line
 * @param folder for the library
 */
record CompileCost(Subject subject, Path launcher, Path folder) {
  /** Models that are measured unless others are named. */
  static final List<String> MODELS =
      List.of("resnet50", "inception-v3", "mobilenet-v2", "bert-base");

  private static final int COMPILATIONS = 3;
  private static final int FIRST_RUNS = 5;

  Results.Compilation measure(Results.Origin origin) throws IOException {
    List<Double> seconds = new ArrayList<>();
    long memory = 0;
    Path home = folder.resolve(subject.name());
    Path json = folder.resolve(subject.name() + ".json");
    Files.createDirectories(folder);
    JsonNode report = JsonMapper.builder().build().createObjectNode();
    for (int i = 0; i < COMPILATIONS; i++) {
      long start = System.nanoTime();
      process(
          launcher.toAbsolutePath().toString(),
          "compile",
          subject.file().toString(),
          "-o",
          home.toString(),
          "--json",
          json.toString(),
          "--quiet");
      seconds.add((System.nanoTime() - start) / 1e9);
      report = JsonMapper.builder().build().readTree(json.toFile());
      memory = Math.max(memory, report.path("peak_memory_bytes").asLong());
    }
    Path library = ModelFolder.find(home).library();
    List<Double> load = new ArrayList<>();
    List<Double> first = new ArrayList<>();
    List<Double> steady = new ArrayList<>();
    for (int i = 0; i < FIRST_RUNS; i++) {
      String[] figures = process(firstRun(library)).strip().split(" ");
      load.add(Double.valueOf(figures[0]));
      first.add(Double.valueOf(figures[1]));
      steady.add(Double.valueOf(figures[2]));
    }
    return new Results.Compilation(
        subject.name(),
        origin,
        median(seconds),
        memory,
        Files.size(library),
        report.path("winograd_bytes").asLong(),
        report.path("code_bytes").asLong(),
        weightBytes(subject.file()),
        median(load),
        median(first),
        median(steady),
        "");
  }

  private static String[] firstRun(Path library) {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return new String[] {
      java.toString(),
      "-XX:+UseSerialGC",
      "-cp",
      classPath(),
      Main.class.getName(),
      FirstRun.COMMAND,
      library.toString()
    };
  }

  /** With the runtime first, which is all that an application has. */
  private static String classPath() {
    String[] jars = System.getProperty("java.class.path").split(File.pathSeparator);
    return Stream.of(jars)
        .sorted(Comparator.comparing(jar -> !jar.contains("nncc-runtime")))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Runs a program to its end; what it printed. */
  static String process(String... words) throws IOException {
    Process p = new ProcessBuilder(words).redirectErrorStream(true).start();
    try {
      p.getOutputStream().close();
      String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (p.waitFor() != 0) {
        throw new IOException(String.join(" ", words) + " failed: " + text.strip());
      }
      return text;
    } catch (InterruptedException e) {
      p.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    sorted.sort(null);
    return sorted.get(sorted.size() / 2);
  }

  /** Bytes of the numbers in a model file: initialisers and constant nodes. */
  static long weightBytes(Path model) throws IOException {
    ModelProto proto;
    try (InputStream in = Files.newInputStream(model)) {
      proto = ModelProto.parseFrom(in);
    }
    long bytes = 0;
    for (TensorProto t : proto.getGraph().getInitializerList()) {
      bytes += bytes(t);
    }
    for (NodeProto node : proto.getGraph().getNodeList()) {
      for (AttributeProto a : node.getAttributeList()) {
        bytes += node.getOpType().equals("Constant") && a.hasT() ? bytes(a.getT()) : 0;
      }
    }
    return bytes;
  }

  private static long bytes(TensorProto t) {
    long elements = 1;
    for (long d : t.getDimsList()) {
      elements *= d;
    }
    return elements * elementBytes(TensorProto.DataType.forNumber(t.getDataType()));
  }

  private static int elementBytes(TensorProto.DataType type) {
    return switch (type) {
      case DOUBLE, INT64, UINT64 -> 8;
      case FLOAT, INT32, UINT32 -> 4;
      case FLOAT16, BFLOAT16, INT16, UINT16 -> 2;
      default -> 1;
    };
  }
}
