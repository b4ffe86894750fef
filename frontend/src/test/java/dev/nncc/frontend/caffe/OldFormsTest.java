package dev.nncc.frontend.caffe;

import static dev.nncc.frontend.caffe.Net.counting;
import static dev.nncc.frontend.caffe.Net.floats;
import static dev.nncc.frontend.caffe.Net.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.TextFormat;
import dev.nncc.frontend.Importers;
import dev.nncc.frontend.caffe.proto.BlobWeights;
import dev.nncc.frontend.caffe.proto.LayerWeightsV0;
import dev.nncc.frontend.caffe.proto.LayerWeightsV1;
import dev.nncc.frontend.caffe.proto.NetParameter;
import dev.nncc.frontend.caffe.proto.NetWeights;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks and weights in the forms of earlier years, and the phases of networks. */
class OldFormsTest {
  @TempDir Path folder;

  private Path net(String text) throws IOException {
    return Files.writeString(folder.resolve("net.prototxt"), text);
  }

  private void weights(NetWeights w) throws IOException {
    Files.write(folder.resolve("net.caffemodel"), w.toByteArray());
  }

  /** A shape of four extents, as all had. */
  private static BlobWeights old(long n, long c, long h, long w, double... values) {
    return Net.blob(floats(shape(n, c, h, w), values)).toBuilder()
        .clearShape()
        .setNum(n)
        .setChannels(c)
        .setHeight(h)
        .setWidth(w)
        .build();
  }

  private static ImportResult load(Path file) {
    return Importers.importModel(file, ImportOptions.NONE);
  }

  private static double[] run(Path file, Tensor x) {
    return Evaluator.evaluate(load(file).graph(), List.of(x)).get(0).toDoubles();
  }

  @Test
  void theFirstFormHasPaddingLayersAndOneMessageForAll() throws IOException {
    Path file =
        net(
            """
            name: "oldest" input: "data" input_dim: 1 input_dim: 1 input_dim: 1 input_dim: 3
            layers { layer { name: "pad" type: "padding" pad: 1 } bottom: "data" top: "p" }
            layers { layer { name: "c" type: "conv" num_output: 1 kernelsize: 3 stride: 1
                weight_filler { type: "gaussian" std: 0.01 } blobs_lr: 1. blobs_lr: 2. }
              bottom: "p" top: "c" }
            layers { layer { name: "r" type: "relu" } bottom: "c" top: "c" }
            layers { layer { name: "i" type: "innerproduct" num_output: 2 biasterm: false }
              bottom: "c" top: "i" }
            """);
    LayerWeightsV0.Builder conv =
        LayerWeightsV0.newBuilder()
            .setName("c")
            .addBlobs(old(1, 1, 3, 3, 0, 0, 0, 1, 10, 100, 0, 0, 0))
            .addBlobs(old(1, 1, 1, 1, -30));
    LayerWeightsV0.Builder product =
        LayerWeightsV0.newBuilder().setName("i").addBlobs(old(1, 1, 2, 3, 1, 0, 0, 0, 1, 1));
    weights(
        NetWeights.newBuilder()
            .addLayers(LayerWeightsV1.newBuilder().setLayer(conv))
            .addLayers(LayerWeightsV1.newBuilder().setLayer(product))
            .build());
    // The convolution gives 100, 210, 21; less 30 and not below 0: 70, 180, 0. The product adds the
    // last two.
    assertThat(run(file, counting(1, 1, 1, 3))).containsExactly(70, 180);
    assertThat(load(file).facts().irVersion()).isZero();
  }

