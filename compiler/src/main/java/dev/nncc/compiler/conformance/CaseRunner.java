package dev.nncc.compiler.conformance;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.Compiler;
import dev.nncc.compiler.ScratchFolder;
import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.RunException;
import dev.nncc.compiler.run.TensorFolder;
import dev.nncc.compiler.run.Tolerance;
import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Tensor;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.NnccException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compiles and runs one test in this process. */
public final class CaseRunner {
  private final CompileOptions options;
  private final ContextOptions context;

  /**
   * @param options for the compiler; shapes are added from each test
   */
  public CaseRunner(CompileOptions options, ContextOptions context) {
    this.options = options;
    this.context = context;
  }

  /** Runs a test; whatever goes wrong becomes its outcome. */
  public Outcome run(TestCase test) {
    long start = System.nanoTime();
    Set<String> operators = Set.of();
    Outcome outcome;
    try {
      ImportOptions ends = StoredEnds.of(test.folder(), options.imports());
      ModelSummary summary = ModelSummary.read(test.model(), ends);
      operators = summary.operators();
      outcome = run(test, summary, ends);
    } catch (ModelException | CompileException e) {
      outcome = Outcome.refused(test.name(), reason(e));
    } catch (IOException | RuntimeException | LinkageError | StackOverflowError e) {
      outcome = Outcome.failed(test.name(), fault(e));
    }
    return outcome.with(operators).withSeconds((System.nanoTime() - start) / 1e9);
  }

  private Outcome run(TestCase test, ModelSummary summary, ImportOptions ends) throws IOException {
    StoredFacts facts = StoredFacts.read(test.folder());
    List<Stored> sets = new ArrayList<>();
    for (Path folder : test.data()) {
      sets.add(Stored.read(folder));
    }
    if (sets.stream().allMatch(s -> s.outputs().isEmpty())) {
      return Outcome.refused(test.name(), "no stored outputs");
    }
    ImportOptions imports = bound(test, summary, imports(ends, facts, summary, sets), sets);
    if (!imports.binds().isEmpty()) {
      Stored first = sets.get(0);
      sets = List.of(first.without(summary.inputs(), imports.binds().keySet()));
    }
    try (ScratchFolder scratch = ScratchFolder.create()) {
      CompileReport report =
          new Compiler(CompileListener.NONE)
              .compile(test.model(), scratch.path().resolve("out"), options.withImports(imports));
      return compare(test, library(report), facts, imports, sets);
    }
  }

  private static Path library(CompileReport report) {
    return report.files().stream()
        .filter(p -> p.toString().endsWith(".so"))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no library among " + report.files()));
  }

  private static ImportOptions imports(
      ImportOptions ends, StoredFacts facts, ModelSummary summary, List<Stored> sets) {
    ImportOptions imports = ends;
    List<Tensor> first = sets.get(0).inputs();
    for (int i = 0; i < summary.inputs().size(); i++) {
      String name = summary.inputs().get(i);
      List<Long> used = facts.shapes().get(name);
      if (used == null && i < first.size()) {
        used = new ArrayList<>();
        for (long d : first.get(i).shape().toArray()) {
          used.add(d);
        }
      }
      if (used != null) {
        imports = imports.withInputShape(name, used);
      }
    }
    return imports;
  }

  /**
   * Tests feed what a compiler wants to know, such as the shape of a Reshape: such inputs become
   * constants, and are no inputs of the library.
   */
  private static ImportOptions bound(
      TestCase test, ModelSummary summary, ImportOptions imports, List<Stored> sets) {
    Map<String, Tensor> data = new LinkedHashMap<>();
    List<Tensor> first = sets.get(0).inputs();
    for (int i = 0; i < Math.min(first.size(), summary.inputs().size()); i++) {
      data.put(summary.inputs().get(i), first.get(i));
    }
    return Importers.optionsFor(test.model(), imports, data);
  }

