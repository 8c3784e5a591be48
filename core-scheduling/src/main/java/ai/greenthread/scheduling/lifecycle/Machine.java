package ai.greenthread.scheduling.lifecycle;

import java.time.Instant;
import java.util.Optional;

/** What decides for one replica: a pure function. {@link Lifecycle} is the one there is. */
public interface Machine {
  /** Where {@code event} leads from {@code state}, and what has to be done about it. */
  Step step(State state, Event event, Load load, Instant now);

  /** When {@link Event.Tick} is due next, if nothing else happens before. */
  Optional<Instant> nextTick(State state, Load load);
}
