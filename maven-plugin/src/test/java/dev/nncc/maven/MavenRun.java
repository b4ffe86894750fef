package dev.nncc.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Maven as users start it, with the artefacts of this very build. They are in a local repository of
 * their own, which takes everything else from the user's, as from a remote one, before it asks the
 * network: nothing is written outside of the build's folder.
 *
 * @param work the folder for all of it
 * @param java the home of the Java that Maven runs on
 */
record MavenRun(Path work, Path java) {
  private static final String VERSION = "0.1.0";

  /** What a process printed, and how it ended. */
  record Result(int code, String output) {
    Result succeeded() {
      assertThat(code).as(output).isZero();
      return this;
    }
  }

  /** Fills the repository with what the plugin and an application need of us. */
  static MavenRun prepare(Path work) throws IOException {
    Path repository = work.resolve("repository");
    Path root = Path.of("..").toRealPath();
    put(root.resolve("pom.xml"), repository, "nncc", ".pom");
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      Path jar = Path.of(entry);
      String name = String.valueOf(jar.getFileName());
      if (name.startsWith("nncc-") && name.endsWith("-" + VERSION + ".jar")) {
        String artifact = name.substring(0, name.length() - VERSION.length() - 5);
        put(jar, repository, artifact, ".jar");
        put(root.resolve(artifact.substring(5)).resolve("pom.xml"), repository, artifact, ".pom");
      } else if (jar.startsWith(users())) {
        // Large ones, LLVM above all, need no second place on the disk.
        link(jar, repository.resolve(users().relativize(jar)));
      }
    }
    String plugin = "nncc-maven-plugin";
    Path built = Path.of(System.getProperty("nncc.it.jar"));
    put(built, repository, plugin, ".jar");
    put(Path.of("pom.xml"), repository, plugin, ".pom");
    Files.writeString(work.resolve("settings.xml"), settings());
    return new MavenRun(work, Path.of(System.getProperty("java.home")));
  }

  private static void put(Path file, Path repository, String artifact, String ending)
      throws IOException {
    Path folder = repository.resolve("dev/nncc").resolve(artifact).resolve(VERSION);
    Files.createDirectories(folder);
    Files.copy(
        file,
        folder.resolve(artifact + "-" + VERSION + ending),
        StandardCopyOption.REPLACE_EXISTING);
  }

  private static void link(Path from, Path to) throws IOException {
    if (Files.exists(to)) {
      return;
    }
    Files.createDirectories(to.getParent());
    try {
      Files.createLink(to, from);
    } catch (IOException | UnsupportedOperationException e) {
      Files.copy(from, to);
    }
  }

  private static Path users() {
    return Path.of(System.getProperty("nncc.it.repository"));
  }

  private static String settings() {
    return """
        <settings>
          <profiles>
            <profile>
              <id>users</id>
              <repositories>
                <repository>
                  <id>users</id>
                  <url>%1$s</url>
                  <releases><checksumPolicy>ignore</checksumPolicy></releases>
                  <snapshots><enabled>false</enabled></snapshots>
                </repository>
              </repositories>
              <pluginRepositories>
                <pluginRepository>
                  <id>users</id>
                  <url>%1$s</url>
                  <releases><checksumPolicy>ignore</checksumPolicy></releases>
                  <snapshots><enabled>false</enabled></snapshots>
                </pluginRepository>
              </pluginRepositories>
            </profile>
          </profiles>
          <activeProfiles><activeProfile>users</activeProfile></activeProfiles>
        </settings>
        """
        .formatted(users().toUri());
  }

  MavenRun on(Path otherJava) {
    return new MavenRun(work, otherJava);
  }

  /** A copy of a project, without what was built there. */
  Path copy(Path project, String name) throws IOException {
    Path to = work.resolve(name);
    delete(to);
    try (Stream<Path> files = Files.walk(project)) {
      for (Path f : files.sorted().toList()) {
        Path relative = project.relativize(f);
        if (!relative.startsWith("target")) {
          Files.copy(f, to.resolve(relative));
        }
      }
    }
    Files.createDirectories(to.resolve(".mvn")); // or Maven takes the options of the folders above
    return to;
  }

  private static void delete(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path f : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(f);
        }
      }
    }
  }

  /** {@code mvn WORDS} in a folder. */
  Result mvn(Path folder, String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("nncc.it.maven"), "bin", "mvn").toString());
    command.addAll(List.of("-B", "-ntp", "-gs", work.resolve("settings.xml").toString()));
    command.add("-Dmaven.repo.local=" + work.resolve("repository"));
    command.add("-Daether.offline.protocols=file");
    if ("offline=true".equals(System.getProperty("nncc.it.offline"))) {
      command.add("-o");
    }
    command.addAll(List.of(words));
    return run(folder, command);
  }

  /** {@code java WORDS} in a folder; models are kept in a cache below {@link #work}. */
  Result java(Path folder, String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(java.resolve("bin/java").toString());
    command.add("-Dnncc.cache=" + work.resolve("cache"));
    command.addAll(List.of(words));
    return run(folder, command);
  }

  private Result run(Path folder, List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", java.toString());
    builder.environment().remove("MAVEN_OPTS");
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }
}
