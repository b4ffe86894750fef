package dev.nncc.cli;

import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.PictureFormat;
import dev.nncc.compiler.run.RunException;
import dev.nncc.compiler.run.TensorInputs;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.runtime.Model;
import dev.nncc.runtime.ShapeProfile;
import dev.nncc.runtime.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of a run, from words of the command line.
 *
 * @param files {@code [NAME=]FILE}; those without a name in the order of the remaining inputs
 * @param seed for inputs without a file; empty: each must have one
 * @param shapes words such as {@code batch=4} that the name of the profile must hold
 */
record LibraryRun(
    List<String> files, PictureFormat format, Optional<Long> seed, List<String> shapes) {
  /** The inputs of one run; stored tensors and {@code shapes} choose the profile. */
  List<Tensor> inputs(CompiledModel model) throws IOException {
    List<TensorInfo> infos = model.model().inputs();
    List<@Nullable Path> paths = assign(files, infos.stream().map(TensorInfo::name).toList());
    Map<Integer, Tensor> stored = new LinkedHashMap<>();
    for (int i = 0; i < infos.size(); i++) {
      Path path = paths.get(i);
      if (path == null && seed.isEmpty()) {
        throw new RunException(
            String.format(
                "input '%s' (%s) has no file; give one, or --seed N for random numbers",
                infos.get(i).name(), CompiledModel.type(infos.get(i))));
      }
      if (path != null && !TensorInputs.isPicture(path)) {
        stored.put(i, TensorInputs.read(InputFiles.require(path)));
      }
    }
    return inputs(model, paths, stored);
  }

  /**
   * The inputs of one run of which some are at hand, and the others random.
   *
   * @param stored by the number of the input
   */
  List<Tensor> inputs(CompiledModel model, Map<Integer, Tensor> stored) throws IOException {
    return inputs(
        model, Collections.nCopies(model.model().inputs().size(), (@Nullable Path) null), stored);
  }

  private List<Tensor> inputs(
      CompiledModel model, List<@Nullable Path> paths, Map<Integer, Tensor> stored)
      throws IOException {
    List<ShapeProfile> fitting = fitting(model, stored);
    for (ShapeProfile p : fitting.subList(0, fitting.size() - 1)) {
      try {
        return inputs(p, paths, stored);
      } catch (RunException ignored) {
        // A picture does not go into these shapes; others are left.
      }
    }
    return inputs(fitting.get(fitting.size() - 1), paths, stored);
  }

  /** Profiles that go with the words and the stored tensors: the largest, then all in order. */
  private List<ShapeProfile> fitting(CompiledModel model, Map<Integer, Tensor> stored) {
    List<ShapeProfile> named = named(model.model());
    if (model.model().profiles().size() == 1) {
      return named;
    }
    List<ShapeProfile> fitting = new ArrayList<>(named);
    fitting.removeIf(
        p ->
            stored.entrySet().stream()
                .anyMatch(
                    e -> !CompiledModel.inputTypes(p).get(e.getKey()).equals(e.getValue().type())));
    if (fitting.isEmpty()) {
      throw new RunException(
          String.format(
              "no profile%s has inputs of %s; the profiles of %s are %s",
              shapes.isEmpty() ? "" : " with " + String.join(",", shapes),
              stored.values().stream().map(Tensor::type).toList(),
              model.model().name(),
              CompiledModel.profiles(model.model())));
    }
    if (fitting.remove(model.model().largestProfile())) {
      fitting.add(0, model.model().largestProfile());
    }
    return fitting;
  }

  /** The profiles that have the words in their name, in order. */
  List<ShapeProfile> named(Model model) {
    List<ShapeProfile> named =
        model.profiles().stream()
            .filter(p -> List.of(p.name().split(",")).containsAll(shapes))
            .toList();
    if (named.isEmpty() && model.profiles().size() == 1) {
      throw new RunException(
          model.name() + " was compiled for one set of shapes: leave " + shapes + " out");
    }
    if (named.isEmpty()) {
      throw new RunException(
          String.format(
              "no profile with %s; the profiles of %s are %s",
              String.join(",", shapes), model.name(), CompiledModel.profiles(model)));
    }
    return named;
  }

  /** Random inputs of a profile. */
  List<Tensor> random(ShapeProfile profile) throws IOException {
    List<@Nullable Path> none = new ArrayList<>();
    profile.inputs().forEach(t -> none.add(null));
    return inputs(profile, none, Map.of());
  }

  private List<Tensor> inputs(
      ShapeProfile profile, List<@Nullable Path> paths, Map<Integer, Tensor> stored)
      throws IOException {
    List<TensorType> types = CompiledModel.inputTypes(profile);
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      Path path = paths.get(i);
      Tensor own = stored.get(i);
      if (own != null) {
        inputs.add(own);
      } else if (path != null) {
        inputs.add(TensorInputs.read(InputFiles.require(path), types.get(i), format));
      } else {
        inputs.add(TensorInputs.random(types.get(i), seed.orElse(0L), i));
      }
    }
    return inputs;
  }

  /**
   * For each input its file, null without.
   *
   * @param files {@code [NAME=]FILE}; those without a name in the order of the remaining inputs
   */
  static List<@Nullable Path> assign(List<String> files, List<String> inputs) {
    Map<String, Path> named = new LinkedHashMap<>();
    List<Path> rest = new ArrayList<>();
    for (String word : files) {
      int at = word.lastIndexOf('=');
      String name = at > 0 ? word.substring(0, at) : "";
      if (inputs.contains(name)) {
        if (named.put(name, Path.of(word.substring(at + 1))) != null) {
          throw new RunException("input '" + name + "' has two files");
        }
      } else if (at > 0 && !Files.exists(Path.of(word))) {
        throw new RunException(
            "there is no input '" + name + "'; the inputs are " + String.join(", ", inputs));
      } else {
        rest.add(Path.of(word));
      }
    }
    List<@Nullable Path> paths = new ArrayList<>();
    int next = 0;
    for (String input : inputs) {
      Path own = named.get(input);
      paths.add(own != null ? own : next < rest.size() ? rest.get(next++) : null);
    }
    if (next < rest.size()) {
      throw new RunException(rest.get(next) + " is one file too many; the inputs are " + inputs);
    }
    return paths;
  }

  /** Whether some input is a picture. */
  boolean hasPicture() {
    return files.stream().anyMatch(word -> TensorInputs.isPicture(Path.of(word)));
  }
}
