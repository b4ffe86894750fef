package dev.nncc.compiler;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nncc.codegen.llvm.plan.ArgSpec;
import dev.nncc.codegen.llvm.plan.KernelSpec;
import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.plan.ProfileSpec;
import dev.nncc.codegen.llvm.plan.StateSpec;
import dev.nncc.codegen.llvm.plan.StepSpec;
import dev.nncc.codegen.llvm.plan.TensorSpec;
import dev.nncc.frontend.importing.ModelFacts;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.tensor.plan.MemoryPlan;
import dev.nncc.tensor.plan.RunPlan;
import java.util.List;
import java.util.Locale;

/** What was compiled, as JSON: source, inputs and outputs, target, sizes, kernels, memory, plan. */
final class Description {
  private final ObjectNode root = JsonNodeFactory.instance.objectNode();

  private Description() {}

  /**
   * @param precision of the factors of products
   * @param variants the first one is described in full; they have the same plans but for kernels
   */
  static ObjectNode of(
      String precision, List<ModelSpec> variants, List<PlannedProfile> profiles, ModelFacts facts) {
    ModelSpec spec = variants.get(0);
    Description d = new Description();
    d.header(spec, precision, facts);
    if (variants.size() > 1) {
      variants(d.root.putArray("variants"), variants);
    }
    tensors(d.root.putArray("inputs"), spec.largest().inputs());
    tensors(d.root.putArray("outputs"), spec.largest().outputs());
    if (!spec.states().isEmpty()) {
      tensors(d.root.putArray("states"), spec.states().stream().map(StateSpec::past).toList());
    }
    ObjectNode sizes = d.root.putObject("sizes");
    sizes.put("weights", spec.memory().weights()).put("arena", spec.memory().arena());
    sizes.put("scratch", spec.memory().scratch());
    if (spec.memory().prepared() > 0) {
      sizes.put("prepared", spec.memory().prepared());
    }
    if (spec.memory().state() > 0) {
      sizes.put("state", spec.memory().state());
    }
    if (!spec.prepare().isEmpty()) {
      steps(d.root.putArray("prepare"), spec, spec.prepare());
    }
    if (profiles.size() == 1) {
      MemoryPlan memory = profiles.get(0).plan().memory();
      sizes.put("arena_lower_bound", memory.lowerBound());
      d.root.put("launches", profiles.get(0).plan().launches());
      kernels(d.root.putArray("kernels"), spec.kernels());
      buffers(d.root.putArray("buffers"), memory);
      steps(d.root.putArray("plan"), spec, spec.profiles().get(0).steps());
      return d.root;
    }
    kernels(d.root.putArray("kernels"), spec.kernels());
    ArrayNode all = d.root.putArray("profiles");
    for (int i = 0; i < profiles.size(); i++) {
      profile(all.addObject(), spec, spec.profiles().get(i), profiles.get(i).plan());
    }
    return d.root;
  }

  private static void variants(ArrayNode to, List<ModelSpec> variants) {
    for (ModelSpec v : variants) {
      ObjectNode o = to.addObject();
      o.put("cpu", v.cpu()).put("scratch", v.memory().scratch());
      v.cpuFeatures().forEach(o.putArray("cpu_features")::add);
      kernels(o.putArray("kernels"), v.kernels());
    }
  }

  private static void profile(ObjectNode to, ModelSpec spec, ProfileSpec profile, RunPlan plan) {
    MemoryPlan memory = plan.memory();
    to.put("name", profile.name());
    tensors(to.putArray("inputs"), profile.inputs());
    tensors(to.putArray("outputs"), profile.outputs());
    to.put("arena", profile.arena()).put("arena_lower_bound", memory.lowerBound());
    to.put("launches", plan.launches());
    buffers(to.putArray("buffers"), memory);
    steps(to.putArray("plan"), spec, profile.steps());
  }

