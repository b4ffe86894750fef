package dev.nncc.codegen.llvm.link;

import dev.nncc.codegen.llvm.plan.ArgSpec;
import dev.nncc.codegen.llvm.plan.FillSpec;
import dev.nncc.codegen.llvm.plan.KernelSpec;
import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.plan.ProfileSpec;
import dev.nncc.codegen.llvm.plan.StateSpec;
import dev.nncc.codegen.llvm.plan.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Prints a {@link ModelSpec} as LLVM IR constants, in the layout that {@code nncc_plan.h} fixes:
 * the symbol {@code nncc_model_data} and what it points to.
 */
public final class ModelData {
  /** Symbol of the packed weights, defined by the object of {@link ElfObject.Section#weights}. */
  public static final String WEIGHTS_SYMBOL = "nncc_weights";

  private static final int PLAN_VERSION = 4;
  private static final String KERNEL = "{ ptr, ptr, ptr, double, double }";
  private static final String ARG = "{ i32, i32, i64 }";
  private static final String STEP = "{ i32, i32, i32, i32, i64, i32, i32, i32, i32, i64 }";
  private static final String TENSOR =
      "{ ptr, i32, i32, [8 x i64], [8 x i32], i64, float, i32, i32, i32 }";
  private static final String PROFILE =
      "{ ptr, ptr, ptr, i32, i32, i32, i32, i32, i32, i32, i32, i64, double }";
  private static final String STATE = "{ ptr, i32, i32, i64, i64, i64, i64, i64, i64 }";
  private static final String FILL = "{ i64, i64, [2 x i64], [2 x i64], i64 }";

  /** Most variants of a library. */
  public static final int MAX_VARIANTS = 16;

  private final ModelSpec model;
  private final int number;
  private final boolean last;
  private final StringBuilder globals = new StringBuilder();
  private final Map<String, String> strings = new LinkedHashMap<>();

  private ModelData(ModelSpec model, int number, boolean last) {
    this.model = model;
    this.number = number;
    this.last = last;
  }

  /** The module's text; compile it like a kernel. */
  public static String print(ModelSpec model) {
    return print(List.of(model)).get(0);
  }

  /**
   * One module for each variant of a library.
   *
   * @param variants the same model for several processors, with the same weights, in the order in
   *     which the runtime tries them; at most {@link #MAX_VARIANTS}
   */
  public static List<String> print(List<ModelSpec> variants) {
    if (variants.isEmpty() || variants.size() > MAX_VARIANTS) {
      throw new IllegalArgumentException(variants.size() + " variants");
    }
    List<String> modules = new ArrayList<>();
    for (int i = 0; i < variants.size(); i++) {
      modules.add(new ModelData(variants.get(i), i, i == variants.size() - 1).print());
    }
    return modules;
  }

  /** The runtime begins with the first one. */
  private static String symbol(int variant) {
    return variant == 0 ? "nncc_model_data" : "nncc_model_data_" + variant;
  }

