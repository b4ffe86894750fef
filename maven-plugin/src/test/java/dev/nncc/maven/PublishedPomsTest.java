package dev.nncc.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.model.Model;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.io.xpp3.MavenXpp3Reader;
import org.junit.jupiter.api.Test;

/** What Maven Central asks of a POM, and that the runtime brings nothing along. */
class PublishedPomsTest {
  private static Model read(String file) throws Exception {
    try (InputStream in = Files.newInputStream(Path.of("..").resolve(file))) {
      return new MavenXpp3Reader().read(in);
    }
  }

  @Test
  void projectLicenceRepositoryAndDevelopersAreSaid() throws Exception {
    Model root = read("pom.xml");
    String host = "nncc.dev"; // the group id, turned round: its holder may publish under it
    assertThat(root.getGroupId()).isEqualTo("dev.nncc");
    assertThat(root.getUrl()).isEqualTo("https://" + host);
    assertThat(root.getLicenses()).singleElement().extracting("name").isEqualTo("Apache-2.0");
    assertThat(root.getDevelopers()).isNotEmpty();
    assertThat(root.getScm().getConnection()).startsWith("scm:git:https://" + host + "/");
    assertThat(root.getScm().getDeveloperConnection()).contains("@" + host + "/");
    assertThat(root.getScm().getUrl()).startsWith("https://" + host + "/");
    assertThat(root.getModules()).contains("maven-plugin", "runtime");
    for (String module : root.getModules()) {
      Model m = read(module + "/pom.xml");
      assertThat(m.getName()).as(module).isNotBlank();
      assertThat(m.getDescription()).as(module).isNotBlank();
      assertThat(m.getParent().getVersion()).isEqualTo(root.getVersion());
      assertThat(m.getArtifactId()).isEqualTo("nncc-" + module);
    }
  }

  /** Executions of one phase go in the order of the file. */
  @Test
  void sourcesAndDocumentationAreThereWhenAModuleIsInstalled() throws Exception {
    List<String> atInstall =
        read("pom.xml").getBuild().getPlugins().stream()
            .filter(p -> p.getExecutions().stream().anyMatch(e -> "install".equals(e.getPhase())))
            .map(Plugin::getArtifactId)
            .toList();
    assertThat(atInstall)
        .containsExactly("maven-source-plugin", "maven-javadoc-plugin", "maven-install-plugin");
  }

  @Test
  void anApplicationGetsNothingBesideTheRuntime() throws Exception {
    assertThat(read("runtime/pom.xml").getDependencies()).isEmpty();
    assertThat(read("pom.xml").getDependencies())
        .allSatisfy(d -> assertThat(d.getScope()).isIn("provided", "test"));
  }

  /** The example is built with what this build has fetched, and shows what is current. */
  @Test
  void theExampleNamesOurVersions() throws Exception {
    Model root = read("pom.xml");
    Model example = read("examples/maven-app/pom.xml");
    assertThat(example.getProperties().getProperty("nncc.version")).isEqualTo(root.getVersion());
    assertThat(example.getBuild().getPluginManagement().getPlugins())
        .allSatisfy(
            p ->
                assertThat(p.getVersion())
                    .isEqualTo(root.getProperties().getProperty(p.getArtifactId() + ".version")));
  }
}