  @Test
  void theSecondFormHasTypesOfAnEnum() throws IOException {
    Path file =
        net(
            """
            input: "data" input_shape { dim: 1 dim: 2 }
            layers { name: "i" type: INNER_PRODUCT bottom: "data" top: "i" blobs_lr: 1
              inner_product_param { num_output: 1 } param: "shared" }
            layers { name: "t" type: TANH bottom: "i" top: "i" }
            layers { name: "a" type: ABSVAL bottom: "i" top: "a" }
            layers { name: "loss" type: SOFTMAX_LOSS bottom: "a" bottom: "data" top: "loss" }
            """);
    weights(
        NetWeights.newBuilder()
            .addLayers(
                LayerWeightsV1.newBuilder()
                    .setName("i")
                    .addBlobs(old(1, 1, 1, 2, 1, -2))
                    .addBlobs(old(1, 1, 1, 1, 0)))
            .build());
    assertThat(run(file, floats(shape(1, 2), 0, 50))).containsExactly(1);
    ImportResult r = load(file);
    assertThat(r.facts().irVersion()).isEqualTo(1);
    assertThat(r.facts().assumed())
        .anyMatch(n -> n.contains("only training needs were left out: SoftmaxWithLoss"));
  }

  @Test
  void layersOfTrainingAreLeftOut() throws IOException {
    Path file =
        net(
            """
            state { stage: "deploy" }
            layer { name: "train" type: "Data" top: "data" top: "label" include { phase: TRAIN } }
            layer { name: "d" type: "ImageData" top: "data" top: "label" include { phase: TEST }
              image_data_param { batch_size: 2 crop_size: 3 scale: 0.5 mean_file: "m" } }
            layer { name: "p" type: "Power" bottom: "data" top: "data" power_param { scale: 2 }
              exclude { stage: "deploy" } }
            layer { name: "q" type: "Power" bottom: "data" top: "q" power_param { scale: 3 }
              include { phase: TEST not_stage: "other" } }
            layer { name: "loss" type: "EuclideanLoss" bottom: "q" bottom: "label" top: "loss" }
            layer { name: "acc" type: "Accuracy" bottom: "q" bottom: "label" top: "acc" }
            """);
    ImportResult r = load(file);
    assertThat(r.graph().inputs()).hasSize(1);
    assertThat(r.graph().inputs().get(0).shape().toArray()).containsExactly(2, 3, 3, 3);
    assertThat(r.graph().outputNames()).containsExactly("q");
    assertThat(r.facts().assumed())
        .anyMatch(n -> n.contains("layer 'd' (ImageData) subtracts a mean and multiplies by 0.5"));
    assertThat(run(file, counting(2, 3, 3, 3))[1]).isEqualTo(3);
  }

  @Test
  void unknownFieldsAreNamed() throws IOException {
    Path file =
        net(
            """
            future_option: 3
            layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }
            layer { name: "r" type: "ReLU" bottom: "x" top: "r" relu_param { engine: MKL }
              gpu_param { list: [1, 2] inner < deep: "a" > } }
            """);
    ImportResult r = load(file);
    assertThat(r.facts().assumed())
        .containsExactly(
            "fields that are not known were skipped: NetParameter.future_option,"
                + " LayerParameter.gpu_param");
    assertThat(run(file, floats(shape(2), -1, 1))).containsExactly(0, 1);
  }

  @Test
  void aFileOfWeightsHoldsTheNetworkToo() throws IOException {
    NetParameter.Builder net = NetParameter.newBuilder();
    TextFormat.merge(
        """
        layer { name: "i" type: "InnerProduct" bottom: "data" top: "i"
          inner_product_param { num_output: 1 bias_term: false } }
        """,
        net);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(net.build().toByteArray());
    // Weights of the second layer: fields of a message that is repeated follow in a second part.
    NetWeights w =
        NetWeights.newBuilder()
            .addLayer(
                dev.nncc.frontend.caffe.proto.LayerWeights.newBuilder()
                    .setName("i")
                    .setType("Silence")
                    .addBlobs(Net.blob(floats(shape(1, 2), 1, 10))))
            .build();
    bytes.write(w.toByteArray());
    Path file = Files.write(folder.resolve("all.caffemodel"), bytes.toByteArray());
    assertThatThrownBy(() -> load(file))
        .hasMessage(
            "all.caffemodel: the shape of input 'data' is open. Give whole shapes with --input-shape"
                + " INPUT=1x3x224x224");
    ImportOptions shaped = ImportOptions.NONE.withInputShape("data", List.of(1L, 2L));
    ImportResult r = Importers.importModel(file, shaped);
    assertThat(r.facts().format()).isEqualTo(ModelFormat.CAFFE);
    assertThat(Evaluator.evaluate(r.graph(), List.of(floats(shape(1, 2), 3, 4))).get(0).toDoubles())
        .containsExactly(43);
  }

