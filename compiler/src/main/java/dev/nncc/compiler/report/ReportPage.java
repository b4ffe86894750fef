package dev.nncc.compiler.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nncc.compiler.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One HTML file with all that a compilation did, for a browser without a network: data as JSON and
 * a script that draws it. The same compilation gives the same bytes.
 */
public final class ReportPage {
  private static final List<String> SCRIPTS =
      List.of("base.js", "tables.js", "memory.js", "roofline.js", "graph.js", "start.js");

  private ReportPage() {}

  /** Writes the page, whole or not at all. */
  public static void write(ReportRecorder recorder, Optional<Speed> speed, Path file)
      throws IOException {
    String page = html(recorder, speed);
    WholeFile.write(file, part -> Files.writeString(part, page));
  }

  /** The page as text; with the speed of the kernels where it was measured. */
  public static String html(ReportRecorder recorder, Optional<Speed> speed) {
    ReportRecorder.Material material = recorder.material();
    StringBuilder script = new StringBuilder();
    SCRIPTS.forEach(name -> script.append(resource(name)));
    String title = "nncc report: " + material.anatomy().report().model();
    // The data comes last: what it holds is never searched for places to fill.
    return resource("page.html")
        .replace("{{title}}", escaped(title))
        .replace("{{style}}", resource("page.css").strip())
        .replace("{{script}}", script.toString().strip())
        .replace("{{data}}", json(ReportData.of(material, recorder.materials(), speed)));
  }

  /** Text for HTML, in elements and in attributes. */
  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** JSON that cannot end the script element around it, nor upset any reader of XML. */
  static String json(ObjectNode data) {
    try {
      String text = JsonMapper.builder().build().writeValueAsString(data);
      return text.replace("<", "\\u003c")
          .replace(">", "\\u003e")
          .replace("&", "\\u0026")
          .replace("\u2028", "\\u2028")
          .replace("\u2029", "\\u2029");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values", e);
    }
  }

  private static String resource(String name) {
    try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("no " + name + " beside " + ReportPage.class);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + name, e);
    }
  }
}
