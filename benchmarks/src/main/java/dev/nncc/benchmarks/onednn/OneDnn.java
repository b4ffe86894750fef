package dev.nncc.benchmarks.onednn;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * oneDNN through its C interface as JavaCPP shows it, on as many threads as {@code OMP_NUM_THREADS}
 * says. By reflection: it is on no class path of ours.
 */
public final class OneDnn {
  private static final String PACKAGE = "org.bytedeco.dnnl.";
  private static final String POINTER = "org.bytedeco.javacpp.Pointer";

  /** A small float, four times the same byte: neither zero nor denormal, and no shared page. */
  private static final int FILL = 0x3c;

  private static final long ALIGNMENT = 4096;

  private final ClassLoader loader;
  private final Class<?> functions;
  private final Object engine;
  private final Object stream;

  /** Loads the jars. */
  public OneDnn(List<Path> jars) throws IOException {
    try {
      List<URL> places = new ArrayList<>();
      for (Path jar : jars) {
        places.add(jar.toUri().toURL());
      }
      loader = new URLClassLoader(places.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
      functions = loader.loadClass(PACKAGE + "global.dnnl");
      engine = make("dnnl_engine");
      check("dnnl_engine_create", engine, constant("dnnl_cpu"), 0L);
      stream = make("dnnl_stream");
      check("dnnl_stream_create", stream, engine, constant("dnnl_stream_default_flags"));
    } catch (ReflectiveOperationException e) {
      throw new IOException("oneDNN cannot be loaded: " + e, e);
    }
  }

  /**
   * A direct convolution with bias and ReLU, in whatever layouts oneDNN likes best, weights already
   * in theirs.
   *
   * @throws IllegalStateException when oneDNN has none
   */
  public Convolution convolution(ConvShape shape) {
    try {
      return new Convolution(shape);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("oneDNN has another interface: " + e, e);
    }
  }

  /** One primitive with its memory. */
  public final class Convolution {
    private final Object primitive = make("dnnl_primitive");

    /** What the primitive points at, the input first; freed with this. */
    private final List<Object> kept = new ArrayList<>();

    private final Object arguments;
    private final Object source;
    private final long sourceBytes;
    private final Method execute;
    private final Method memset;
    private final String implementation;

    private Convolution(ConvShape s) throws ReflectiveOperationException {
      long groups = s.op().groups();
      List<Long> w = new ArrayList<>(s.weights());
      if (groups > 1) {
        w.set(0, w.get(0) / groups);
        w.add(0, groups);
      }
      Object any = constant("dnnl_format_tag_any");
      Object sourceDesc = desc(s.input(), any);
      Object weightsDesc = desc(w, any);
      Object biasDesc = desc(List.of(s.output().get(1)), constant("dnnl_a"));
      Object outputDesc = desc(s.output(), any);
      Object attributes = relu();
      Object d = make("dnnl_primitive_desc");
      check(
          "dnnl_convolution_forward_primitive_desc_create",
          d,
          engine,
          constant("dnnl_forward_inference"),
          constant("dnnl_convolution_direct"),
          sourceDesc,
          weightsDesc,
          biasDesc,
          outputDesc,
          array(s.op().strides()),
          array(s.op().dilations().stream().map(x -> x - 1).toList()),
          array(s.op().padsBegin()),
          array(s.op().padsEnd()),
          attributes);
      check("dnnl_primitive_create", primitive, d);
      Object sourceType = queried(d, "dnnl_query_src_md");
      sourceBytes = bytes(sourceType);
      Object[] memories = {
        memory(sourceType),
        memory(queried(d, "dnnl_query_weights_md")),
        memory(biasDesc),
        memory(queried(d, "dnnl_query_dst_md"))
      };
      String[] names = {"DNNL_ARG_SRC", "DNNL_ARG_WEIGHTS", "DNNL_ARG_BIAS", "DNNL_ARG_DST"};
      Class<?> type = loader.loadClass(PACKAGE + "dnnl_exec_arg_t");
      arguments = type.getConstructor(long.class).newInstance((long) names.length);
      for (int i = 0; i < names.length; i++) {
        Object at = type.getMethod("getPointer", long.class).invoke(arguments, (long) i);
        type.getMethod("arg", int.class).invoke(at, constant(names[i]));
        type.getMethod("memory", loader.loadClass(PACKAGE + "dnnl_memory")).invoke(at, memories[i]);
      }
      execute =
          functions.getMethod(
              "dnnl_primitive_execute", primitive.getClass(), stream.getClass(), int.class, type);
      source = kept.get(0);
      memset = memset();
      implementation = implementation(d);
    }

    /** The name of the code that oneDNN chose. */
    public String implementation() {
      return implementation;
    }

    /** Writes the input anew, as the layer in front would. */
    public void produce() {
      try {
        memset.invoke(null, source, FILL, sourceBytes);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Computes once; the call through reflection adds less than a microsecond. */
    public void run() {
      try {
        if (!Integer.valueOf(0).equals(execute.invoke(null, primitive, stream, 4, arguments))) {
          throw new IllegalStateException("oneDNN fails");
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }

    private Object relu() throws ReflectiveOperationException {
      Object operations = make("dnnl_post_ops");
      check("dnnl_post_ops_create", operations);
      check("dnnl_post_ops_append_eltwise", operations, constant("dnnl_eltwise_relu"), 0f, 0f);
      Object attributes = make("dnnl_primitive_attr");
      check("dnnl_primitive_attr_create", attributes);
      check("dnnl_primitive_attr_set_post_ops", attributes, operations);
      return attributes;
    }

    private Object desc(List<Long> dims, Object tag) throws ReflectiveOperationException {
      Object d = make("dnnl_memory_desc");
      check(
          "dnnl_memory_desc_create_with_tag",
          d,
          dims.size(),
          array(dims),
          constant("dnnl_f32"),
          tag);
      return d;
    }

    private Object queried(Object primitiveDesc, String what) throws ReflectiveOperationException {
      return invoke("dnnl_primitive_desc_query_md", primitiveDesc, constant(what), 0);
    }

    /** Aligned memory, every page touched. */
    private Object memory(Object type) throws ReflectiveOperationException {
      Object memory = make("dnnl_memory");
      check("dnnl_memory_create", memory, type, engine, filled(bytes(type)));
      return memory;
    }

    private long bytes(Object type) throws ReflectiveOperationException {
      return (Long) invoke("dnnl_memory_desc_get_size", type);
    }

    private Object filled(long bytes) throws ReflectiveOperationException {
      Class<?> type = loader.loadClass("org.bytedeco.javacpp.BytePointer");
      Object p = type.getConstructor(long.class).newInstance(bytes + ALIGNMENT);
      long address = (Long) type.getMethod("address").invoke(p);
      type.getMethod("position", long.class).invoke(p, (ALIGNMENT - address % ALIGNMENT));
      memset().invoke(null, p, FILL, bytes);
      kept.add(p);
      return p;
    }

    private Method memset() throws ReflectiveOperationException {
      Class<?> pointer = loader.loadClass(POINTER);
      return pointer.getMethod("memset", pointer, int.class, long.class);
    }

    private String implementation(Object primitiveDesc) throws ReflectiveOperationException {
      Class<?> type = loader.loadClass("org.bytedeco.javacpp.PointerPointer");
      Object cell = type.getConstructor(long.class).newInstance(1L);
      check(
          "dnnl_primitive_desc_query",
          primitiveDesc,
          constant("dnnl_query_impl_info_str"),
          0,
          cell);
      Class<?> bytes = loader.loadClass("org.bytedeco.javacpp.BytePointer");
      Object text = type.getMethod("get", Class.class, long.class).invoke(cell, bytes, 0L);
      return (String) bytes.getMethod("getString").invoke(text);
    }
  }

  private static long[] array(List<Long> numbers) {
    return numbers.stream().mapToLong(Long::longValue).toArray();
  }

  private Object constant(String name) throws ReflectiveOperationException {
    return functions.getField(name).get(null);
  }

  /** An empty handle that a function fills. */
  private Object make(String type) {
    try {
      Constructor<?> c = loader.loadClass(PACKAGE + type).getConstructor();
      return c.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("oneDNN has another interface: " + e, e);
    }
  }

  private void check(String name, Object... values) throws ReflectiveOperationException {
    Object status = invoke(name, values);
    if (!Integer.valueOf(0).equals(status)) {
      throw new IllegalStateException(name + " fails with status " + status);
    }
  }

  private Object invoke(String name, Object... values) throws ReflectiveOperationException {
    for (Method m : functions.getMethods()) {
      if (m.getName().equals(name) && fits(m.getParameterTypes(), values)) {
        try {
          return m.invoke(null, values);
        } catch (InvocationTargetException e) {
          throw new IllegalStateException(name + " fails: " + e.getCause(), e);
        }
      }
    }
    throw new NoSuchMethodException(name);
  }

  private static boolean fits(Class<?>[] types, Object[] values) {
    if (types.length != values.length) {
      return false;
    }
    for (int i = 0; i < types.length; i++) {
      Class<?> t = types[i];
      Object v = values[i];
      boolean fit =
          t == int.class
              ? v instanceof Integer
              : t == long.class
                  ? v instanceof Long
                  : t == float.class ? v instanceof Float : t.isInstance(v);
      if (!fit) {
        return false;
      }
    }
    return true;
  }
}
