package ai.greenthread.k8s.ledger;

import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.GpuLedgerContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;

/** What every ledger promises, kept by the real API server. */
@RealControlPlane
class GpuObjectLedgerTest extends GpuLedgerContract {
  private final ControlPlane plane;
  private final JsonApi api;

  GpuObjectLedgerTest(ControlPlane plane) {
    this.plane = plane;
    this.api = plane.api();
  }

  @Override
  protected GpuLedger create() {
    try {
      String namespace = plane.newNamespace("contract");
      DEVICES.forEach(device -> Gpus.create(api, namespace, device, CAPACITY));
      return new GpuObjectLedger(api, namespace, new Random(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
