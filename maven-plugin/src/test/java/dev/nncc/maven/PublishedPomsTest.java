package dev.nncc.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.maven.model.Model;
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
    assertThat(root.getUrl()).startsWith("https://");
    assertThat(root.getLicenses()).singleElement().extracting("name").isEqualTo("Apache-2.0");
    assertThat(root.getDevelopers()).isNotEmpty();
    assertThat(root.getScm().getConnection()).startsWith("scm:git:https://");
    assertThat(root.getScm().getUrl()).startsWith("https://");
    assertThat(root.getModules()).contains("maven-plugin", "runtime");
    for (String module : root.getModules()) {
      Model m = read(module + "/pom.xml");
      assertThat(m.getName()).as(module).isNotBlank();
      assertThat(m.getDescription()).as(module).isNotBlank();
      assertThat(m.getParent().getVersion()).isEqualTo(root.getVersion());
      assertThat(m.getArtifactId()).isEqualTo("nncc-" + module);
    }
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
