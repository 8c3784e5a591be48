package ai.greenthread.scheduling.lab;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.placement.Placement;
import ai.greenthread.scheduling.runtime.HostLink;
import java.util.ArrayList;
import java.util.List;

/**
 * What is simulated: devices, the models on them, and how fast weights travel.
 *
 * @param gpus memory of each device that may be handed out, all in one host
 * @param models one replica of each; placed by {@link Placement} in this order
 * @param linkBytesPerSecond from host memory to one device
 * @param hostBytesPerSecond from host memory to all devices together
 * @param wakesAtOnce devices that may load at the same time, as {@link HostLink} lets them; 0 for
 *     all
 */
public record LabFleet(
    List<Bytes> gpus,
    List<LabModel> models,
    double linkBytesPerSecond,
    double hostBytesPerSecond,
    int wakesAtOnce) {
  private static final String NODE = "host";

  public LabFleet {
    gpus = List.copyOf(gpus);
    models = List.copyOf(models);
    if (linkBytesPerSecond <= 0 || hostBytesPerSecond <= 0) {
      throw new IllegalArgumentException("weights have to travel at some speed");
    }
    if (wakesAtOnce < 0) {
      throw new IllegalArgumentException("so many cannot load: " + wakesAtOnce);
    }
  }

  /** One where all devices may load at the same time. */
  public LabFleet(
      List<Bytes> gpus,
      List<LabModel> models,
      double linkBytesPerSecond,
      double hostBytesPerSecond) {
    this(gpus, models, linkBytesPerSecond, hostBytesPerSecond, 0);
  }

  /** The same with other models. */
  public LabFleet with(List<LabModel> others) {
    return new LabFleet(gpus, others, linkBytesPerSecond, hostBytesPerSecond, wakesAtOnce);
  }

  /** The same with so many devices that may load at the same time; 0 for all. */
  public LabFleet withWakesAtOnce(int devices) {
    return new LabFleet(gpus, models, linkBytesPerSecond, hostBytesPerSecond, devices);
  }

  /** Devices that the host can feed at full speed, one at least. */
  public int devicesAtFullSpeed() {
    return Math.clamp((long) (hostBytesPerSecond / linkBytesPerSecond), 1, gpus.size());
  }

  /** Name of a device. */
  public static GpuId gpu(int index) {
    return new GpuId(NODE, index);
  }

  /** The one replica of a model. */
  public ReplicaId replica(int model) {
    return new ReplicaId(new ModelRef("lab", models.get(model).name()), 0);
  }

  /**
   * The devices of each model, as production would choose them.
   *
   * @throws IllegalArgumentException when a model fits nowhere; says which and why
   */
  public List<List<Integer>> placements() {
    long[] promised = new long[gpus.size()];
    var places = new ArrayList<List<Integer>>();
    for (LabModel model : models) {
      var candidates = new ArrayList<Placement.Candidate>();
      for (int i = 0; i < gpus.size(); i++) {
        candidates.add(
            new Placement.Candidate(gpu(i), "", gpus.get(i), Bytes.ZERO, Bytes.of(promised[i])));
      }
      var request = new Placement.Request(model.gpus(), model.needPerGpu(), "");
      switch (Placement.choose(request, candidates)) {
        case Placement.Choice.Placed(List<GpuId> devices) -> {
          places.add(devices.stream().map(GpuId::index).toList());
          devices.forEach(device -> promised[device.index()] += model.needPerGpu().count());
        }
        case Placement.Choice.Impossible(String reason) ->
            throw new IllegalArgumentException(model.name() + " fits nowhere: " + reason);
      }
    }
    return List.copyOf(places);
  }

  /** Shortest time in which a model's weights can be brought, in seconds: nobody else loads. */
  public double loadSeconds(int model) {
    LabModel which = models.get(model);
    double perGpu = which.weightsPerGpu().count() / linkBytesPerSecond;
    double together = which.weightsPerGpu().count() * (double) which.gpus() / hostBytesPerSecond;
    return Math.max(perGpu, together);
  }
}
