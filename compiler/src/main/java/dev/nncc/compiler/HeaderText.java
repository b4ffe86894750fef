package dev.nncc.compiler;

import dev.nncc.codegen.llvm.plan.ModelSpec;
import dev.nncc.codegen.llvm.plan.ProfileSpec;
import dev.nncc.codegen.llvm.plan.StateSpec;
import dev.nncc.codegen.llvm.plan.TensorSpec;
import dev.nncc.runtime.CHeader;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The C header of one model: the interface that all libraries share, then what is special to this
 * one as constants.
 */
final class HeaderText {
  private HeaderText() {}

  /**
   * @param variants they agree in everything that the header says but the target
   * @param source the model file's name
   */
  static String print(String name, List<ModelSpec> variants, String source) {
    ModelSpec spec = variants.get(0);
    String targets = variants.stream().map(ModelSpec::target).collect(Collectors.joining(", "));
    String prefix = identifier(name);
    StringBuilder s = new StringBuilder();
    s.append(CHeader.text().stripTrailing()).append("\n\n");
    String guard = "NNCC_MODEL_" + prefix + "_H";
    s.append("/* ").append(comment(source)).append(" for ").append(comment(targets));
    s.append(", made by nncc ").append(spec.compilerVersion()).append(". */\n");
    s.append("#ifndef ").append(guard).append("\n#define ").append(guard).append("\n\n");
    define(s, prefix + "_LIBRARY", string("lib" + name + ".so"));
    define(s, prefix + "_SOURCE_HASH", String.format("UINT64_C(0x%016x)", spec.sourceHash()));
    tensors(s, prefix, spec.largest());
    if (!spec.states().isEmpty()) {
      s.append("\n/* Kept in a context from run to run, by the names of the model's inputs. */");
      tensors(s, prefix + "_STATE", spec.states().stream().map(StateSpec::past).toList());
    }
    if (spec.profiles().size() > 1) {
      s.append("\n/* Above are the largest shapes; these are all that the library runs. */\n");
      define(s, prefix + "_PROFILES", Integer.toString(spec.profiles().size()));
      for (int i = 0; i < spec.profiles().size(); i++) {
        String p = prefix + "_PROFILE_" + i;
        s.append('\n');
        define(s, p + "_NAME", string(spec.profiles().get(i).name()));
        tensors(s, p, spec.profiles().get(i));
      }
    }
    s.append("\n#endif\n");
    return s.toString();
  }

  private static void tensors(StringBuilder s, String prefix, ProfileSpec profile) {
    tensors(s, prefix + "_INPUT", profile.inputs());
    tensors(s, prefix + "_OUTPUT", profile.outputs());
  }

  private static void tensors(StringBuilder s, String prefix, List<TensorSpec> tensors) {
    s.append('\n');
    define(s, prefix + "S", Integer.toString(tensors.size()));
    for (int i = 0; i < tensors.size(); i++) {
      TensorSpec t = tensors.get(i);
      String p = prefix + "_" + i;
      List<Long> dims = t.dims().stream().map(TensorSpec.Dim::bound).toList();
      define(s, p + "_NAME", string(t.name()));
      define(s, p + "_DTYPE", "NNCC_" + t.type().name());
      define(s, p + "_RANK", Integer.toString(dims.size()));
      // C has no empty list.
      define(
          s,
          p + "_DIMS",
          dims.isEmpty()
              ? "{0}"
              : dims.stream().map(String::valueOf).collect(Collectors.joining(", ", "{", "}")));
      define(s, p + "_ELEMENTS", Long.toString(t.bytes() / t.type().bytes()));
      define(s, p + "_BYTES", Long.toString(t.bytes()));
    }
  }

  private static void define(StringBuilder s, String name, String value) {
    s.append("#define ").append(name).append(' ').append(value).append('\n');
  }

  /** Capital letters, digits and underscores; not with a digit in front. */
  private static String identifier(String name) {
    String id = name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    return id.isEmpty() || Character.isDigit(id.charAt(0)) ? "M" + id : id;
  }

  private static String comment(String text) {
    return text.replace("*/", "* /").replaceAll("[\\p{Cntrl}]", " ");
  }

  /** Octal escapes: unlike hexadecimal ones they end after three digits. */
  private static String string(String text) {
    StringBuilder s = new StringBuilder("\"");
    for (byte b : text.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
      int c = b & 0xFF;
      boolean plain = c >= ' ' && c < 127 && c != '"' && c != '\\' && c != '?';
      s.append(plain ? String.valueOf((char) c) : String.format("\\%03o", c));
    }
    return s.append('"').toString();
  }
}
