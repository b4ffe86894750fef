package dev.nncc.frontend.importing;

import dev.nncc.graph.Graph;

/** An imported model: its graph, all shapes known, and what the file says about itself. */
public record ImportResult(Graph graph, ModelFacts facts) {}
