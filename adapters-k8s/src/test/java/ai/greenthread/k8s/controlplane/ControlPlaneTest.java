package ai.greenthread.k8s.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RealControlPlane
class ControlPlaneTest {
  @Test
  void theServerSaysWhichOneItIs(ControlPlane plane) throws IOException {
    Answer version = plane.api().get("/version");

    assertThat(version.body().get("gitVersion").getAsString()).matches("v1\\.[0-9]+\\..*");
    System.getLogger(ControlPlaneTest.class.getName())
        .log(System.Logger.Level.INFO, "tested against Kubernetes {0}", version.body());
  }

  @Test
  void aCrashedServerComesBackWithWhatItHadStored(@TempDir Path folder) throws IOException {
    List<Long> pids;
    try (ControlPlane plane = ControlPlane.start(folder, Binaries.here(), Definitions.BUILT_IN)) {
      JsonApi api = plane.api();
      String namespace = plane.newNamespace("crash");
      plane.killApiServer();

      plane.restartApiServer();

      assertThat(api.get("/api/v1/namespaces/" + namespace).ok()).isTrue();
      pids = plane.pids();
      assertThat(pids).allMatch(pid -> ProcessHandle.of(pid).isPresent());
    }
    assertThat(pids)
        .noneMatch(pid -> ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
    try (var left = Files.list(folder)) {
      assertThat(left).noneMatch(file -> file.toString().endsWith(".pid"));
    }
  }
}