  @Test
  void weightsThatNobodyNamedStayInTheModelsFolder() throws IOException {
    Path inside = Files.createDirectory(folder.resolve("model"));
    Path file =
        Net.layer(
                "InnerProduct",
                "inner_product_param { num_output: 1 bias_term: false }",
                shape(1, 2))
            .weights(floats(shape(1, 2), 1, 2))
            .write(inside);
    Path weights = inside.resolve("net.caffemodel");
    Path outside = Files.move(weights, folder.resolve("elsewhere.caffemodel"));
    Files.createSymbolicLink(weights, outside);
    assertThatThrownBy(() -> load(file))
        .hasMessageContaining("net.caffemodel is outside of the model's folder");
  }

  @Test
  void weightsAreFoundOrAskedFor() throws IOException {
    Net net =
        Net.layer(
            "InnerProduct", "inner_product_param { num_output: 1 bias_term: false }", shape(1, 2));
    Path file = net.write(folder);
    assertThatThrownBy(() -> load(file))
        .hasMessage(
            "net.prototxt: no weights: give --weights FILE.caffemodel, or put net.caffemodel beside"
                + " the network");
    net.weights(floats(shape(1, 2), 1, 2)).write(folder);
    assertThat(load(file).facts().assumed())
        .containsExactly("weights are those of net.caffemodel, which lies beside the network");
    Path other = Files.move(folder.resolve("net.caffemodel"), folder.resolve("other.bin"));
    FileChoice choice = new FileChoice(Optional.empty(), Optional.empty(), Optional.of(other));
    assertThat(Importers.importModel(file, ImportOptions.NONE.withFiles(choice)).facts().assumed())
        .isEmpty();
    Net.of().weightsOf("k", floats(shape(1), 1)).write(folder);
    net.write(folder);
    Files.move(
        folder.resolve("net.caffemodel"), other, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.write(
        other,
        NetWeights.newBuilder()
            .addLayer(
                dev.nncc.frontend.caffe.proto.LayerWeights.newBuilder()
                    .setName("l")
                    .addBlobs(Net.blob(floats(shape(3), 1, 2, 3))))
            .build()
            .toByteArray());
    assertThatThrownBy(() -> Importers.importModel(file, ImportOptions.NONE.withFiles(choice)))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "net.prototxt: layer 'l' (InnerProduct): weights number 0 have shape [3], the layer needs"
                + " [1,2]");
  }

  @Test
  void numbersMayBeDoublesOrUnpacked() throws IOException {
    Path file =
        Net.layer(
                "InnerProduct",
                "inner_product_param { num_output: 1 bias_term: false }",
                shape(1, 2))
            .write(folder);
    Tensor wide =
        Tensor.of(
            dev.nncc.graph.TensorType.of(dev.nncc.graph.DType.F64, 1, 2), new double[] {1, 10});
    BlobWeights doubles =
        BlobWeights.newBuilder()
            .setShape(Net.blob(wide).getShape())
            .addDoubleData(com.google.protobuf.ByteString.copyFrom(wide.payload().bytes()))
            .build();
    ByteArrayOutputStream single = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(single);
    out.writeFloat(5, 1);
    out.writeFloat(5, 10);
    out.flush();
    BlobWeights unpacked =
        BlobWeights.parseFrom(single.toByteArray()).toBuilder()
            .setShape(doubles.getShape())
            .build();
    for (BlobWeights blob : List.of(doubles, unpacked)) {
      weights(
          NetWeights.newBuilder()
              .addLayer(
                  dev.nncc.frontend.caffe.proto.LayerWeights.newBuilder()
                      .setName("l")
                      .addBlobs(blob))
              .build());
      assertThat(run(file, floats(shape(1, 2), 3, 4))).containsExactly(43);
    }
  }
}
