package dev.nncc.models.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.Tolerance;
import dev.nncc.graph.Compare;
import dev.nncc.graph.DType;
import dev.nncc.graph.Seed;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.runtime.ContextOptions;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Zoo models through compiled libraries, against ONNX Runtime. The tolerance comes from the
 * difference between the runtime's own optimisation levels, measured here.
 */
class ZooLibraryTest {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"lenet", "squeezenet1.1", "shufflenet-v2", "gpt", "lstm", "gru"})
  void givesOnnxRuntimesOutputs(String name) throws Exception {
    check(name, "host");
  }

  @ParameterizedTest
  @MethodSource("dev.nncc.models.zoo.Zoo#names")
  @Tag("full")
  void everyModelGivesOnnxRuntimesOutputs(String name) throws Exception {
    for (String cpu : List.of("x86-64-v2", "x86-64-v3", "host")) {
      check(name, cpu);
    }
  }

  private void check(String name, String cpu) throws IOException, OrtException {
    Path model = folder.resolve(name + ".onnx");
    Zoo.write(name, ZooOptions.defaults(), model);
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    List<Tensor> plain = run(model, OrtSession.SessionOptions.OptLevel.NO_OPT, inputs);
    List<Tensor> optimised = run(model, OrtSession.SessionOptions.OptLevel.ALL_OPT, inputs);
    new Compiler(CompileListener.NONE).compile(model, folder, CompileOptions.DEFAULT.withCpu(cpu));
    List<Tensor> first = List.of();
    for (int threads : new int[] {1, 2, 5}) {
      ContextOptions options = ContextOptions.DEFAULT.withThreads(threads);
      try (CompiledModel library =
          CompiledModel.open(folder.resolve("lib" + name + ".so"), options)) {
        List<Tensor> outputs = library.run(new ArrayList<>(inputs.values()));
        first = threads == 1 ? outputs : first;
        assertThat(outputs).hasSameSizeAs(plain);
        for (int i = 0; i < outputs.size(); i++) {
          double known = Compare.relativeL2(optimised.get(i), plain.get(i));
          Tolerance.Verdict verdict =
              Tolerance.ofRecorded(known).check("output " + i, outputs.get(i), plain.get(i));
          String where = name + " for " + cpu + " on " + threads + " threads: " + verdict.text();
          assertThat(verdict.passed()).as(where).isTrue();
          assertThat(outputs.get(i).payload().bytes().equals(first.get(i).payload().bytes()))
              .as(where + ", as on one thread")
              .isTrue();
        }
      }
    }
  }

  /** Makes the inputs where there are none yet. */
  private List<Tensor> run(
      Path model, OrtSession.SessionOptions.OptLevel level, Map<String, Tensor> inputs)
      throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setOptimizationLevel(level);
      options.setIntraOpNumThreads(1);
      try (OrtSession session = environment.createSession(model.toString(), options)) {
        Map<String, OnnxTensor> bound = new LinkedHashMap<>();
        for (Map.Entry<String, NodeInfo> e : session.getInputInfo().entrySet()) {
          TensorInfo info = (TensorInfo) e.getValue().getInfo();
          Tensor t = inputs.computeIfAbsent(e.getKey(), k -> input(k, info));
          bound.put(e.getKey(), tensor(t, info.type));
        }
        List<Tensor> outputs = new ArrayList<>();
        try (OrtSession.Result result = session.run(bound)) {
          for (Map.Entry<String, OnnxValue> e : result) {
            OnnxTensor t = (OnnxTensor) e.getValue();
            float[] values = new float[t.getFloatBuffer().remaining()];
            t.getFloatBuffer().get(values);
            outputs.add(Tensor.ofFloats(Shape.of(t.getInfo().getShape()), values));
          }
        }
        bound.values().forEach(OnnxTensor::close);
        return outputs;
      }
    }
  }

  /** Floats from -1 to 1; masks of ones, token types 0 and 1, other integers below 100. */
  private static Tensor input(String name, TensorInfo info) {
    TensorType type =
        TensorType.of(info.type == OnnxJavaType.FLOAT ? DType.F32 : DType.I64, info.getShape());
    if (name.endsWith("mask")) {
      return Tensor.filled(type, 1);
    }
    double most = type.dtype().isFloat() ? 1 : name.startsWith("token_type") ? 0.2 : 10;
    return new Seed(1, type.dtype().isFloat() ? -1 : 0, most).tensor(type);
  }

  private OnnxTensor tensor(Tensor t, OnnxJavaType type) throws OrtException {
    java.nio.ByteBuffer copy =
        java.nio.ByteBuffer.allocateDirect((int) t.payload().size()).order(ByteOrder.nativeOrder());
    copy.put(t.payload().bytes()).flip();
    return OnnxTensor.createTensor(environment, copy, t.shape().toArray(), type);
  }
}
