package dev.nncc.cli;

import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** The version from the jar's manifest; classes that run out of a folder have none. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {"nncc " + Objects.requireNonNullElse(version, "(development)")};
  }
}
