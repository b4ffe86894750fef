package dev.nncc.compiler.peer;

import dev.nncc.graph.DType;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * ONNX Runtime through its Java interface. By reflection: its jar is on no class path of ours,
 * since the product does not depend on it. Loaded once a process; the native library stays.
 */
public final class OnnxRuntime implements Peer {
  private static final String PACKAGE = "ai.onnxruntime.";

  private final ClassLoader loader;
  private final Object environment;

  private OnnxRuntime(ClassLoader loader, Object environment) {
    this.loader = loader;
    this.environment = environment;
  }

  /**
   * Loads the jar.
   *
   * @throws PeerException when it is none of the runtime, or has no native code for this machine
   */
  public static OnnxRuntime load(Path jar) {
    try {
      URL[] place = {jar.toUri().toURL()};
      ClassLoader loader = new URLClassLoader(place, ClassLoader.getPlatformClassLoader());
      Class<?> levels = loader.loadClass(PACKAGE + "OrtLoggingLevel");
      Object errors = constant(levels, "ORT_LOGGING_LEVEL_ERROR");
      Class<?> type = loader.loadClass(PACKAGE + "OrtEnvironment");
      return new OnnxRuntime(loader, call(type.getMethod("getEnvironment", levels), null, errors));
    } catch (IOException | ReflectiveOperationException e) {
      throw new PeerException(jar + " is not ONNX Runtime: " + e.getMessage(), e);
    }
  }

  private static Object constant(Class<?> type, String name) {
    for (Object c : type.getEnumConstants()) {
      if (c instanceof Enum<?> e && e.name().equals(name)) {
        return c;
      }
    }
    throw new PeerException(type + " has no " + name, new NoSuchFieldException(name));
  }

  @Override
  public String name() {
    return "onnxruntime";
  }

  @Override
  public String version() {
    return PeerJar.VERSION;
  }

  @Override
  public Session open(Path model, List<Tensor> inputs, Map<String, Tensor> states, int threads) {
    try {
      Class<?> optionsType = loader.loadClass(PACKAGE + "OrtSession$SessionOptions");
      Object options = optionsType.getConstructor().newInstance();
      if (threads > 0) {
        call(optionsType.getMethod("setIntraOpNumThreads", int.class), options, threads);
      }
      call(optionsType.getMethod("setInterOpNumThreads", int.class), options, 1);
      Object session =
          call(
              environment.getClass().getMethod("createSession", String.class, optionsType),
              environment,
              model.toString(),
              options);
      return new OrtSession(session, bind(session, inputs, states));
    } catch (ReflectiveOperationException e) {
      throw new PeerException("ONNX Runtime has another interface: " + e.getMessage(), e);
    }
  }

  private Map<Object, Object> bind(Object session, List<Tensor> inputs, Map<String, Tensor> states)
      throws ReflectiveOperationException {
    Map<?, ?> infos = (Map<?, ?>) call(session.getClass().getMethod("getInputInfo"), session);
    Map<Object, Object> bound = new LinkedHashMap<>();
    int i = 0;
    for (Object name : infos.keySet()) {
      Tensor state = states.get(String.valueOf(name));
      if (state != null) {
        bound.put(name, tensor(state));
      } else if (i < inputs.size()) {
        bound.put(name, tensor(inputs.get(i++)));
      }
    }
    return bound;
  }

  private Object tensor(Tensor t) throws ReflectiveOperationException {
    // Never of no bytes: the runtime takes the address of the buffer.
    int bytes = Math.toIntExact(t.payload().size());
    ByteBuffer copy = ByteBuffer.allocateDirect(Math.max(8, bytes)).order(ByteOrder.nativeOrder());
    copy.put(t.payload().bytes()).flip();
    Class<?> javaType = loader.loadClass(PACKAGE + "OnnxJavaType");
    Method create =
        loader
            .loadClass(PACKAGE + "OnnxTensor")
            .getMethod(
                "createTensor", environment.getClass(), ByteBuffer.class, long[].class, javaType);
    return call(
        create,
        null,
        environment,
        copy,
        t.shape().toArray(),
        constant(javaType, ortName(t.dtype())));
  }

  private static String ortName(DType dtype) {
    return switch (dtype) {
      case F64 -> "DOUBLE";
      case F32 -> "FLOAT";
      case F16 -> "FLOAT16";
      case BF16 -> "BFLOAT16";
      case I64 -> "INT64";
      case I32 -> "INT32";
      case I16 -> "INT16";
      case I8 -> "INT8";
      case U8 -> "UINT8";
      case BOOL -> "BOOL";
      default ->
          throw new PeerException(
              "ONNX Runtime's Java interface has no " + dtype, new IllegalArgumentException());
    };
  }

  /** Failures of the peer itself keep its message. */
  private static Object call(
      Method method, @org.jspecify.annotations.Nullable Object on, Object... arguments)
      throws ReflectiveOperationException {
    try {
      Object result = method.invoke(on, arguments);
      return result == null ? Map.of() : result;
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new PeerException("ONNX Runtime: " + cause.getMessage(), cause);
    }
  }

  private static final class OrtSession implements Session {
    private final Object session;
    private final Map<Object, Object> inputs;
    private final Method run;
    private final Method close;

    OrtSession(Object session, Map<Object, Object> inputs) throws ReflectiveOperationException {
      this.session = session;
      this.inputs = inputs;
      this.run = session.getClass().getMethod("run", Map.class);
      this.close = run.getReturnType().getMethod("close");
    }

    @Override
    public void run() {
      try {
        call(close, call(run, session, inputs));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public Map<String, Tensor> named() {
      try {
        Object result = call(run, session, inputs);
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        for (Object item : (Iterable<?>) result) {
          Map.Entry<?, ?> entry = (Map.Entry<?, ?>) item;
          outputs.put(String.valueOf(entry.getKey()), tensor(entry.getValue()));
        }
        call(close, result);
        return outputs;
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }

    private static Tensor tensor(Object value) throws ReflectiveOperationException {
      Object info = call(value.getClass().getMethod("getInfo"), value);
      long[] shape = (long[]) call(info.getClass().getMethod("getShape"), info);
      Object type = info.getClass().getField("type").get(info);
      ByteBuffer bytes = (ByteBuffer) call(value.getClass().getMethod("getByteBuffer"), value);
      ByteBuffer copy = ByteBuffer.allocateDirect(bytes.remaining());
      copy.put(bytes).flip();
      return new Tensor(
          new TensorType(dtype(String.valueOf(type)), Shape.of(shape)), Payload.of(copy));
    }

    private static DType dtype(String name) {
      for (DType d : DType.values()) {
        boolean unnamed = d == DType.U16 || d == DType.U32 || d == DType.U64;
        if (!unnamed && ortName(d).equals(name)) {
          return d;
        }
      }
      throw new PeerException("an output of type " + name, new IllegalArgumentException());
    }

    @Override
    public void close() {
      try {
        for (Object tensor : inputs.values()) {
          call(tensor.getClass().getMethod("close"), tensor);
        }
        call(session.getClass().getMethod("close"), session);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
