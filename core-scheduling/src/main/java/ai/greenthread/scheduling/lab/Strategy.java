package ai.greenthread.scheduling.lab;

/** A policy in the lab: it is asked after everything that happens, and acts on the board. */
public interface Strategy {
  /** As it stands in reports. */
  String name();

  void act(Board board);

  /** Whether models without requests sleep after their idle timeout, as they do in production. */
  default boolean idleModelsSleep() {
    return true;
  }

  /** It knows the future, so nobody can be asked to beat it. */
  default boolean isClairvoyant() {
    return false;
  }
}
