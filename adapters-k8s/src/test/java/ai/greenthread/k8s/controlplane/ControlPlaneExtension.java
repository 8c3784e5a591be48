package ai.greenthread.k8s.controlplane;

import ai.greenthread.k8s.controlplane.Binaries.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Starts the shared control planes when a test first asks for one and stops them after the last.
 */
final class ControlPlaneExtension implements ExecutionCondition, ParameterResolver {
  /** A file that appears once {@code scripts/install-control-plane} has ended; set by scripts. */
  private static final String INSTALLED = "CONTROL_PLANE_INSTALLED";

  /** The same for {@code scripts/install-newest-definitions}. */
  private static final String NEWEST_INSTALLED = "NEWEST_DEFINITIONS_INSTALLED";

  private static final Duration LONGEST_INSTALLATION = Duration.ofMinutes(30);

  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(ControlPlaneExtension.class);

  /** Which of the control planes a class is run with. */
  private record Kind(boolean controllers, Definitions definitions) {
    static Kind of(ExtensionContext context) {
      // A nested class that inherits its tests is run with what the class around it says.
      Optional<ExtensionContext> at = Optional.of(context);
      while (at.isPresent()) {
        Optional<Kind> found =
            AnnotationSupport.findAnnotation(at.get().getTestClass(), RealControlPlane.class)
                .map(says -> new Kind(says.controllers(), says.definitions()));
        if (found.isPresent()) {
          return found.get();
        }
        at = at.get().getParent();
      }
      throw new IllegalStateException("no @RealControlPlane on " + context.getDisplayName());
    }

    Program[] servers() {
      return controllers
          ? new Program[] {
            Program.ETCD, Program.API_SERVER, Program.CONTROLLER_MANAGER, Program.SCHEDULER
          }
          : new Program[] {Program.ETCD, Program.API_SERVER};
    }

    String folder() {
      String name = controllers ? "cluster" : "control-plane";
      return definitions == Definitions.NEWEST ? name + "-newest" : name;
    }
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    awaitInstallation(INSTALLED);
    Kind kind = Kind.of(context);
    Binaries binaries = Binaries.here();
    Optional<String> missing = binaries.missing(kind.servers());
    if (missing.isPresent()) {
      boolean essential =
          binaries.missing(Program.ETCD, Program.API_SERVER).isPresent() || !binaries.chosen();
      if (essential && "true".equals(System.getenv("CI"))) {
        throw new IllegalStateException(missing.get());
      }
      return ConditionEvaluationResult.disabled(missing.get());
    }
    if (kind.definitions == Definitions.NEWEST) {
      awaitInstallation(NEWEST_INSTALLED);
      Optional<String> newest = binaries.missing(Program.DEFINITIONS);
      if (newest.isPresent()) {
        return ConditionEvaluationResult.disabled(newest.get());
      }
    }
    return ConditionEvaluationResult.enabled("the control plane's programs are here");
  }

  private static void awaitInstallation(String variable) {
    String file = System.getenv().getOrDefault(variable, "");
    Instant deadline = Instant.now().plus(LONGEST_INSTALLATION);
    while (!file.isEmpty() && !Files.exists(Path.of(file)) && Instant.now().isBefore(deadline)) {
      LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == ControlPlane.class || type == Definitions.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Kind kind = Kind.of(context);
    if (parameter.getParameter().getType() == Definitions.class) {
      return kind.definitions;
    }
    // The root's store lives as long as the run, and closes what it holds.
    return context
        .getRoot()
        .getStore(STORE)
        .computeIfAbsent(kind, ControlPlaneExtension::start, Start.class)
        .plane();
  }

  /**
   * One try for the whole run: a control plane that did not start is not tried again by each test.
   */
  private record Start(Optional<ControlPlane> started, Optional<Exception> failure)
      implements AutoCloseable {
    ControlPlane plane() {
      return started.orElseThrow(
          () -> new IllegalStateException("no control plane", failure.orElse(null)));
    }

    @Override
    public void close() throws IOException {
      if (started.isPresent()) {
        started.get().close();
      }
    }
  }

  private static Start start(Kind kind) {
    Path folder = Path.of("target", kind.folder()).toAbsolutePath();
    Binaries binaries = Binaries.here();
    try {
      return new Start(
          Optional.of(
              kind.controllers
                  ? ControlPlane.startCluster(
                      folder, binaries, kind.definitions, ServerFlags.none())
                  : ControlPlane.start(folder, binaries, kind.definitions)),
          Optional.empty());
    } catch (IOException | RuntimeException e) {
      return new Start(Optional.empty(), Optional.of(e));
    }
  }
}
