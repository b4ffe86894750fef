package dev.nncc.compiler.verify;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.compiler.Anatomy;
import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.Parts;
import dev.nncc.compiler.run.RunException;
import dev.nncc.graph.Compare;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.bound.Widen;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Precision;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.NnccException;
import dev.nncc.runtime.Status;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Compiles a graph, runs the library on given inputs and checks each of its kernels, then the
 * passes. Nothing is compiled differently for it.
 */
public final class Verification {
  private final Graph graph;
  private final List<Tensor> inputs;
  private final CompileOptions options;
  private final Parts parts;
  private final Listener listener;

  /** Hears how far the search is. */
  public interface Listener {
    Listener NONE = (what, done, total) -> {};

    /** {@code total} is 0 where it is not known. */
    void at(String what, int done, int total);
  }

  /**
   * @param graph as imported
   * @param inputs in the graph's order
   * @param options of one shape profile
   * @param parts of the compiler that is searched
   */
  public Verification(
      Graph graph, List<Tensor> inputs, CompileOptions options, Parts parts, Listener listener) {
    this.graph = graph;
    this.inputs = List.copyOf(inputs);
    this.options = options;
    this.parts = parts;
    this.listener = listener;
    check();
  }

  private void check() {
    for (int i = 0; i < graph.inputs().size(); i++) {
      TensorType type = graph.inputs().get(i).type();
      if (i >= inputs.size() || !inputs.get(i).type().equals(type)) {
        throw new RunException(
            String.format(
                "input '%s' is %s, not %s",
                graph.inputs().get(i).name(),
                type,
                i < inputs.size() ? inputs.get(i).type() : "missing"));
      }
    }
  }

  /**
   * What was found.
   *
   * @param kernels that were compared, counted as in the ladder of {@link CompileReport}
   * @param worst largest distance of an element by its bound; up to 1 all is right
   * @param worstKernel the kernel with it
   * @param wrongKernel the first kernel in the order of the run that is wrong
   * @param wrongPass the pass that changed what the graph computes
   * @param graphs relative L2 between the graphs before and after all passes, over f64
   * @param outputs relative L2 between the library and the model; empty where a kernel stopped it
   * @param values results of the run's kernels that have a name, in order
   */
  public record Result(
      int kernels,
      double worst,
      String worstKernel,
      Optional<WrongKernel> wrongKernel,
      Optional<PassBisection.WrongPass> wrongPass,
      double graphs,
      Optional<Double> outputs,
      Map<String, Tensor> values) {
    public boolean isRight() {
      return wrongKernel.isEmpty() && wrongPass.isEmpty();
    }
  }

  /**
   * Verifies.
   *
   * @param scratch a folder to compile into
   */
  public Result run(Path scratch) throws IOException {
    List<Anatomy> made = new ArrayList<>();
    CompileListener collect =
        new CompileListener() {
          @Override
          public void made(Anatomy anatomy) {
            made.add(anatomy);
          }

          @Override
          public void progress(CompileOptions.Stage stage, int done, int total) {
            listener.at("compiling kernels", done, total);
          }
        };
    listener.at("compiling", 0, 0);
    Path library =
        new Compiler(collect, parts)
            .compile("verified", graph, scratch, options).files().stream()
                .filter(f -> f.toString().endsWith(".so"))
                .findFirst()
                .orElseThrow();
    // Rounded factors are no fault of a pass: passes are searched without them.
    PassOptions exact = options.passes().withPrecision(Precision.FP32);
    PassBisection passes =
        new PassBisection(graph, inputs, parts.pipeline(), exact, what -> listener.at(what, 0, 0));
    Kernels kernels = kernels(library.toAbsolutePath(), made.get(0));
    listener.at("evaluating after all passes", 0, 0);
    Graph after =
        exact.equals(options.passes())
            ? made.get(0).placement().graph()
            : parts.pipeline().apply(exact).run(graph, new PassContext(exact));
    Meaning.Distance graphs = passes.distance(after);
    Optional<PassBisection.WrongPass> wrong = graphs.isWrong() ? passes.search() : Optional.empty();
    return new Result(
        kernels.watch().kernels(),
        kernels.watch().worst(),
        kernels.watch().worstKernel(),
        kernels.wrong(),
        wrong,
        graphs.outputs(),
        kernels.outputs().map(o -> difference(o, passes.expected())),
        kernels.values());
  }

  private static double difference(List<Tensor> actual, List<Tensor> expected) {
    double most = 0;
    List<Tensor> wide = Widen.tensors(actual);
    for (int i = 0; i < wide.size(); i++) {
      most = Math.max(most, Compare.relativeL2(wide.get(i), expected.get(i)));
    }
    return most;
  }

