@NullMarked
package dev.nncc.compiler.report.draw;

import org.jspecify.annotations.NullMarked;
