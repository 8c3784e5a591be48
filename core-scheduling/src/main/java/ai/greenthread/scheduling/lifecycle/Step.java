package ai.greenthread.scheduling.lifecycle;

import java.util.List;

/**
 * Outcome of one event.
 *
 * @param next the state from now on
 * @param effects what to do, in this order
 */
public record Step(State next, List<Effect> effects) {
  static Step stay(State state) {
    return new Step(state, List.of());
  }

  static Step to(State next, Effect... effects) {
    return new Step(next, List.of(effects));
  }
}
