/**
 * Caffe networks to Graph IR. Start at {@link dev.nncc.frontend.caffe.CaffeImporter}: files are
 * read and brought into the newest form ({@code NetFile}, {@code Upgrade}), layers of other phases
 * dropped ({@code NetLayers}), the rest translated in order ({@code NetImporter}); {@code
 * LayerTable} lists the families of layers, each a class.
 *
 * <p>Nothing here knows a fork by name: what forks added stands beside what they added it to.
 */
@NullMarked
package dev.nncc.frontend.caffe;

import org.jspecify.annotations.NullMarked;
