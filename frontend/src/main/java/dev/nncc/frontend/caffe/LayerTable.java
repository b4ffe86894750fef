package dev.nncc.frontend.caffe;

import dev.nncc.frontend.importing.SupportedOp;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which method imports which type of layer. Immutable once built. */
final class LayerTable {
  private final Map<String, LayerImporter> importers = new TreeMap<>();
  private final Map<String, String> limits = new TreeMap<>();

  private LayerTable() {}

  /** All types that can be imported. */
  static LayerTable standard() {
    LayerTable t = new LayerTable();
    ActivationLayers.addTo(t);
    ConvolutionLayers.addTo(t);
    PoolingLayers.addTo(t);
    ProductLayers.addTo(t);
    NormalisationLayers.addTo(t);
    BroadcastLayers.addTo(t);
    ShapeLayers.addTo(t);
    ReductionLayers.addTo(t);
    ResizeLayers.addTo(t);
    RecurrentLayers.addTo(t);
    DetectionLayers.addTo(t);
    RoiLayers.addTo(t);
    return t;
  }

  void add(String type, LayerImporter importer) {
    if (importers.put(type, importer) != null) {
      throw new IllegalStateException(type + " is listed twice");
    }
  }

  void one(String type, LayerImporter.Single importer) {
    add(type, l -> List.of(importer.importLayer(l)));
  }

  /** Says in words what of a type is not supported. */
  void limit(String type, String text) {
    limits.put(type, text);
  }

  @Nullable LayerImporter find(String type) {
    return importers.get(type);
  }

  /** Sorted by name. */
  List<SupportedOp> rows() {
    return importers.keySet().stream()
        .map(type -> new SupportedOp("caffe", type, "", limits.getOrDefault(type, "")))
        .toList();
  }
}
