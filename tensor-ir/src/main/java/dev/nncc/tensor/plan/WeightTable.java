package dev.nncc.tensor.plan;

import dev.nncc.graph.Node;
import dev.nncc.graph.Payload;
import dev.nncc.graph.TensorType;
import dev.nncc.tensor.constant.Combination;
import dev.nncc.tensor.constant.Packed;
import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.lower.CombinedWeights;
import dev.nncc.tensor.lower.Phase;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The packed constants of one library, in the order of their first use. The plans of all its shape
 * profiles fill one table: constants of equal bytes in an equal packing are stored once, whichever
 * plan brings them. Constants with a combination may be left out: then the table has what they are
 * made of, and the calls that make them. Within a plan equal constants are one already, so the
 * numbers are only looked at for a second plan: where they are computed from others, that is work.
 * Not thread-safe.
 */
public final class WeightTable {
  /** Of the weights that a library holds: code reaches what is less than 2^31 bytes away. */
  public static final long MOST_BYTES = 2_000_000_000;

  /** Numbers that are looked at before two payloads are compared in full. */
  private static final int SAMPLES = 32;

  /** All that decides about packed bytes, but for the source's numbers. */
  private record Form(
      TensorType type,
      List<Long> extents,
      List<List<Long>> map,
      List<Long> base,
      Optional<Combination> combination) {}

  private record Entry(RunPlan.Placed placed, int plan) {}

  private final Expansion expansion;
  private final Map<Packed, RunPlan.Placed> known = new LinkedHashMap<>();
  private final Map<Form, List<Entry>> entries = new LinkedHashMap<>();
  private final List<RunPlan.Placed> constants = new ArrayList<>();
  private final Map<Pointer, Long> fingerprintAt = new LinkedHashMap<>();
  private final List<RunPlan.Step> preparations = new ArrayList<>();
  private long bytes;
  private long prepared;
  private int plan;
  private double leastGrowthMade;

  /** Constants as kernels read them, all of them. */
  public WeightTable() {
    this(Expansion.COMPILE);
  }

  /**
   * @param expansion whether constants with a combination are stored as such
   */
  public WeightTable(Expansion expansion) {
    this.expansion = expansion;
  }

  /**
   * What is placed from here on belongs to the next plan.
   *
   * @param constants all that it will place, each once
   */
  void beginPlan(Collection<Packed> constants) {
    plan++;
    leastGrowthMade = expansion.leastGrowthMade(constants, MOST_BYTES);
  }

  /**
   * The place of a constant; a new one at the end unless an equal one has a place.
   *
   * @param reader the node whose kernel reads it
   */
  public RunPlan.Placed place(Packed packed, Node reader) {
    RunPlan.Placed place = known.get(packed);
    if (place == null) {
      place = equal(packed, reader);
      known.put(packed, place);
    }
    return place;
  }

  /** Each stored constant once, by offset. */
  public List<RunPlan.Placed> constants() {
    return List.copyOf(constants);
  }

  /** End of the last stored constant. */
  public long bytes() {
    return bytes;
  }

  /** The calls that make the other constants. None needs anything of another. */
  public List<RunPlan.Step> preparations() {
    return List.copyOf(preparations);
  }

  /** Memory that the preparations write. */
  public long preparedBytes() {
    return prepared;
  }

  /** What filters in frequencies take more than the filters that they are made of. */
  public long winogradBytes() {
    return constants.stream()
        .map(RunPlan.Placed::packed)
        .filter(p -> p.combination().isPresent())
        .mapToLong(p -> p.bytes() - p.source().type().bytes())
        .sum();
  }

  private RunPlan.Placed equal(Packed packed, Node reader) {
    Form form =
        new Form(
            packed.source().type(),
            packed.extents(),
            packed.map(),
            packed.base(),
            packed.combination());
    List<Entry> rivals = entries.computeIfAbsent(form, f -> new ArrayList<>());
    List<Entry> others = rivals.stream().filter(e -> e.plan() != plan).toList();
    if (!others.isEmpty()) {
      Payload mine = packed.source().payload();
      long print = fingerprint(mine);
      Optional<Entry> same =
          others.stream()
              .filter(e -> fingerprint(e.placed()) == print)
              .filter(e -> same(e.placed().packed().source().payload(), mine))
              .findFirst();
      if (same.isPresent()) {
        return same.get().placed();
      }
    }
    boolean made = packed.combination().isPresent() && Expansion.growth(packed) >= leastGrowthMade;
    RunPlan.Placed fresh = made ? made(packed, reader) : stored(packed);
    rivals.add(new Entry(fresh, plan));
    return fresh;
  }

  private RunPlan.Placed stored(Packed packed) {
    RunPlan.Placed fresh = new RunPlan.Placed(packed, new Pointer.Weights(bytes));
    bytes += MemoryPlan.aligned(packed.bytes());
    constants.add(fresh);
    return fresh;
  }

  private RunPlan.Placed made(Packed packed, Node reader) {
    Phase phase = CombinedWeights.phase(packed);
    RunPlan.Placed fresh = new RunPlan.Placed(packed, new Pointer.Prepared(prepared));
    prepared += MemoryPlan.aligned(packed.bytes());
    Packed plain = ((Argument.OfConstant) phase.arguments().get(1)).packed();
    List<Pointer> pointers = List.of(fresh.at(), place(plain, reader).at());
    preparations.add(new RunPlan.Step(phase, pointers, reader, !preparations.isEmpty()));
    return fresh;
  }

  private static boolean same(Payload a, Payload b) {
    return a == b || a.bytes().equals(b.bytes());
  }

  private long fingerprint(RunPlan.Placed placed) {
    return fingerprintAt.computeIfAbsent(
        placed.at(), at -> fingerprint(placed.packed().source().payload()));
  }

  private static long fingerprint(Payload payload) {
    ByteBuffer bytes = payload.bytes();
    long words = bytes.remaining() / Long.BYTES;
    long hash = bytes.remaining();
    for (int i = 0; i < SAMPLES && words > 0; i++) {
      int at = Math.toIntExact(words * i / SAMPLES * Long.BYTES);
      hash = 31 * hash + bytes.getLong(at);
    }
    return hash;
  }
}