  private Outcome compare(
      TestCase test, Path library, StoredFacts facts, ImportOptions imports, List<Stored> sets) {
    Tolerance.Verdict worst = new Tolerance.Verdict("", true, -1, 0, "no outputs");
    boolean excused = false;
    try (CompiledModel model = CompiledModel.open(library, context)) {
      for (Stored stored : sets) {
        List<Tensor> outputs = model.run(stored.inputs());
        for (Stored.Output expected : stored.outputs()) {
          int i = expected.index();
          if (i >= outputs.size()) {
            return Outcome.failed(test.name(), "there is no output " + i);
          }
          String name = model.model().outputs().get(i).name();
          Tolerance tolerance =
              facts.tolerance(i).ofFactors(options.passes().precision().weights());
          Tolerance.Verdict verdict = tolerance.check(name, outputs.get(i), expected.tensor());
          boolean missed = !verdict.passed();
          if (missed) {
            verdict =
                new ExactReference(test.model(), imports, stored.inputs())
                    .reconsider(verdict, tolerance, i, outputs.get(i), expected.tensor());
          }
          if (!verdict.passed()) {
            return Outcome.failed(test.name(), verdict.text());
          }
          excused |= missed;
          worst = verdict.difference() > worst.difference() ? verdict : worst;
        }
      }
    } catch (NnccException | RunException e) {
      return Outcome.failed(test.name(), reason(e));
    }
    return excused
        ? Outcome.excused(test.name(), worst.text())
        : Outcome.passed(test.name(), worst.text());
  }

  /** The message as one line, without the name that all models of tests have. */
  private static String reason(RuntimeException e) {
    String text =
        String.valueOf(e.getMessage())
            .replaceFirst("^(\\S*/)?(model\\.(onnx|pb)|saved_model): ", "");
    String[] lines = text.split("\n", -1);
    if (lines.length == 1) {
      return text;
    }
    List<String> reasons = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      // The names of the nodes differ from test to test; reasons are counted.
      reasons.add(lines[i].strip().replaceFirst(": [0-9]+ nodes?: .*$", ""));
    }
    return String.join("; ", reasons);
  }

  private static String fault(Throwable e) {
    StackTraceElement[] trace = e.getStackTrace();
    String at = "";
    for (StackTraceElement frame : trace) {
      if (frame.getClassName().startsWith("dev.nncc.")) {
        at = " at " + frame.getFileName() + ":" + frame.getLineNumber();
        break;
      }
    }
    String message = String.valueOf(e.getMessage()).strip().replaceAll("\\s*\n\\s*", " | ");
    return e.getClass().getSimpleName() + ": " + message + at;
  }

  /** Stored inputs, and the outputs that go with them. */
  private record Stored(List<Tensor> inputs, List<Output> outputs) {
    record Output(int index, Tensor tensor) {}

    /** The same without inputs that have become constants. */
    Stored without(List<String> names, Set<String> bound) {
      List<Tensor> rest = new ArrayList<>();
      for (int i = 0; i < inputs.size(); i++) {
        if (i >= names.size() || !bound.contains(names.get(i))) {
          rest.add(inputs.get(i));
        }
      }
      return new Stored(rest, outputs);
    }

    /**
     * @throws ModelException when a file holds no plain tensor: a sequence, an optional, strings
     */
    static Stored read(Path folder) throws IOException {
      TensorFolder files = TensorFolder.list(folder);
      List<Tensor> inputs = new ArrayList<>();
      List<Output> outputs = new ArrayList<>();
      try {
        for (int i = 0; i < files.inputs(); i++) {
          int number = i;
          inputs.add(files.input(i).orElseThrow(() -> new ModelException("no input " + number)));
        }
        for (int i : files.outputs()) {
          files.output(i).ifPresent(t -> outputs.add(new Output(i, t)));
        }
      } catch (ModelException e) {
        String why = String.valueOf(e.getMessage()).replaceFirst("^.*?\\.(pb|npy): ", "");
        throw new ModelException("stored data: " + why, e);
      }
      return new Stored(inputs, outputs);
    }
  }
}
