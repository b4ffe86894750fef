package dev.nncc.compiler.words;

import dev.nncc.compiler.CompileException;
import dev.nncc.graph.NearNames;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.standard.Pipelines;
import java.util.List;

/** The names of passes and rules that {@code --disable} takes. */
public final class PassNames {
  private PassNames() {}

  /**
   * The same names, without spaces around them.
   *
   * @throws CompileException when there is no such pass or rule
   */
  public static List<String> checked(List<String> words) {
    List<String> names = words.stream().map(String::strip).toList();
    List<String> all = Pipelines.standard(PassOptions.DEFAULT).names();
    for (String name : names) {
      if (!all.contains(name)) {
        throw new CompileException(
            "--disable: there is no pass or rule '" + name + "'" + NearNames.hint(name, all));
      }
    }
    return names;
  }
}
