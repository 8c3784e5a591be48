package ai.greenthread.k8s.crd;

import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.Definitions;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import java.io.IOException;
import org.junit.jupiter.api.Nested;

/** What the definitions promise, kept by the newest server as well. */
@RealControlPlane(definitions = Definitions.NEWEST)
class NewestDefinitionsTest {
  @Nested
  class Models extends ModelDefinitionTest {
    Models(ControlPlane plane) throws IOException {
      super(plane);
    }
  }

  @Nested
  class Gpus extends GpuDefinitionTest {
    Gpus(ControlPlane plane) throws IOException {
      super(plane);
    }
  }

  @Nested
  class Claims extends GpuShareClaimDefinitionTest {
    Claims(ControlPlane plane) throws IOException {
      super(plane);
    }
  }

  @Nested
  class StorageNodes extends StorageNodeDefinitionTest {
    StorageNodes(ControlPlane plane) throws IOException {
      super(plane);
    }
  }

  @Nested
  class Rules extends RulesTest {
    Rules(ControlPlane plane) throws IOException {
      super(plane);
    }
  }
}