  private void header(ModelSpec spec, String precision, ModelFacts facts) {
    root.put("name", spec.name()).put("nncc", spec.compilerVersion());
    root.put("target", spec.target()).put("precision", precision);
    spec.cpuFeatures().forEach(root.putArray("cpu_features")::add);
    ObjectNode source = root.putObject("source");
    source
        .put("file", facts.file())
        .put("sha256", facts.sha256())
        .put("producer", facts.producer());
    source.put("format", facts.format().toString()).put("graph", facts.graphName());
    source.put(
        facts.format() == ModelFormat.ONNX ? "ir_version" : "format_version", facts.irVersion());
    ObjectNode opsets = source.putObject("opsets");
    facts.opsets().forEach(opsets::put);
    ObjectNode operators = source.putObject("operators");
    facts.operators().forEach(operators::put);
    source.put("parameters", facts.parameters());
    facts.frozen().forEach(source.putArray("frozen")::add);
    facts.assumed().forEach(source.putArray("assumed")::add);
    ObjectNode metadata = root.putObject("metadata");
    facts.metadata().forEach(metadata::put);
  }

  private static void tensors(ArrayNode to, List<TensorSpec> tensors) {
    for (TensorSpec t : tensors) {
      ObjectNode o = to.addObject();
      o.put("name", t.name()).put("dtype", text(t.type().name()));
      ArrayNode dims = o.putArray("dims");
      t.dims().forEach(d -> dims.add(d.bound()));
    }
  }

  private static void kernels(ArrayNode to, List<KernelSpec> kernels) {
    for (KernelSpec k : kernels) {
      to.addObject()
          .put("name", k.name())
          .put("function", k.symbol())
          .put("nodes", k.sourceNodes())
          .put("flops", k.flops())
          .put("bytes", k.bytes());
    }
  }

  private static void buffers(ArrayNode to, MemoryPlan memory) {
    for (MemoryPlan.Allocation a : memory.allocations()) {
      to.addObject()
          .put("value", a.name())
          .put("offset", a.offset())
          .put("bytes", a.bytes())
          .put("first", a.first())
          .put("last", a.last())
          .put("in_place", a.inPlace());
    }
  }

  private static void steps(ArrayNode to, ModelSpec spec, List<StepSpec> steps) {
    for (StepSpec step : steps) {
      ObjectNode o = to.addObject();
      if (step instanceof StepSpec.Call c) {
        o.put("call", spec.kernels().get(c.kernel()).name());
        o.put("extent", c.extent().bound()).put("chunks", c.chunks());
        if (c.beside()) {
          o.put("beside_previous", true);
        }
        c.args().forEach(a -> o.withArray("args").add(text(a)));
      } else if (step instanceof StepSpec.Copy c) {
        o.put("copy", text(c.from())).put("to", text(c.to())).put("bytes", c.bytes().bound());
      } else if (step instanceof StepSpec.Loop l) {
        o.put("loop", l.rounds().bound());
        steps(o.putArray("body"), spec, l.body());
      } else if (step instanceof StepSpec.While w) {
        o.put("while", text(w.condition())).put("at_most", w.rounds().bound());
        steps(o.putArray("body"), spec, w.body());
      } else if (step instanceof StepSpec.If i) {
        o.put("if", text(i.condition()));
        steps(o.putArray("then"), spec, i.then());
        steps(o.putArray("else"), spec, i.otherwise());
      }
    }
  }

  /** {@code arena+4096}, {@code input[1]}. */
  private static String text(ArgSpec a) {
    boolean numbered = a.base() == ArgSpec.Base.INPUT || a.base() == ArgSpec.Base.OUTPUT;
    String base = text(a.base().name()) + (numbered || a.index() > 0 ? "[" + a.index() + "]" : "");
    return a.offset() == 0 && numbered ? base : base + "+" + a.offset();
  }

  private static String text(String constant) {
    return constant.toLowerCase(Locale.ROOT);
  }
}
