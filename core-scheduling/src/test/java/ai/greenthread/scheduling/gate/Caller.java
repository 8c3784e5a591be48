package ai.greenthread.scheduling.gate;

import java.util.ArrayList;
import java.util.List;

/** A visitor that remembers what it was told. */
final class Caller implements Visitor {
  private final List<Pass> passes = new ArrayList<>();
  private final List<Refusal> refusals = new ArrayList<>();
  private boolean gone;

  void leave() {
    gone = true;
  }

  @Override
  public boolean granted(Pass pass) {
    if (gone) {
      return false;
    }
    passes.add(pass);
    return true;
  }

  @Override
  public void refused(Refusal refusal) {
    refusals.add(refusal);
  }

  List<Pass> passes() {
    return passes;
  }

  List<Refusal> refusals() {
    return refusals;
  }
}
