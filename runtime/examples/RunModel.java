import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.DType;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.NnccException;
import dev.nncc.runtime.ShapeProfile;
import dev.nncc.runtime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.PrimitiveIterator;
import java.util.stream.IntStream;

/**
 * Loads a compiled model, prints what it takes and gives, runs it on random input and prints the
 * first results, for each set of shapes that it was compiled for.
 *
 * <p>{@code java -cp nncc-runtime.jar RunModel.java ./libmodel.so [threads]}; on JDK 24 and newer
 * add {@code --enable-native-access=ALL-UNNAMED}.
 */
class RunModel {
  public static void main(String[] args) {
    if (args.length == 0 || args.length > 1 && !args[1].matches("[0-9]{1,4}")) {
      System.err.println("usage: java -cp nncc-runtime.jar RunModel.java LIBRARY [THREADS]");
      System.exit(2);
    }
    try {
      run(Path.of(args[0]), args.length > 1 ? Integer.parseInt(args[1]) : 0);
    } catch (NnccException e) { // no such file, another processor, too little memory
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static void run(Path library, int threads) {
    try (Model model = Model.load(library);
        Context context = model.newContext(ContextOptions.DEFAULT.withThreads(threads))) {
      System.out.printf(
          "%s for %s, compiled by nncc %s%n",
          model.name(), model.target(), model.compilerVersion());
      // The numbers of run_model.c, so that results can be compared.
      PrimitiveIterator.OfInt random =
          IntStream.iterate(1, n -> n * 1664525 + 1013904223).skip(1).iterator();
      for (ShapeProfile profile : model.profiles()) {
        if (model.profiles().size() > 1) {
          System.out.printf("profile %s%n", profile.name());
          context.select(profile);
        }
        run(profile, context, random);
      }
    }
  }

  private static void run(ShapeProfile profile, Context context, PrimitiveIterator.OfInt random) {
    for (int i = 0; i < profile.inputs().size(); i++) {
      TensorInfo input = profile.inputs().get(i);
      System.out.printf("input %s: %s%s%n", input.name(), input.dtype(), input.maxDims());
      fill(context.input(i), input, random); // the memory that the kernels read
    }
    context.run();
    System.out.printf("ran on %d threads%n", context.threads());
    for (int i = 0; i < profile.outputs().size(); i++) {
      TensorInfo output = profile.outputs().get(i);
      System.out.printf("output %s: %s%s", output.name(), output.dtype(), context.outputDims(i));
      if (output.dtype() == DType.F32) {
        float[] values = context.outputFloats(i);
        for (int k = 0; k < Math.min(8, values.length); k++) {
          System.out.printf(" %s", values[k]);
        }
      }
      System.out.println();
    }
  }

  /** As in run_model.c: f32 in [-1, 1), others with 0 or 1 in the first byte. */
  private static void fill(ByteBuffer memory, TensorInfo input, PrimitiveIterator.OfInt random) {
    int step = input.dtype().bytes();
    for (int at = 0; at < input.maxBytes(); at += step) {
      int n = random.nextInt();
      if (input.dtype() == DType.F32) {
        memory.putFloat(at, (n >>> 8) / (float) (1 << 23) - 1);
      } else {
        memory.put(at, (byte) (n >>> 31));
      }
    }
  }
}
