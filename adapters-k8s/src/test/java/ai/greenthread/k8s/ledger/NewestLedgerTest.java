package ai.greenthread.k8s.ledger;

import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.Definitions;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import java.io.IOException;
import org.junit.jupiter.api.Nested;

/** What the ledger promises, kept over objects of the newest server as well. */
@RealControlPlane(definitions = Definitions.NEWEST)
class NewestLedgerTest {
  @Nested
  class Contract extends GpuObjectLedgerTest {
    Contract(ControlPlane plane) {
      super(plane);
    }
  }

  @Nested
  class Faults extends LedgerFaultsTest {
    Faults(ControlPlane plane) throws IOException {
      super(plane);
    }
  }

  @Nested
  class Gaps extends WatchGapTest {
    Gaps(Definitions definitions) {
      super(definitions);
    }
  }
}
