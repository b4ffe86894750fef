package dev.nncc.frontend.importing;

/**
 * One operator that can be imported, for tables.
 *
 * @param domain {@code ai.onnx} for the standard operators
 * @param name the operator's type
 * @param since the operator set versions with a meaning of their own, such as {@code 1, 13}
 * @param limits what is not supported, in words; empty when everything is
 */
public record SupportedOp(String domain, String name, String since, String limits) {}
