/**
 * TensorFlow models to graphs: frozen graphs, SavedModels, and checkpoints beside a meta graph.
 *
 * <p>{@link dev.nncc.frontend.tensorflow.TensorflowImporter} is the entry. {@code Walk} evaluates
 * the nodes that the outputs need, on demand: functions are inlined, loops written out, branches
 * decided or selected. {@code Operators} lists which method translates which operator.
 */
@NullMarked
package dev.nncc.frontend.tensorflow;

import org.jspecify.annotations.NullMarked;
