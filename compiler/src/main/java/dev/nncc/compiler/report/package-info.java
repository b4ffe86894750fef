/**
 * A page that shows what a compilation did: graphs, kernels, memory, rules. {@link
 * dev.nncc.compiler.report.ReportRecorder} listens to a compilation, {@link
 * dev.nncc.compiler.report.ReportPage} writes what it heard.
 */
@NullMarked
package dev.nncc.compiler.report;

import org.jspecify.annotations.NullMarked;
