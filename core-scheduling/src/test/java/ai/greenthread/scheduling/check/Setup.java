package ai.greenthread.scheduling.check;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.domain.model.SleepSettings;
import ai.greenthread.scheduling.lifecycle.LifecycleSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A fleet small enough to be checked whole.
 *
 * @param devices each with {@link #CAPACITY} to hand out
 * @param faults how many things may go wrong in one history
 * @param kinds what may go wrong
 * @param requests how many requests come in one history; the rest of the history is as long as it
 *     takes
 * @param prompt the ledger answers at once and its changes are seen at once, so that nothing
 *     happens in between
 */
record Setup(
    String name,
    List<GpuId> devices,
    List<Member> members,
    int faults,
    Set<Fault> kinds,
    int requests,
    boolean prompt) {
  /** Requests come without end. */
  static final int ANY_NUMBER = 100;

  static final Bytes CAPACITY = Bytes.of(10);

  /** Serving time granted, time until force, drain: one second each; idle after two. */
  private static final Duration SECOND = Duration.ofSeconds(1);

  static final Duration MAX_WAIT = SECOND;
  static final Duration MIN_RUNTIME = SECOND;
  static final Duration IDLE = Duration.ofSeconds(2);

  /**
   * One replica.
   *
   * @param need memory on each of its devices while it is up
   * @param residue memory that stays while its server sleeps
   * @param staysAlive its server survives sleep
   */
  record Member(
      ReplicaId id,
      List<GpuId> devices,
      Bytes need,
      Bytes residue,
      boolean staysAlive,
      LifecycleSettings settings) {
    boolean popular() {
      return settings.fairness().popular();
    }
  }

  /** What may go wrong. */
  enum Fault {
    /** An answer is lost, or overtaken by other events. */
    ANSWERS,
    /** A wake, sleep, stop or boot fails or takes too long; a server dies. */
    SERVERS,
    /** The ledger fails after any write of a question. */
    LEDGER,
    /** A sidecar restarts; its server does not notice. */
    RESTARTS
  }

  /** The same where up to {@code most} things of these kinds go wrong. */
  Setup with(int most, Fault first, Fault... others) {
    return new Setup(name, devices, members, most, EnumSet.of(first, others), requests, prompt);
  }

  /** The same where so many requests come in all. */
  Setup withRequests(int number) {
    return new Setup(name, devices, members, faults, kinds, number, prompt);
  }

  /** The same with a ledger that takes no time. */
  Setup withPromptLedger() {
    return new Setup(name, devices, members, faults, kinds, requests, true);
  }

  boolean may(Fault kind) {
    return kinds.contains(kind);
  }

  static Setup of(String name, int devices, Member... members) {
    var gpus = new ArrayList<GpuId>();
    for (int i = 0; i < devices; i++) {
      gpus.add(new GpuId("n", i));
    }
    return new Setup(name, List.copyOf(gpus), List.of(members), 0, Set.of(), ANY_NUMBER, false);
  }

  /** Needs so much on each of {@code devices}; its server survives sleep and keeps one byte. */
  static Member model(String name, int need, int... devices) {
    return member(name, need, 1, true, false, devices);
  }

  /** Needs so much on each of {@code devices}; its server ends when it sleeps. */
  static Member cold(String name, int need, int... devices) {
    return member(name, need, 0, false, false, devices);
  }

  static Member popular(String name, int need, int... devices) {
    return member(name, need, 0, true, true, devices);
  }

  private static Member member(
      String name, int need, int residue, boolean staysAlive, boolean popular, int... devices) {
    var settings =
        new LifecycleSettings(
            new Fairness(MIN_RUNTIME, MAX_WAIT, popular),
            new SleepSettings(IDLE, SECOND),
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            SECOND,
            SECOND,
            SECOND);
    return new Member(
        new ReplicaId(new ModelRef("d", name), 0),
        IntStream.of(devices).mapToObj(index -> new GpuId("n", index)).toList(),
        Bytes.of(need),
        Bytes.of(residue),
        staysAlive,
        settings);
  }

  @Override
  public String toString() {
    return name
        + " ("
        + members.size()
        + " models, "
        + devices.size()
        + " devices, "
        + faults
        + " faults"
        + (kinds.isEmpty() ? "" : " of " + kinds)
        + (requests == ANY_NUMBER ? "" : ", " + requests + " requests")
        + (prompt ? ", prompt ledger" : "")
        + ")";
  }
}
