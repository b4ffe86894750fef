package dev.nncc.frontend.caffe;

import static dev.nncc.frontend.files.MappedFiles.named;
import static dev.nncc.graph.ModelException.require;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import dev.nncc.frontend.caffe.proto.NetParameter;
import dev.nncc.frontend.caffe.proto.NetWeights;
import dev.nncc.frontend.files.MappedFiles;
import dev.nncc.frontend.files.Messages;
import dev.nncc.graph.ModelException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
    ByteBuffer bytes = named(path, () -> MappedFiles.mapFilled(path));
    boolean text = bytes.remaining() <= MOST_TEXT && MappedFiles.isText(bytes);
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
            .map(p -> parse(p, named(p, () -> MappedFiles.mapFilled(p)), NetWeights.parser()))
            .orElse(NetWeights.getDefaultInstance());
    return new NetFile(path, net, weights, found, !text, List.copyOf(notes));
  }

  /** The file's name without its folder: what messages begin with. */
  String name() {
    return MappedFiles.name(path);
  }

  /** Where the weights are looked for if nobody says. */
  static String nameBeside(Path path) {
    return MappedFiles.name(path).replaceFirst("(\\.prototxt|\\.pbtxt|\\.txt)$", "") + WEIGHTS;
  }

  private static Optional<Path> beside(Path path, List<String> notes) {
    Path weights = path.resolveSibling(nameBeside(path));
    if (!Files.isRegularFile(weights)) {
      return Optional.empty();
    }
    Path folder = path.toAbsolutePath().getParent();
    MappedFiles.requireWithin(weights, folder, "; --weights names it");
    notes.add(
        "weights are those of " + MappedFiles.name(weights) + ", which lies beside the network");
    return Optional.of(weights);
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
  }

  private static <T> T parse(Path path, ByteBuffer bytes, Parser<T> parser) {
    try {
      return Messages.parse(bytes, parser);
    } catch (InvalidProtocolBufferException e) {
      throw new ModelException(
          MappedFiles.name(path) + ": not a Caffe model, or damaged (" + Messages.damage(e) + ")",
          e);
    }
  }

  /** SHA-256 over the network's file and then that of its weights, if it is another one. */
  String sha256() {
    List<Path> files = new ArrayList<>(List.of(path));
    weightsPath.filter(weights -> !weights.equals(path)).ifPresent(files::add);
    return named(path, () -> MappedFiles.sha256(files));
  }
}
