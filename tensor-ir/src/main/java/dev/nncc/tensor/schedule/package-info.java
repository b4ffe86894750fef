/**
 * Schedules: directives that rewrite the loop nest of a kernel and keep its meaning, or refuse.
 * {@link dev.nncc.tensor.schedule.Schedule} reads their text and applies it, {@link
 * dev.nncc.tensor.schedule.Directive} lists them, {@link dev.nncc.tensor.schedule.Deps} is what
 * their legality rests on. {@link dev.nncc.tensor.schedule.AutoSchedule} finds a schedule for any
 * kernel from the access pattern alone, for a {@link dev.nncc.tensor.schedule.Machine}.
 */
@NullMarked
package dev.nncc.tensor.schedule;

import org.jspecify.annotations.NullMarked;
