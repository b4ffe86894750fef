package dev.nncc.codegen.llvm.link;

import dev.nncc.codegen.llvm.toolchain.NativeCache;
import java.nio.file.Path;

/** A program: builds the sample library in folder args[0], with LLVM extracted to args[1]. */
final class BuildSample {
  private BuildSample() {}

  public static void main(String[] args) throws Exception {
    NativeCache.use(Path.of(args[1]));
    System.out.println(SampleLibrary.build(Path.of(args[0]), "sample", 0.5f, 4));
  }
}
