/**
 * The Maven plugin: models become libraries among the resources of a project, and a Java class for
 * each. Goals are thin ({@link dev.nncc.maven.CompileMojo}); {@link dev.nncc.maven.ModelBuild}
 * compiles one model for one machine when something has changed, {@link
 * dev.nncc.maven.ModelParameters} is what users write.
 */
@NullMarked
package dev.nncc.maven;

import org.jspecify.annotations.NullMarked;
