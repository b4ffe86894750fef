package dev.nncc.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The C interface of compiled libraries, for those who write it beside one. */
public final class CHeader {
  private CHeader() {}

  /** The text of {@code nncc.h}. */
  public static String text() {
    try (InputStream in = CHeader.class.getResourceAsStream("nncc.h")) {
      if (in == null) {
        throw new IllegalStateException("no resource nncc.h");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
