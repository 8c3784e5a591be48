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

/** Starts the shared control plane when a test first asks for it and stops it after the last. */
final class ControlPlaneExtension implements ExecutionCondition, ParameterResolver {
  /** A file that appears once {@code scripts/install-control-plane} has ended; set by scripts. */
  private static final String INSTALLED = "CONTROL_PLANE_INSTALLED";

  private static final Duration LONGEST_INSTALLATION = Duration.ofMinutes(30);

  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(ControlPlaneExtension.class);

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    awaitInstallation();
    Optional<String> missing = Binaries.here().missing(wanted(context));
    if (missing.isEmpty()) {
      return ConditionEvaluationResult.enabled("the control plane's programs are here");
    }
    boolean essential =
        Binaries.here().missing(Program.ETCD, Program.API_SERVER).isPresent()
            || !Binaries.here().chosen();
    if (essential && "true".equals(System.getenv("CI"))) {
      throw new IllegalStateException(missing.get());
    }
    return ConditionEvaluationResult.disabled(missing.get());
  }

  private static boolean controllers(ExtensionContext context) {
    return context
        .getTestClass()
        .flatMap(type -> AnnotationSupport.findAnnotation(type, RealControlPlane.class))
        .map(RealControlPlane::controllers)
        .orElse(false);
  }

  private static Program[] wanted(ExtensionContext context) {
    return controllers(context)
        ? new Program[] {
          Program.ETCD, Program.API_SERVER, Program.CONTROLLER_MANAGER, Program.SCHEDULER
        }
        : new Program[] {Program.ETCD, Program.API_SERVER};
  }

  private static void awaitInstallation() {
    String file = System.getenv().getOrDefault(INSTALLED, "");
    Instant deadline = Instant.now().plus(LONGEST_INSTALLATION);
    while (!file.isEmpty() && !Files.exists(Path.of(file)) && Instant.now().isBefore(deadline)) {
      LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == ControlPlane.class;
  }

  @Override
  public ControlPlane resolveParameter(ParameterContext parameter, ExtensionContext context) {
    // The root's store lives as long as the run, and closes what it holds.
    boolean controllers = controllers(context);
    return context
        .getRoot()
        .getStore(STORE)
        .computeIfAbsent(controllers ? "cluster" : "plane", key -> start(controllers), Start.class)
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

  private static Start start(boolean controllers) {
    Path folder = Path.of("target", controllers ? "cluster" : "control-plane").toAbsolutePath();
    try {
      return new Start(
          Optional.of(
              controllers
                  ? ControlPlane.startCluster(folder, Binaries.here(), ServerFlags.none())
                  : ControlPlane.start(folder, Binaries.here())),
          Optional.empty());
    } catch (IOException | RuntimeException e) {
      return new Start(Optional.empty(), Optional.of(e));
    }
  }
}
