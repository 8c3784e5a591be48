package ai.greenthread.scheduling.gate;

/**
 * A request that waits at the gate. Exactly one of the two is called, once, on the gate's writer;
 * it must not block.
 */
public interface Visitor {
  /**
   * The way is free.
   *
   * @return false if the request has gone in the meantime; the gate then takes the pass back
   */
  boolean granted(Pass pass);

  void refused(Refusal refusal);
}