  private record Kernels(
      KernelWatch watch,
      Optional<WrongKernel> wrong,
      Optional<List<Tensor>> outputs,
      Map<String, Tensor> values) {}

  private Kernels kernels(Path library, Anatomy anatomy) {
    try (Model model = Model.load(library)) {
      Triage.Memory memory = memory(model);
      RunMemory run =
          new RunMemory(
              anatomy.placement(),
              anatomy.plan(),
              memory.arena(),
              memory.inputs(),
              memory.outputs());
      Map<String, Tensor> values = new LinkedHashMap<>();
      KernelWatch watch =
          new KernelWatch(
              anatomy.plan(),
              run,
              (v, t) -> named(v, t, values),
              (done, total) -> listener.at("checking kernels", done, total));
      boolean whole = run(model, memory, watch, -1);
      Optional<WrongKernel> wrong = watch.wrong();
      if (wrong.isPresent() && wrong.get().cause().isEmpty()) {
        listener.at("searching the cause", 0, 0);
        // The memory that the kernel found: once more up to the call in front of it.
        run(model, memory, watch, watch.firstStep());
        Parts.Scheduler scheduler = options.kernels().tuning().over(parts.scheduler());
        Triage triage =
            new Triage(anatomy.placement(), anatomy.plan(), k -> scheduler.schedule(k, ran(model)));
        wrong = Optional.of(wrong.get().withCause(triage.cause(watch.firstStep(), memory)));
      }
      Optional<List<Tensor>> outputs = whole ? Optional.of(outputs(memory)) : Optional.empty();
      return new Kernels(watch, wrong, outputs, values);
    }
  }

  private static void named(Value v, Tensor t, Map<String, Tensor> values) {
    if (!v.name().isEmpty()) {
      values.put(v.name(), t);
    }
  }

  /** What the code that ran was made for. */
  private LlvmTarget ran(Model model) {
    return Compiler.targets(options).stream()
        .filter(t -> t.text().equals(model.target()))
        .findFirst()
        .orElseGet(() -> Compiler.target(options));
  }

  private Triage.Memory memory(Model model) {
    int bytes = Math.toIntExact(model.arenaBytes());
    ByteBuffer arena = ByteBuffer.allocateDirect(bytes + 64).alignedSlice(64);
    List<ByteBuffer> in = new ArrayList<>();
    for (Tensor t : inputs) {
      in.add(direct(t.type().bytes()).put(t.payload().bytes()).clear());
    }
    List<ByteBuffer> out = new ArrayList<>();
    graph.outputs().forEach(v -> out.add(direct(v.type().bytes())));
    return new Triage.Memory(arena, in, out);
  }

  private static ByteBuffer direct(long bytes) {
    int room = Math.toIntExact(Math.max(1, bytes));
    ByteBuffer b = ByteBuffer.allocateDirect(room).order(ByteOrder.LITTLE_ENDIAN);
    return b.limit(Math.toIntExact(bytes));
  }

  private static ByteBuffer ofNative(ByteBuffer b) {
    return b.duplicate().order(ByteOrder.nativeOrder());
  }

  /**
   * Runs with the watch; or, to have the memory in front of a step, only the steps before it.
   *
   * @param upTo a step, -1 for all
   * @return whether the run came to its end
   */
  private static boolean run(Model model, Triage.Memory memory, KernelWatch watch, int upTo) {
    ContextOptions options =
        ContextOptions.DEFAULT
            .withThreads(1)
            .withArena(memory.arena())
            .withSteps(upTo < 0 ? watch : (step, kernel) -> step + 1 >= upTo);
    try (Context context = model.newContext(options)) {
      for (int i = 0; i < memory.inputs().size(); i++) {
        context.bindInput(i, ofNative(memory.inputs().get(i)));
      }
      for (int i = 0; i < memory.outputs().size(); i++) {
        context.bindOutput(i, ofNative(memory.outputs().get(i)));
      }
      if (upTo == 0) {
        return false;
      }
      if (upTo < 0) {
        watch.start();
      }
      context.run();
      return true;
    } catch (NnccException e) {
      if (e.status() == Status.CANCELLED) {
        return false;
      }
      throw e;
    }
  }

  private List<Tensor> outputs(Triage.Memory memory) {
    List<Tensor> all = new ArrayList<>();
    for (int i = 0; i < graph.outputs().size(); i++) {
      TensorType type = graph.outputs().get(i).type();
      ByteBuffer copy = ByteBuffer.allocate(Math.toIntExact(type.bytes()));
      copy.put(memory.outputs().get(i).duplicate().clear().limit(copy.capacity())).clear();
      all.add(new Tensor(type, Payload.of(copy)));
    }
    return all;
  }
}
