package dev.nncc.cli;

import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.compiler.run.PictureFormat;
import dev.nncc.compiler.run.RunException;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.runtime.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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
 */
record LibraryRun(List<String> files, PictureFormat format, Optional<Long> seed) {
  List<Tensor> inputs(CompiledModel model) throws IOException {
    List<TensorInfo> infos = model.model().inputs();
    List<Path> paths = assign(infos);
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < infos.size(); i++) {
      TensorType type = CompiledModel.type(infos.get(i));
      Path path = paths.get(i);
      if (path != null) {
        inputs.add(TensorInputs.read(InputFiles.require(path), type, format));
      } else if (seed.isPresent()) {
        inputs.add(TensorInputs.random(type, seed.get(), i));
      } else {
        throw new RunException(
            String.format(
                "input '%s' (%s) has no file; give one, or --seed N for random numbers",
                infos.get(i).name(), type));
      }
    }
    return inputs;
  }

  /** For each input its file, null without. */
  private List<@Nullable Path> assign(List<TensorInfo> infos) {
    Map<String, Path> named = new LinkedHashMap<>();
    List<Path> rest = new ArrayList<>();
    for (String word : files) {
      int at = word.lastIndexOf('=');
      String name = at > 0 ? word.substring(0, at) : "";
      if (infos.stream().anyMatch(t -> t.name().equals(name))) {
        named.put(name, Path.of(word.substring(at + 1)));
      } else {
        rest.add(Path.of(word));
      }
    }
    List<@Nullable Path> paths = new ArrayList<>();
    int next = 0;
    for (TensorInfo info : infos) {
      Path own = named.get(info.name());
      paths.add(own != null ? own : next < rest.size() ? rest.get(next++) : null);
    }
    if (next < rest.size()) {
      throw new RunException(
          String.format(
              "%s is one file too many; the inputs are %s",
              rest.get(next), infos.stream().map(TensorInfo::name).toList()));
    }
    return paths;
  }

  /** Whether some input is a picture. */
  boolean hasPicture() {
    return files.stream().anyMatch(word -> TensorInputs.isPicture(Path.of(word)));
  }
}
