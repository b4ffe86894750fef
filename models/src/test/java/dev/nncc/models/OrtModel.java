package dev.nncc.models;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** A model in ONNX Runtime, on one thread, as it stands in the file (no graph optimisation). */
public final class OrtModel implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  public OrtModel(Path file) throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
      session = environment.createSession(file.toString(), options);
    }
  }

  /**
   * Runs on random inputs: normal floats; masks of ones, other integers below 100. Outputs are
   * flattened.
   */
  public Map<String, float[]> run(long seed) throws OrtException {
    Random random = new Random(seed);
    Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    for (Map.Entry<String, NodeInfo> entry : session.getInputInfo().entrySet()) {
      TensorInfo info = (TensorInfo) entry.getValue().getInfo();
      inputs.put(entry.getKey(), random(entry.getKey(), info, random));
    }
    return run(inputs);
  }

  /** Runs on one float input. */
  public Map<String, float[]> run(String input, float[] values, long... shape) throws OrtException {
    return run(
        Map.of(input, OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape)));
  }

  private Map<String, float[]> run(Map<String, OnnxTensor> inputs) throws OrtException {
    Map<String, float[]> outputs = new LinkedHashMap<>();
    try (OrtSession.Result result = session.run(inputs)) {
      for (Map.Entry<String, OnnxValue> entry : result) {
        FloatBuffer buffer = ((OnnxTensor) entry.getValue()).getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        outputs.put(entry.getKey(), values);
      }
    }
    inputs.values().forEach(OnnxTensor::close);
    return outputs;
  }

  private OnnxTensor random(String name, TensorInfo info, Random random) throws OrtException {
    long[] shape = info.getShape();
    int count = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    if (info.type == OnnxJavaType.FLOAT) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
    }
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] =
          name.endsWith("mask") ? 1 : name.startsWith("token_type") ? i % 2 : random.nextInt(100);
    }
    return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
