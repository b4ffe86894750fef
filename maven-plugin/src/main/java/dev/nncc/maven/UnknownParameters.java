package dev.nncc.maven;

import dev.nncc.graph.NearNames;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.PluginExecution;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.descriptor.MojoDescriptor;
import org.apache.maven.plugin.descriptor.Parameter;
import org.codehaus.plexus.util.xml.Xpp3Dom;
import org.jspecify.annotations.Nullable;

/**
 * Names in the plugin's configuration that no goal knows. Maven 3.8 passes over them, so that
 * {@code <model>} in place of {@code <models>} would compile something else than was meant.
 */
final class UnknownParameters {
  private UnknownParameters() {}

  /** What is wrong with the configuration of an execution; empty if nothing is. */
  static Optional<String> of(MojoExecution execution, @Nullable Plugin plugin) {
    if (plugin == null) {
      return Optional.empty();
    }
    Set<String> known = new TreeSet<>();
    for (MojoDescriptor goal : execution.getMojoDescriptor().getPluginDescriptor().getMojos()) {
      if (goal.getParameters() != null) {
        for (Parameter p : goal.getParameters()) {
          known.add(p.getName());
        }
      }
    }
    PluginExecution own = plugin.getExecutionsAsMap().get(execution.getExecutionId());
    return of(own == null ? plugin.getConfiguration() : own.getConfiguration(), known);
  }

  static Optional<String> of(@Nullable Object configuration, Set<String> known) {
    if (configuration instanceof Xpp3Dom xml) {
      for (Xpp3Dom child : xml.getChildren()) {
        if (!known.contains(child.getName())) {
          return Optional.of(
              "nncc-maven-plugin has no parameter <"
                  + child.getName()
                  + ">"
                  + NearNames.hint(child.getName(), known));
        }
      }
    }
    return Optional.empty();
  }
}