  private String print() {
    PlanTable plan = PlanTable.of(model);
    array("profiles", PROFILE, profiles(plan));
    array("kernels", KERNEL, model.kernels().stream().map(this::kernel).toList());
    array("args", ARG, plan.args().stream().map(ModelData::arg).toList());
    array("steps", STEP, plan.steps().stream().map(ModelData::step).toList());
    array(
        "fills",
        FILL,
        model.profiles().stream().flatMap(p -> p.fills().stream()).map(ModelData::fill).toList());
    array("features", "ptr", model.cpuFeatures().stream().map(f -> "ptr " + string(f)).toList());
    array("states", STATE, model.states().stream().map(this::state).toList());
    array("state_tensors", TENSOR, model.states().stream().map(t -> tensor(t.past())).toList());
    array("state_rows", "i32", stateRows());
    String file = model.memory().weightFile();
    boolean weights = model.memory().weights() > 0 && file.isEmpty();
    if (weights) {
      line("@" + WEIGHTS_SYMBOL + " = external hidden constant i8");
    }
    // Steps with equal kernels share a function.
    model.kernels().stream()
        .map(KernelSpec::symbol)
        .distinct()
        .forEach(s -> line("declare hidden void @\"" + s + "\"(ptr, ptr, ptr, i64, i64)"));
    ProfileSpec first = model.profiles().get(0);
    List<String> fields = new ArrayList<>();
    i32(fields, PLAN_VERSION, number);
    for (String text : List.of(model.name(), model.compilerVersion(), model.target())) {
      fields.add("ptr " + string(text));
    }
    i64(fields, model.sourceHash());
    for (String table : List.of("features", "profiles", "kernels", "args", "steps", "fills")) {
      fields.add("ptr @" + table);
    }
    fields.add(weights ? "ptr @" + WEIGHTS_SYMBOL : "ptr null");
    fields.add(file.isEmpty() ? "ptr null" : "ptr " + string(file));
    i64(
        fields,
        model.memory().weights(),
        model.memory().arena(),
        model.memory().prepared(),
        model.memory().state(),
        model.memory().scratch());
    i32(
        fields,
        model.cpuFeatures().size(),
        first.inputs().size(),
        first.outputs().size(),
        model.profiles().size(),
        model.defaultProfile(),
        model.kernels().size(),
        plan.args().size(),
        plan.steps().size(),
        plan.prepareSteps(),
        model.slots());
    fields.add("ptr " + string(model.cpu()));
    if (last) {
      fields.add("ptr null");
    } else {
      line("@" + symbol(number + 1) + " = external hidden constant i8");
      fields.add("ptr @" + symbol(number + 1));
    }
    for (String table : List.of("states", "state_tensors", "state_rows")) {
      fields.add("ptr @" + table);
    }
    i32(fields, model.states().size(), 0);
    i64(fields, 0, 0, 0);
    line(
        "@"
            + symbol(number)
            + " = hidden constant { "
            + types(fields)
            + " } { "
            + String.join(", ", fields)
            + " }, align 8");
    return "source_filename = \"plan\"\n" + globals;
  }

  private List<String> profiles(PlanTable plan) {
    List<String> rows = new ArrayList<>();
    int fills = 0;
    for (int i = 0; i < model.profiles().size(); i++) {
      ProfileSpec p = model.profiles().get(i);
      PlanTable.Ranges ranges = plan.profiles().get(i);
      array("inputs_" + i, TENSOR, p.inputs().stream().map(this::tensor).toList());
      array("outputs_" + i, TENSOR, p.outputs().stream().map(this::tensor).toList());
      List<String> fields = new ArrayList<>();
      fields.add("ptr " + string(p.name()));
      fields.add("ptr @inputs_" + i);
      fields.add("ptr @outputs_" + i);
      i32(fields, ranges.steps().first(), ranges.steps().end());
      i32(fields, ranges.args().first(), ranges.args().end());
      i32(fields, fills, fills + p.fills().size());
      i32(fields, ranges.kernels().first(), ranges.kernels().end());
      i64(fields, p.arena());
      fields.add("double " + real(PlanTable.flops(p, model.kernels())));
      rows.add(PROFILE + " { " + String.join(", ", fields) + " }");
      fills += p.fills().size();
    }
    return rows;
  }

  private String tensor(TensorSpec t) {
    List<Long> dims = new ArrayList<>(Collections.nCopies(TensorSpec.MAX_RANK, 0L));
    List<Integer> slots = new ArrayList<>(Collections.nCopies(TensorSpec.MAX_RANK, -1));
    for (int i = 0; i < t.dims().size(); i++) {
      dims.set(i, t.dims().get(i).bound());
      slots.set(i, t.dims().get(i).slot());
    }
    List<String> fields = new ArrayList<>();
    fields.add("ptr " + string(t.name()));
    i32(fields, t.type().code(), t.dims().size());
    fields.add(
        "[8 x i64] [" + String.join(", ", dims.stream().map(d -> "i64 " + d).toList()) + "]");
    fields.add(
        "[8 x i32] [" + String.join(", ", slots.stream().map(s -> "i32 " + s).toList()) + "]");
    i64(fields, t.bytes());
    fields.add("float 0.0");
    i32(fields, 0, t.type().bytes(), 0);
    return TENSOR + " { " + String.join(", ", fields) + " }";
  }

