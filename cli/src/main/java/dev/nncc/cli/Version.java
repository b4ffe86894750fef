package dev.nncc.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"nncc " + dev.nncc.compiler.Version.TEXT};
  }
}
