package ai.greenthread.engine.webhook;

import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.Definitions;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import java.io.IOException;

/** The same manifests, judged by the newest server and the webhook together. */
@RealControlPlane(definitions = Definitions.NEWEST)
class NewestManifestsTest extends ManifestsTest {
  NewestManifestsTest(ControlPlane plane) throws IOException, InterruptedException {
    super(plane);
  }
}
