package ai.greenthread.http.relay;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one way to end a request from another thread, promptly and safely. Whoever holds the request
 * binds what has to happen (a socket to close, a queue ticket to give back) for as long as it holds
 * it; after {@link #unbind} has returned the bound action never runs, so a pooled connection cannot
 * be closed under its next user. Thread-safe; the first reason wins.
 */
public final class Cancellation {
  /** Why a request ends early. */
  public enum Reason {
    /** The client closed its connection. */
    CLIENT_GONE,
    /** The Model has to sleep and the drain timeout is over. */
    DRAIN_DEADLINE,
    /** The request's own deadline is over. */
    REQUEST_DEADLINE,
    /** The server stops. */
    SHUTTING_DOWN
  }

  private volatile @Nullable Reason reason;
  private @Nullable Runnable action;

  /**
   * Ends the request: runs the bound action, if there is one, on this thread.
   *
   * @return whether this call was the first
   */
  public boolean cancel(Reason why) {
    synchronized (this) {
      if (reason != null) {
        return false;
      }
      reason = why;
      Runnable bound = action;
      action = null;
      if (bound != null) {
        bound.run();
      }
      return true;
    }
  }

  /**
   * Binds what {@link #cancel} has to do from now on; it must be quick and must not throw. Runs it
   * at once if the request was cancelled already.
   */
  public void bind(Runnable onCancel) {
    synchronized (this) {
      if (reason != null) {
        onCancel.run();
        return;
      }
      if (action != null) {
        throw new IllegalStateException("a request has one holder at a time");
      }
      action = onCancel;
    }
  }

  /** Takes the bound action back. */
  public void unbind() {
    synchronized (this) {
      action = null;
    }
  }

  public boolean isCancelled() {
    return reason != null;
  }

  public Optional<Reason> reason() {
    return Optional.ofNullable(reason);
  }
}
