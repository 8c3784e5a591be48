package ai.greenthread.http.testkit;

import ai.greenthread.scheduling.sidecar.Timers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** A clock that stands still until a test moves it, and the appointments made by it. */
public final class HandTime implements InstantSource, Timers {
  private record Appointment(Instant due, Runnable action) {}

  private final List<Appointment> appointments = new ArrayList<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  @Override
  public synchronized Instant instant() {
    return now;
  }

  @Override
  public Timer at(Instant due, Runnable action) {
    var appointment = new Appointment(due, action);
    synchronized (this) {
      if (due.isAfter(now)) {
        appointments.add(appointment);
        return () -> cancel(appointment);
      }
    }
    action.run();
    return () -> {};
  }

  private synchronized void cancel(Appointment appointment) {
    appointments.remove(appointment);
  }

  /** Moves on and keeps what has become due. */
  public void pass(Duration time) {
    List<Appointment> due;
    synchronized (this) {
      now = now.plus(time);
      due = appointments.stream().filter(each -> !each.due().isAfter(now)).toList();
      appointments.removeAll(due);
    }
    due.forEach(each -> each.action().run());
  }
}
