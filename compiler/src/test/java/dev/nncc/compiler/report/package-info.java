@NullMarked
package dev.nncc.compiler.report;

import org.jspecify.annotations.NullMarked;
