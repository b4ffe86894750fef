package dev.nncc.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;

/** An opened library, shared by a model and its contexts; closed when the last of them lets go. */
final class Library {
  private final long handle;
  private final long api;
  private final long model;
  private final Path file;
  private int users = 1;

  private Library(Path file, long handle, long api, long model) {
    this.file = file;
    this.handle = handle;
    this.api = api;
    this.model = model;
  }

  /**
   * @param cpu the variant to take; empty: the best that this processor can run
   */
  static Library open(Path path, Optional<String> cpu) {
    Path file = canonical(path);
    ElfHeader.check(file);
    bindNatives(file);
    Block error = Block.struct(Layout.ERROR_BYTES);
    Block name = Block.string(uniqueName(file));
    long handle;
    try {
      handle = Native.open(name.address(), error.address());
    } finally {
      name.keep();
    }
    if (handle == 0) {
      throw new NnccException(Status.CORRUPT, file + " cannot be opened: " + error.getText(16));
    }
    try {
      long api = Native.api(handle, Native.ABI_VERSION);
      if (api == 0) {
        throw new NnccException(Status.ABI, file + " is no model compiled by nncc");
      }
      if (api == -1) {
        throw new NnccException(
            Status.ABI,
            file
                + " has another version of the interface than this runtime; compile the model again");
      }
      Block out = Block.of(8);
      int status =
          cpu.isEmpty()
              ? Native.modelOpen(api, out.address(), error.address())
              : openFor(cpu.get(), file, api, out, error);
      if (status != 0) {
        throw new NnccException(Status.of(status), file + ": " + error.getText(16));
      }
      return new Library(file, handle, api, out.getLong(0));
    } catch (RuntimeException e) {
      Native.close(handle);
      throw e;
    }
  }

  private static int openFor(String cpu, Path file, long api, Block out, Block error) {
    Block name = Block.string(cpu);
    bindVariantNatives(file, api);
    try {
      return Native.modelOpenFor(api, name.address(), out.address(), error.address());
    } finally {
      name.keep();
    }
  }

  private static Path canonical(Path path) {
    try {
      Path file = path.toRealPath();
      if (!Files.isRegularFile(file)) {
        throw new NnccException(Status.ARGUMENT, path + " is not a file");
      }
      return file;
    } catch (NoSuchFileException e) {
      throw new NnccException(Status.ARGUMENT, "no such file: " + path);
    } catch (IOException e) {
      throw new NnccException(
          Status.ARGUMENT, path + " cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }

  /**
   * A name of the file that no other file has had. The dynamic loader takes two names that are
   * equal for the same library, even when the file has been replaced meanwhile (a model compiled
   * again) and the old one is still open: so the file's identity goes into the name, as separators
   * that mean nothing.
   */
  private static String uniqueName(Path file) {
    try {
      BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
      int identity = Objects.hash(a.fileKey(), a.lastModifiedTime(), a.size());
      StringBuilder name = new StringBuilder(String.valueOf(file.getParent()));
      for (int bit = 0; bit < Integer.SIZE; bit++) {
        name.append((identity >>> bit & 1) == 0 ? "/" : "/.");
      }
      return name.append('/').append(file.getFileName()).toString();
    } catch (IOException e) {
      throw new NnccException(Status.ARGUMENT, file + " cannot be read");
    }
  }

  /**
   * The functions of {@link Native} come with the first library; they serve every further one,
   * which is then only opened. Two threads that do this at once load two libraries, which is as
   * good.
   */
  private static void bindNatives(Path file) {
    try {
      Native.length(0);
    } catch (UnsatisfiedLinkError absent) {
      try {
        NativeFile.load(file);
      } catch (UnsatisfiedLinkError e) {
        throw new NnccException(Status.ABI, file + " cannot be loaded: " + e.getMessage());
      }
      try {
        Native.length(0);
      } catch (UnsatisfiedLinkError e) {
        throw new NnccException(Status.ABI, file + " is no model compiled by nncc");
      }
    }
  }

  /**
   * The functions that came with profiles: where the first library loaded is older, this one brings
   * them.
   */
  void bindProfileNatives() {
    try {
      Native.profileInfo(api, model, 0, 0);
    } catch (UnsatisfiedLinkError absent) {
      NativeFile.load(file);
    }
  }

  /** As {@link #bindProfileNatives}, for variants. */
  void bindVariantNatives() {
    bindVariantNatives(file, api);
  }

  private static void bindVariantNatives(Path file, long api) {
    try {
      Native.variantInfo(api, 0, 0);
    } catch (UnsatisfiedLinkError absent) {
      NativeFile.load(file);
    }
  }

  /** The functions that came with states, likewise. */
  void bindStateNatives() {
    try {
      Native.stateInfo(api, model, 0, 0);
    } catch (UnsatisfiedLinkError absent) {
      NativeFile.load(file);
    }
  }

  long api() {
    return api;
  }

  long model() {
    return model;
  }

  /** One more user. */
  synchronized void retain() {
    if (users == 0) {
      throw new IllegalStateException("model is closed");
    }
    users++;
  }

  /** One user less; the last one unloads the library. */
  synchronized void release() {
    if (--users == 0) {
      Native.modelClose(
          api, model); // busy when the same file is open a second time: then that one does it
      Native.close(handle);
    }
  }
}
