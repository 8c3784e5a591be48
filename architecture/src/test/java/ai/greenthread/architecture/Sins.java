package ai.greenthread.architecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import java.util.Set;
import java.util.function.BiPredicate;

/** What code of the core must not call, however it is called: directly or by a method reference. */
final class Sins {
  private static final Set<String> THREAD_STARTERS =
      Set.of("sleep", "ofVirtual", "ofPlatform", "startVirtualThread", "<init>");
  private static final Set<String> POOLS =
      Set.of(
          "java.util.concurrent.Executors",
          "java.util.concurrent.ForkJoinPool",
          "java.util.concurrent.ThreadPoolExecutor",
          "java.util.concurrent.ScheduledThreadPoolExecutor",
          "java.util.Timer");

  private Sins() {}

  static DescribedPredicate<JavaAccess<?>> readAClock() {
    return target(
        "read a clock of the machine",
        (owner, name) ->
            (owner.startsWith("java.time.") && name.equals("now"))
                || (owner.equals("java.time.Clock") && !name.equals("fixed"))
                || (owner.equals("java.time.InstantSource") && name.equals("system"))
                || (owner.equals("java.lang.System")
                    && (name.equals("nanoTime") || name.equals("currentTimeMillis"))));
  }

  static DescribedPredicate<JavaAccess<?>> drawUnseededRandomness() {
    DescribedPredicate<JavaAccess<?>> always =
        target(
            "draw randomness without a seed",
            (owner, name) ->
                ((owner.equals("java.lang.Math") || owner.equals("java.lang.StrictMath"))
                        && name.equals("random"))
                    || (owner.equals("java.util.UUID") && name.equals("randomUUID"))
                    || owner.equals("java.util.concurrent.ThreadLocalRandom")
                    || (owner.equals("java.util.random.RandomGenerator")
                        && (name.equals("getDefault") || name.equals("of"))));
    return always.or(unseeded("java.util.Random")).or(unseeded("java.util.SplittableRandom"));
  }

  static DescribedPredicate<JavaAccess<?>> startOrStopAThread() {
    return target(
        "start, pool or suspend threads",
        (owner, name) ->
            (owner.equals("java.lang.Thread") && THREAD_STARTERS.contains(name))
                || POOLS.contains(owner)
                || (owner.equals("java.lang.Object") && name.equals("wait"))
                || (owner.equals("java.util.concurrent.CompletableFuture")
                    && name.endsWith("Async"))
                || name.equals("parallelStream")
                || (owner.startsWith("java.util.stream.") && name.equals("parallel")));
  }

  private static DescribedPredicate<JavaAccess<?>> unseeded(String type) {
    return DescribedPredicate.describe(
        "create an unseeded " + type,
        access ->
            access.getTarget() instanceof CodeUnitAccessTarget unit
                && unit.getOwner().getFullName().equals(type)
                && unit.getName().equals("<init>")
                && unit.getRawParameterTypes().isEmpty());
  }

  private static DescribedPredicate<JavaAccess<?>> target(
      String description, BiPredicate<String, String> ownerAndName) {
    return DescribedPredicate.describe(
        description,
        access -> {
          AccessTarget target = access.getTarget();
          return ownerAndName.test(target.getOwner().getFullName(), target.getName());
        });
  }
}
