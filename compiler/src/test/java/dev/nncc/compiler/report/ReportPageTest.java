package dev.nncc.compiler.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.compiler.CompileListener;
import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.CompileOptions.Stage;
import dev.nncc.compiler.Compiler;
import dev.nncc.graph.Graph;
import dev.nncc.graph.text.GraphParser;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ReportPageTest {
  private static final Path DIGITS = Path.of("../models/digits/digits.onnx");
  private static final CompileOptions OPTIONS =
      CompileOptions.DEFAULT.withStopAfter(Stage.EMIT).withCpu("x86-64-v3").withJobs(1);

  @TempDir Path folder;

  private ReportRecorder digits() throws IOException {
    ReportRecorder recorder = new ReportRecorder(CompileListener.NONE);
    new Compiler(recorder).compile(DIGITS, folder.resolve("unused"), OPTIONS);
    return recorder;
  }

  private ReportRecorder of(String text) throws IOException {
    Graph graph = GraphParser.parse(text);
    ReportRecorder recorder = new ReportRecorder(CompileListener.NONE);
    new Compiler(recorder).compile("named", graph, folder.resolve("unused"), OPTIONS);
    return recorder;
  }

  private static String script(String html) {
    Matcher m =
        Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>")
            .matcher(html);
    assertThat(m.find()).isTrue();
    return m.group(1);
  }

  private static JsonNode data(String html) throws IOException {
    return JsonMapper.builder().build().readTree(script(html));
  }

  /** Parses the page as XML, but for what scripts and styles hold. */
  private static Document parsed(String html) throws Exception {
    String bare =
        html.replaceFirst("<!DOCTYPE html>", "")
            .replaceAll("(?s)(<script[^>]*>).*?</script>", "$1</script>")
            .replaceAll("(?s)<style>.*?</style>", "<style></style>")
            .replace("<noscript>", "<div>")
            .replace("</noscript>", "</div>");
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(bare)));
  }

  @Test
  void aPageIsWellFormedAndLoadsNothing() throws Exception {
    String html = ReportPage.html(digits(), Optional.empty());
    Document page = parsed(html);
    assertThat(page.getElementsByTagName("title").item(0).getTextContent())
        .isEqualTo("nncc report: digits");
    assertThat(page.getElementsByTagName("section").getLength()).isEqualTo(6);
    assertThat(html)
        .doesNotContainPattern("https?://")
        .doesNotContain("@import", "url(", "{{", "src=")
        .contains("default-src 'none'");
  }

  @Test
  void theDataIsThatOfTheCompilation() throws IOException {
    ReportRecorder recorder = digits();
    JsonNode d = data(ReportPage.html(recorder, Optional.empty()));
    var report = recorder.material().anatomy().report();
    assertThat(d.path("ladder").path("horizontal").asInt())
        .isEqualTo(report.kernels().horizontal());
    assertThat(d.path("ladder").path("left").asInt()).isEqualTo(report.kernels().left());
    assertThat(d.path("steps").size()).isGreaterThanOrEqualTo(report.launches());
    assertThat(d.path("memory").path("bound").asLong()).isEqualTo(report.arenaLowerBoundBytes());
    assertThat(d.path("applications").asInt()).isPositive();
    // Every call belongs to a kernel, and the kernels' work is that of the model.
    JsonNode boxes = d.path("graphs").path(2).path("boxes");
    double flops = 0;
    for (JsonNode box : boxes) {
      for (JsonNode s : box.path("steps")) {
        flops += s.path("flops").asDouble();
        assertThat(boxes.path(d.path("steps").path(s.path("step").asInt()).asInt())).isEqualTo(box);
      }
    }
    assertThat(flops).isEqualTo(report.flops());
    // A box of the imported graph says where its node went.
    JsonNode conv = first(d.path("graphs").path(0).path("boxes"), "Conv");
    JsonNode kernel = boxes.path(conv.path("kernels").path(0).asInt());
    assertThat(kernel.path("t").asText()).contains("Conv");
    assertThat(kernel.path("from").toString()).contains(conv.path("from").path(0).asText());
  }

  private static JsonNode first(JsonNode boxes, String title) {
    for (JsonNode b : boxes) {
      if (b.path("t").asText().equals(title)) {
        return b;
      }
    }
    throw new AssertionError("no " + title);
  }

  @Test
  void eachShapeProfileIsThere() throws IOException {
    ReportRecorder recorder = new ReportRecorder(CompileListener.NONE);
    Map<String, Graph> graphs = new LinkedHashMap<>();
    for (int n : List.of(1, 3)) {
      String text = "in %0: f32[N,5]\n%1 = Softmax(%0) {axis=1} : f32[N,5]\nout %1 name=\"y\"\n";
      graphs.put("batch=" + n, GraphParser.parse("graph \"g\"\n" + text.replace("N", "" + n)));
    }
    new Compiler(recorder).compile("two", graphs, folder.resolve("unused"), OPTIONS);
    JsonNode d = data(ReportPage.html(recorder, Optional.empty()));
    assertThat(d.path("profile").asText()).isEqualTo("batch=3");
    assertThat(d.path("others")).hasSize(1);
    JsonNode other = d.path("others").path(0);
    assertThat(other.path("profile").asText()).isEqualTo("batch=1");
    var figures = recorder.material().anatomy().report().profiles();
    assertThat(d.path("flops").asDouble()).isEqualTo(figures.get(1).flops());
    assertThat(other.path("flops").asDouble()).isEqualTo(figures.get(0).flops());
    assertThat(other.path("memory").path("bound").asLong())
        .isEqualTo(figures.get(0).arenaLowerBoundBytes());
    assertThat(other.path("graphs")).hasSize(3);
  }

  @Test
  void theSameModelGivesTheSameBytes() throws IOException {
    assertThat(ReportPage.html(digits(), Optional.empty()))
        .isEqualTo(ReportPage.html(digits(), Optional.empty()));
  }

  @Test
  void namesOfTheModelCannotLeaveTheirPlace() throws Exception {
    String evil = "</script><script>alert(1)</script><!--";
    String html =
        ReportPage.html(
            of(
                """
                graph "%1$s"
                in %%0: f32[2,3] name="%1$s"
                %%1 = Exp(%%0) : f32[2,3] name="%1$s" from="%1$s":"%1$s"
                %%2 = Softmax(%%1) {axis=1} : f32[2,3] name="{{style}}" from="&amp;":"\\u2028"
                out %%2 name="%1$s"
                """
                    .formatted(evil)),
            Optional.empty());
    parsed(html);
    assertThat(html).doesNotContain("alert(1)</script>", "<script>alert", "\u2028");
    assertThat(html.split("</script>", -1)).hasSize(3);
    assertThat(script(html)).doesNotContain("<", ">", "&");
    assertThat(data(html).path("graphs").path(0).path("boxes").path(0).path("t").asText())
        .isEqualTo(evil);
    assertThat(data(html).toString()).contains("{{style}}");
    assertThat(ReportPage.escaped("<a b=\"c\" d='&'>"))
        .isEqualTo("&lt;a b=&quot;c&quot; d=&#39;&amp;&#39;&gt;");
  }

  @Test
  void thousandsOfApplicationsStaySmall() throws IOException {
    StringBuilder text = new StringBuilder("graph \"long\"\nin %0: f32[4]\n");
    int n = 3_000;
    for (int i = 0; i < n; i++) {
      text.append("%" + (i + 1) + " = Identity(%" + i + ") : f32[4]\n");
    }
    text.append("%" + (n + 1) + " = Exp(%" + n + ") : f32[4]\nout %" + (n + 1) + " name=\"y\"\n");
    String html = ReportPage.html(of(text.toString()), Optional.empty());
    JsonNode d = data(html);
    assertThat(d.path("applications").asInt()).isGreaterThanOrEqualTo(n);
    for (JsonNode rule : d.path("rules")) {
      assertThat(rule.path("shown").size()).isLessThanOrEqualTo(RuleLog.SHOWN_OF_A_RULE);
      for (JsonNode a : rule.path("shown")) {
        assertThat(a.path(2).asText().length()).isLessThanOrEqualTo(RuleLog.TEXT + 40);
      }
    }
    assertThat(html.length()).isLessThan(3_000_000);
  }

  @Test
  void aFileAppearsWhole() throws IOException {
    ReportRecorder recorder = digits();
    Path file = folder.resolve("new/report.html");
    ReportPage.write(recorder, Optional.empty(), file);
    ReportPage.write(recorder, Optional.empty(), file);
    assertThat(file).hasContent(ReportPage.html(recorder, Optional.empty()));
    try (var files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
    assertThatThrownBy(
            () -> ReportPage.html(new ReportRecorder(CompileListener.NONE), Optional.empty()))
        .hasMessageContaining("nothing has been compiled");
  }
}
