package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import dev.nncc.frontend.caffe.proto.NetParameter;
import dev.nncc.frontend.caffe.proto.NetWeights;
import dev.nncc.frontend.tensor.LfsPointer;
import dev.nncc.graph.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The files of a network: its layers, and its weights in a file of their own or in the same one.
 * Files of weights are mapped, and the parsed message refers to the mapping.
 *
 * @param path of the network
 * @param net in the form of the file, not yet upgraded
 * @param weightsPath of the weights; empty if there are none
 * @param binary whether the network's own file is one of weights
 * @param notes on what was assumed and what was not understood
 */
record NetFile(
    Path path,
    NetParameter net,
    Optional<Path> weightsPath,
    NetWeights weights,
    boolean binary,
    List<String> notes) {
  private static final String WEIGHTS = ".caffemodel";

  /** Texts are small; a larger file is something else. */
  private static final long MOST_TEXT = 64L << 20;

  /**
   * Opens a network.
   *
   * @param chosen the file with the weights; empty: the network's own file if that is binary, or
   *     else the one of the same name beside it
   */
  static NetFile open(Path path, Optional<Path> chosen) {
    List<String> notes = new ArrayList<>();
    ByteBuffer bytes = map(path);
    boolean text = isText(bytes);
    NetParameter net =
        text
            ? named(path, () -> NetText.parse(text(bytes), notes))
            : parse(path, bytes, NetParameter.parser());
    named(
        path,
        () -> {
          require(
              net.getLayerCount() > 0 || net.getLayersCount() > 0,
              "not a Caffe network: there are no layers in it");
          return net;
        });
    Optional<Path> weights = chosen.or(() -> text ? beside(path, notes) : Optional.of(path));
    NetWeights found =
        weights
            .map(p -> parse(p, map(p), NetWeights.parser()))
            .orElse(NetWeights.getDefaultInstance());
    return new NetFile(path, net, weights, found, !text, List.copyOf(notes));
  }

  /** The file's name without its folder: what messages begin with. */
  String name() {
    return name(path);
  }

  /** Where the weights are looked for if nobody says. */
  static String nameBeside(Path path) {
    return name(path).replaceFirst("(\\.prototxt|\\.pbtxt|\\.txt)$", "") + WEIGHTS;
  }

  /** What nobody has named is read only if no link leads out of the model's folder. */
  private static void requireWithin(Path file, @Nullable Path folder) {
    try {
      require(
          folder != null && file.toRealPath().startsWith(folder.toRealPath()),
          "%s is outside of the model's folder; --weights names it",
          name(file));
    } catch (IOException e) {
      throw new ModelException(name(file) + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static Optional<Path> beside(Path path, List<String> notes) {
    Path weights = path.resolveSibling(nameBeside(path));
    if (!Files.isRegularFile(weights)) {
      return Optional.empty();
    }
    requireWithin(weights, path.toAbsolutePath().getParent());
    notes.add("weights are those of " + name(weights) + ", which lies beside the network");
    return Optional.of(weights);
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  private interface Reading<T> {
    T read();
  }

  /** Puts the file's name in front of what goes wrong. */
  private static <T> T named(Path path, Reading<T> reading) {
    try {
      return reading.read();
    } catch (ModelException e) {
      throw new ModelException(name(path) + ": " + e.getMessage(), e);
    }
  }

  private static ByteBuffer map(Path path) {
    return named(
        path,
        () -> {
          require(Files.exists(path), "no such file");
          require(!Files.isDirectory(path), "is a folder, not a model file");
          require(Files.isRegularFile(path), "not a regular file");
          try (FileChannel c = FileChannel.open(path, StandardOpenOption.READ)) {
            require(c.size() > 0, "the file is empty");
            require(c.size() <= Integer.MAX_VALUE, "above 2 GB; the format allows no more");
            return LfsPointer.refuse(c.map(FileChannel.MapMode.READ_ONLY, 0, c.size()));
          } catch (IOException e) {
            throw unreadable(e);
          }
        });
  }

  private static ModelException unreadable(IOException e) {
    String why = e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
    return new ModelException("cannot be read: " + why, e);
  }

  /** Binary networks hold lengths and numbers, which no text does, near their beginning. */
  private static boolean isText(ByteBuffer bytes) {
    for (int i = 0; i < Math.min(bytes.remaining(), 1 << 12); i++) {
      byte b = bytes.get(i);
      if (b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != '\f') {
        return false;
      }
    }
    return bytes.remaining() <= MOST_TEXT;
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
  }

  private static <T extends MessageLite> T parse(Path path, ByteBuffer bytes, Parser<T> parser) {
    return named(
        path,
        () -> {
          try {
            ByteString whole = UnsafeByteOperations.unsafeWrap(bytes.duplicate());
            CodedInputStream in = whole.newCodedInput();
            in.enableAliasing(true);
            return parser.parseFrom(in);
          } catch (InvalidProtocolBufferException e) {
            String text = String.valueOf(e.getMessage());
            boolean cut = text.contains("ended unexpectedly") || text.contains("truncated");
            throw new ModelException(
                "not a Caffe model, or damaged ("
                    + (cut ? "the file ends in the middle" : "it is no protobuf file")
                    + ")",
                e);
          }
        });
  }

  /** SHA-256 over the network's file and then that of its weights, if it is another one. */
  String sha256() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      update(digest, path);
      if (weightsPath.isPresent() && !weightsPath.get().equals(path)) {
        update(digest, weightsPath.get());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new ModelException(name() + ": " + unreadable(e).getMessage(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void update(MessageDigest digest, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] chunk = new byte[1 << 16];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        digest.update(chunk, 0, n);
      }
    }
  }
}
