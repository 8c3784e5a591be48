package ai.greenthread.http.events;

import java.util.Locale;

/** Types of events; on the wire in lower case with underscores. */
public enum EventType {
  SYSTEM_STATE,
  WAKE_STARTED,
  WAKE_COMPLETED,
  WAKE_FAILED,
  SLEEP_STARTED,
  SLEEP_COMPLETED,
  SLEEP_FAILED,
  REQUEST_RECEIVED,
  REQUEST_COMPLETED,
  REQUEST_FAILED,
  CONTAINER_STARTED,
  CONTAINER_STOPPED,
  CONTAINER_ERROR;

  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
