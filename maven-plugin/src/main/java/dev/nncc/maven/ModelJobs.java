package dev.nncc.maven;

import dev.nncc.compiler.CompileException;
import dev.nncc.compiler.Targets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.lang.model.SourceVersion;

/**
 * The models of a project.
 *
 * @param base the project's folder
 * @param folder where models are looked for when none are named
 * @param packageName of generated classes that have no other
 * @param defaults machine, processor and precision of models that name none
 */
record ModelJobs(Path base, Path folder, String packageName, ModelParameters defaults) {
  /** A package for a project: its group, made a name of Java. */
  static String packageOf(String groupId) {
    return Arrays.stream(groupId.split("\\.", -1))
        .map(Identifiers::packagePart)
        .collect(Collectors.joining("."));
  }

  /**
   * The models that users name, or all in the folder.
   *
   * @throws CompileException when a name is missing, is no name of Java, or is there twice, or a
   *     model has two targets for one machine
   */
  List<ModelJob> of(List<ModelParameters> models) throws IOException {
    List<ModelJob> jobs = new ArrayList<>();
    for (ModelParameters p : models) {
      if (p.source == null) {
        throw new CompileException("a <model> has no <source>");
      }
      jobs.add(job(base.resolve(p.source.toPath()).normalize(), p));
    }
    if (models.isEmpty()) {
      for (Path file : ModelScan.of(folder).models()) {
        jobs.add(job(file, ModelParameters.of(file)));
      }
    }
    Set<String> names = new TreeSet<>();
    for (ModelJob job : jobs) {
      if (!names.add(job.className())) {
        throw new CompileException(
            "two models become the class " + job.className() + "; give one a <className>");
      }
      requireOneLibraryForEachMachine(job);
    }
    return jobs;
  }

  private static void requireOneLibraryForEachMachine(ModelJob job) {
    if (job.machines().size() > 1) {
      String host = Targets.host().machine();
      Set<String> machines = new TreeSet<>();
      for (TargetParameters t : job.machines()) {
        String machine = t.machine == null ? host : t.machine.strip();
        if (!machines.add(machine)) {
          throw new CompileException(
              job.source().getFileName()
                  + ": two <target>s are for "
                  + machine
                  + "; name its processors in one <cpu>, as in x86-64-v2,x86-64-v3");
        }
      }
    }
  }

  private ModelJob job(Path source, ModelParameters given) {
    ModelParameters p = given.orElse(defaults);
    String name = p.className != null ? p.className.strip() : className(source);
    if (!SourceVersion.isName(name)) {
      throw new CompileException("<className> '" + name + "' is no name of Java");
    }
    return new ModelJob(source, name, p);
  }

  /** Folders below that of all models are packages. */
  private String className(Path source) {
    Path parent = source.getParent();
    String simple = Identifiers.type(ModelScan.stem(source));
    if (parent == null || !parent.startsWith(folder) || parent.equals(folder)) {
      return packageName.isEmpty() ? simple : packageName + "." + simple;
    }
    List<String> parts = new ArrayList<>();
    for (Path part : folder.relativize(parent)) {
      parts.add(Identifiers.packagePart(part.toString()));
    }
    return String.join(".", parts) + "." + simple;
  }
}
