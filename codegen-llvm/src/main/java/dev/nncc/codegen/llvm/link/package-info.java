/**
 * From objects and a plan to a shared library.
 *
 * <p>Start at {@link dev.nncc.codegen.llvm.link.Linker}. {@link
 * dev.nncc.codegen.llvm.link.ModelData} prints the plan as constants, {@link
 * dev.nncc.codegen.llvm.link.ElfObject} streams the weights into an object of its own. The
 * runtime's objects and the stub libc are resources, made by {@link
 * dev.nncc.codegen.llvm.link.RuntimeBuild} when nncc is built.
 */
@NullMarked
package dev.nncc.codegen.llvm.link;

import org.jspecify.annotations.NullMarked;
