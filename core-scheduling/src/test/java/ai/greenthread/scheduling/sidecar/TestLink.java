package ai.greenthread.scheduling.sidecar;

import ai.greenthread.scheduling.runtime.HostLink;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Says who enters and leaves, and what else happens on entry. */
final class TestLink implements HostLink {
  private final List<String> seen = new ArrayList<>();
  private Runnable onEntry = () -> {};

  void onEntry(Runnable happens) {
    onEntry = happens;
  }

  List<String> seen() {
    return seen;
  }

  @Override
  public Duration patience() {
    return Duration.ofSeconds(10);
  }

  @Override
  public Pass enter(Instant since, int devices) {
    onEntry.run();
    seen.add("enter " + devices + " since " + since);
    return () -> seen.add("leave");
  }
}
