package dev.nncc.compiler;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes as users write it: {@code 64M}, {@code 1.5G}, {@code 512KiB}, {@code 800MB},
 * {@code 1000000}. As with other tools, {@code M} and {@code MiB} are powers of 1024, {@code MB} of
 * 1000.
 */
public record ByteCount(long bytes) {
  private static final Pattern FORM =
      Pattern.compile("([0-9]+(?:\\.[0-9]+)?) ?([kmgt]?)(i?b)?", Pattern.CASE_INSENSITIVE);
  private static final Map<String, Integer> POWERS = Map.of("", 0, "k", 1, "m", 2, "g", 3, "t", 4);
  private static final List<String> PREFIXES = List.of("k", "M", "G", "T", "P");

  /** {@code 12.3 MB}: in powers of 1000, as everything that is printed. */
  public String text() {
    return bytes < 1000 ? bytes + " bytes" : scaled(bytes, "B");
  }

  /** {@code 4.10 GFLOP}: 1000 or more of a unit. */
  public static String scaled(double n, String unit) {
    double value = n / 1000;
    int i = 0;
    while (value >= 999.5 && i < PREFIXES.size() - 1) {
      value /= 1000;
      i++;
    }
    return String.format(
        Locale.ROOT, value < 10 ? "%.2f %s%s" : "%.1f %s%s", value, PREFIXES.get(i), unit);
  }

  /**
   * Reads a number.
   *
   * @throws CompileException when it is none
   */
  public static ByteCount parse(String text) {
    Matcher m = FORM.matcher(text.strip());
    if (!m.matches()) {
      throw new CompileException("'" + text + "' is no number of bytes; write 64M, 1.5G or 800MB");
    }
    int power = POWERS.getOrDefault(m.group(2).toLowerCase(Locale.ROOT), 0);
    int base = "b".equalsIgnoreCase(m.group(3)) ? 1000 : 1024;
    return new ByteCount((long) (Double.parseDouble(m.group(1)) * Math.pow(base, power)));
  }
}
