package ai.greenthread.http.runtime;

import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The sidecar's end of the launcher, the script that starts and ends the server in the pod's other
 * container. Orders are lines on a FIFO, {@code start N}, {@code stop N}, {@code kill N}, {@code
 * exit}; the state is a file: {@code idle}, {@code running N}, {@code ended N STATUS}. Either side
 * may be restarted at any time: the launcher takes an order once, by its number, and the sidecar
 * gives it again until it shows.
 */
final class Launcher {
  private static final Duration GIVE_AGAIN = Duration.ofSeconds(2);
  private static final long LOOK_AGAIN_MS = 20;

  /** As shells tell of a process that SIGKILL ended. */
  private static final int KILLED = 137;

  private final Path orders;
  private final Path state;

  /** What the other container says of itself. */
  sealed interface State {
    /** It has not said anything yet. */
    record Absent() implements State {}

    /** It is new and has started nothing. */
    record Idle() implements State {}

    /** The server of that start runs. */
    record Running(long number) implements State {}

    /** The server of that start has ended, with that exit status. */
    record Ended(long number, int status) implements State {}
  }

  Launcher(Path run) {
    this.orders = run.resolve("orders");
    this.state = run.resolve("state");
  }

  State state() throws RuntimeFailure {
    try {
      String[] words = Files.readString(state).strip().split(" ", -1);
      return switch (words[0]) {
        case "idle" -> new State.Idle();
        case "running" -> new State.Running(Long.parseLong(words[1]));
        case "ended" ->
            new State.Ended(
                Long.parseLong(words[1]), words.length > 2 ? Integer.parseInt(words[2]) : 0);
        default -> throw new RuntimeFailure("the launcher's state is not understood: " + words[0]);
      };
    } catch (NoSuchFileException e) {
      return new State.Absent();
    } catch (IOException | IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw new RuntimeFailure("the launcher's state cannot be read: " + e.getMessage(), e);
    }
  }

  boolean running() {
    try {
      return state() instanceof State.Running;
    } catch (RuntimeFailure e) {
      return false;
    }
  }

  /** Starts the server; returns the number of the start once the launcher has begun it. */
  long start(Deadline deadline) throws RuntimeFailure, InterruptedException {
    long number = nextNumber();
    boolean begun = false;
    try {
      repeat("start " + number, deadline, seen -> number(seen) == number);
      begun = true;
      return number;
    } finally {
      if (!begun) {
        withdraw(number);
      }
    }
  }

  /** The order that nobody waits for any more may still be read; it is then followed by this. */
  private void withdraw(long number) throws InterruptedException {
    if (!Files.exists(orders)) {
      return;
    }
    try {
      repeat(
          "kill " + number,
          Deadline.in(GIVE_AGAIN.multipliedBy(2)),
          seen -> seen instanceof State.Ended(long ended, _) && ended == number);
    } catch (RuntimeFailure e) {
      // A container that was restarted has forgotten it. One that hangs is met by the next start.
      return;
    }
  }

  private long nextNumber() throws RuntimeFailure {
    return Math.max(number(state()), 0) + 1;
  }

  private static long number(State state) {
    return switch (state) {
      case State.Absent _, State.Idle _ -> -1;
      case State.Running(long number) -> number;
      case State.Ended(long number, _) -> number;
    };
  }

  /** Asks the server to end, and makes it end when it is not done after {@code polite}. */
  void end(Duration polite, Deadline deadline) throws RuntimeFailure, InterruptedException {
    if (!(state() instanceof State.Running(long number))) {
      return;
    }
    Deadline kind = Deadline.in(deadline.left(polite));
    if (!kind.passed()) {
      try {
        repeat("stop " + number, kind, seen -> !(seen instanceof State.Running));
        return;
      } catch (RuntimeFailure e) {
        // It does not listen; it is told otherwise now.
      }
    }
    repeat(
        "kill " + number,
        deadline.left().compareTo(GIVE_AGAIN) < 0 ? Deadline.in(GIVE_AGAIN) : deadline,
        seen -> !(seen instanceof State.Running));
  }

  /**
   * Says in the launcher's place that its server was killed: it was killed itself and its container
   * is not there again, so that it can neither say so nor follow orders. When it comes back it says
   * what it says when it is new.
   */
  void buried() throws RuntimeFailure {
    if (!(state() instanceof State.Running(long number))) {
      return;
    }
    try {
      Path next = state.resolveSibling("state.buried");
      Files.writeString(next, "ended " + number + " " + KILLED + "\n");
      Files.move(next, state, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new RuntimeFailure("the launcher's state cannot be written: " + e.getMessage(), e);
    }
  }

  /** Ends the launcher itself, and whatever it runs; for the end of the pod. */
  void exit() {
    try {
      order("exit");
    } catch (RuntimeFailure e) {
      // Its container is gone already, or Kubernetes ends it.
      return;
    }
  }

  private interface Wish {
    boolean isTrue(State seen);
  }

  private void repeat(String order, Deadline deadline, Wish wish)
      throws RuntimeFailure, InterruptedException {
    long given = 0;
    while (true) {
      State seen = state();
      if (wish.isTrue(seen)) {
        return;
      }
      if (deadline.passed()) {
        throw new RuntimeFailure(
            seen instanceof State.Absent
                ? "the inference container is not there yet; see: kubectl describe pod"
                : "the launcher does not follow the order " + order);
      }
      if (!(seen instanceof State.Absent)
          && (given == 0 || System.nanoTime() - given > GIVE_AGAIN.toNanos())) {
        order(order);
        given = System.nanoTime();
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MS);
    }
  }

  /** A FIFO that is opened for both ways waits for nobody. */
  private void order(String order) throws RuntimeFailure {
    if (!Files.exists(orders)) {
      throw new RuntimeFailure("the launcher takes no orders: " + orders + " is not there");
    }
    try (RandomAccessFile fifo = new RandomAccessFile(orders.toFile(), "rw")) {
      fifo.write((order + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new RuntimeFailure("the launcher takes no orders: " + e.getMessage(), e);
    }
  }
}
