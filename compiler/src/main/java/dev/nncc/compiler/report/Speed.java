package dev.nncc.compiler.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nncc.compiler.measure.KernelTimes;
import dev.nncc.compiler.measure.Peaks;
import java.util.Optional;

/**
 * Measured times of the kernels that a page shows.
 *
 * @param times one for each step of the shown profile, in order
 * @param peaks of the machine that measured, when they are known
 * @param threads of the runs
 */
public record Speed(KernelTimes times, Optional<Peaks> peaks, int threads) {
  /** Milliseconds of each call and what limits it. */
  void addTo(ObjectNode root) {
    ObjectNode o = root.putObject("speed");
    o.put("threads", threads).put("runs", times.runs()).put("total", times.total());
    ArrayNode steps = o.putArray("steps");
    for (KernelTimes.Timed k : times.kernels()) {
      steps.addArray().add(k.milliseconds()).add(k.flops()).add(k.bytes());
    }
    peaks.ifPresent(
        p -> {
          o.put("peak", p.flops(threads));
          ArrayNode memories = o.putArray("memories");
          for (Peaks.Bandwidth b : p.bandwidths()) {
            if (b.name().endsWith(" read")) {
              memories.addArray().add(b.name()).add(p.at(b.bytesPerSecond(), threads));
            }
          }
        });
  }
}
