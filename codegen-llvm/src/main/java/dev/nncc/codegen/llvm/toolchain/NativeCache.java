package dev.nncc.codegen.llvm.toolchain;

import java.nio.file.Path;

/**
 * Where LLVM's libraries are extracted to, once for all processes of a user (about 180 MB; JavaCPP
 * locks the folder, so that processes may race for it). Without a call the place is JavaCPP's own,
 * {@code ~/.javacpp/cache}.
 */
public final class NativeCache {
  private NativeCache() {}

  /** Chooses the folder; before anything else of this package is used. */
  public static void use(Path folder) {
    System.setProperty("org.bytedeco.javacpp.cachedir", folder.toAbsolutePath().toString());
  }
}