  private String state(StateSpec s) {
    List<String> fields = new ArrayList<>();
    fields.add("ptr " + string(s.next()));
    i32(fields, s.window() ? 1 : 0, 0);
    i64(fields, s.offset(), s.blocks(), s.pitch(), s.keep(), s.row(), s.rows());
    return STATE + " { " + String.join(", ", fields) + " }";
  }

  /** For each profile, what a run adds to each state. */
  private List<String> stateRows() {
    List<String> rows = new ArrayList<>();
    for (int p = 0; p < model.profiles().size(); p++) {
      for (StateSpec s : model.states()) {
        rows.add("i32 " + s.added().get(p));
      }
    }
    return rows;
  }

  private String kernel(KernelSpec k) {
    List<String> fields = new ArrayList<>();
    fields.add("ptr " + string(k.name()));
    fields.add("ptr " + string(k.sourceNodes()));
    fields.add("ptr @\"" + k.symbol() + "\"");
    fields.add("double " + real(k.flops()));
    fields.add("double " + real(k.bytes()));
    return KERNEL + " { " + String.join(", ", fields) + " }";
  }

  private static String arg(ArgSpec a) {
    return ARG + " { i32 " + a.base().code() + ", i32 " + a.index() + ", i64 " + a.offset() + " }";
  }

  private static String step(PlanTable.Step s) {
    List<String> fields = new ArrayList<>();
    i32(fields, s.op().code(), s.kernel(), s.firstArg(), s.args());
    i64(fields, s.extent().bound());
    i32(fields, s.extent().slot(), s.chunks(), s.slot(), s.target());
    i64(fields, 0);
    return STEP + " { " + String.join(", ", fields) + " }";
  }

  private static String fill(FillSpec f) {
    return String.format(
        Locale.ROOT,
        "%s { i64 %d, i64 %d, [2 x i64] [i64 %d, i64 %d], [2 x i64] [i64 %d, i64 %d], i64 %d }",
        FILL,
        f.offset(),
        f.bytes(),
        f.countOuter(),
        f.countInner(),
        f.strideOuter(),
        f.strideInner(),
        f.pattern());
  }

  private void array(String name, String type, List<String> elements) {
    String values =
        elements.isEmpty() ? "zeroinitializer" : "[\n  " + String.join(",\n  ", elements) + "\n]";
    line(
        "@"
            + name
            + " = internal constant ["
            + elements.size()
            + " x "
            + type
            + "] "
            + values
            + ", align 8");
  }

  /** A zero-terminated string, once for each text. */
  private String string(String text) {
    return strings.computeIfAbsent(
        text,
        t -> {
          byte[] bytes = t.getBytes(StandardCharsets.UTF_8);
          StringBuilder escaped = new StringBuilder();
          for (byte b : bytes) {
            escaped.append(String.format(Locale.ROOT, "\\%02x", b & 0xff));
          }
          String name = "@s" + strings.size();
          line(
              String.format(
                  Locale.ROOT,
                  "%s = private unnamed_addr constant [%d x i8] c\"%s\\00\"",
                  name,
                  bytes.length + 1,
                  escaped));
          return name;
        });
  }

  private void line(String text) {
    globals.append(text).append('\n');
  }

  private static void i32(List<String> fields, int... values) {
    for (int v : values) {
      fields.add("i32 " + v);
    }
  }

  private static void i64(List<String> fields, long... values) {
    for (long v : values) {
      fields.add("i64 " + v);
    }
  }

  private static String real(double v) {
    return String.format(Locale.ROOT, "0x%016X", Double.doubleToRawLongBits(v));
  }

  private static String types(List<String> fields) {
    return String.join(", ", fields.stream().map(f -> f.substring(0, f.indexOf(' '))).toList());
  }
}
