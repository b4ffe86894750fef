package dev.nncc.tensor.schedule;

/**
 * What the rule knows of a CPU. Nothing else of a target influences a schedule.
 *
 * @param vectorBytes of one register
 * @param registers vector registers
 * @param masks loads, stores and arithmetic can leave lanes alone
 * @param pairs products of pairs of bf16 are added to f32 by one instruction
 * @param fma multiply and add are one instruction; else products need a register of their own
 * @param fmas multiply-adds on whole vectors a cycle
 * @param loads vector loads a cycle
 * @param latency of a multiply-add in cycles
 * @param l1 bytes
 * @param l2 bytes
 * @param fromL2 bytes a cycle into L1
 * @param fromL3 bytes a cycle into L2
 */
public record Machine(
    String name,
    int vectorBytes,
    int registers,
    boolean masks,
    boolean pairs,
    boolean fma,
    double fmas,
    double loads,
    int latency,
    long l1,
    long l2,
    double fromL2,
    double fromL3) {
  /** x86-64-v4. */
  public static final Machine AVX512 =
      new Machine("avx512", 64, 32, true, false, true, 2, 2, 4, 48 << 10, 1 << 20, 32, 10);

  /** x86-64-v3. */
  public static final Machine AVX2 =
      new Machine("avx2", 32, 16, false, false, true, 2, 2, 4, 32 << 10, 512 << 10, 32, 10);

  /** x86-64-v2: products and sums are separate instructions. */
  public static final Machine SSE =
      new Machine("sse", 16, 16, false, false, false, 1, 2, 8, 32 << 10, 256 << 10, 16, 8);

  /** ARMv8-A. */
  public static final Machine NEON =
      new Machine("neon", 16, 32, false, false, true, 2, 2, 4, 32 << 10, 512 << 10, 16, 8);

  /** The same with or without dot products of bf16. */
  public Machine withPairs(boolean on) {
    return new Machine(
        name, vectorBytes, registers, masks, on, fma, fmas, loads, latency, l1, l2, fromL2, fromL3);
  }

  /** Vector length for elements of that many bytes. */
  public int lanes(int bytes) {
    return vectorBytes / bytes;
  }
}
