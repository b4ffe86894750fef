/** Tests of the models, with ONNX Runtime as the judge of what a file means. */
@NullMarked
package dev.nncc.models;

import org.jspecify.annotations.NullMarked;
