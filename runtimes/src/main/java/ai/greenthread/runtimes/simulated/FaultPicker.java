package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.http.HttpRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Chooses the fault that a request meets: the one its header {@value #HEADER} asks for, else the
 * first of the plan whose count and rate say so.
 */
final class FaultPicker {
  static final String HEADER = "x-simulate-fault";

  private final Supplier<Fault.Plan> plan;
  private final SplittableRandom random;
  private Fault.Plan counted = Fault.Plan.NONE;
  private final Map<Integer, Integer> used = new HashMap<>();

  FaultPicker(Supplier<Fault.Plan> plan, long seed) {
    this.plan = plan;
    this.random = new SplittableRandom(seed);
  }

  /**
   * The fault for a request, if any.
   *
   * @param wanted kinds that can show at this point
   * @throws IllegalArgumentException where the header is not a fault
   */
  synchronized Optional<Fault> pick(HttpRequest request, Predicate<Fault.Kind> wanted) {
    Optional<Fault> asked = request.header(HEADER).map(Fault::parse);
    if (asked.isPresent()) {
      return asked.filter(fault -> wanted.test(fault.kind()));
    }
    Fault.Plan now = plan.get();
    if (!now.equals(counted)) {
      counted = now;
      used.clear();
    }
    for (int i = 0; i < now.faults().size(); i++) {
      Fault fault = now.faults().get(i);
      int before = used.getOrDefault(i, 0);
      if (wanted.test(fault.kind())
          && before < fault.count().orElse(Integer.MAX_VALUE)
          && random.nextDouble() < fault.rate()) {
        used.put(i, before + 1);
        return Optional.of(fault);
      }
    }
    return Optional.empty();
  }
}
