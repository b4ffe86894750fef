/** The unoptimised schedule. Only {@link dev.nncc.tensor.serial.SerialSchedule}. */
@NullMarked
package dev.nncc.tensor.serial;

import org.jspecify.annotations.NullMarked;
