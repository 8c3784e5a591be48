package ai.greenthread.gpu;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuHealth;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuInventory;
import ai.greenthread.domain.gpu.GpuKind;
import ai.greenthread.domain.gpu.GpuProbe;
import ai.greenthread.domain.gpu.GpuProcesses;
import ai.greenthread.domain.gpu.GpuReading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Devices as the tool {@code nvidia-smi} lists them, for machines where its library cannot be
 * called. Devices are counted once, when the probe is opened; each reading runs the tool again,
 * which takes some tens of milliseconds on a healthy machine.
 */
public final class NvidiaSmiProbe implements GpuProbe {
  static final String PROBE = "nvidia-smi";

  /** The tool's exit code where the driver is not loaded; its message is on standard output. */
  private static final int DRIVER_NOT_LOADED = 9;

  private static final int GPU_LOST = 15;

  private final String tool;
  private final Duration limit;
  private final List<String> columns;
  private final GpuInventory inventory;

  private NvidiaSmiProbe(
      String tool, Duration limit, List<String> columns, GpuInventory inventory) {
    this.tool = tool;
    this.limit = limit;
    this.columns = columns;
    this.inventory = inventory;
  }

  /**
   * Runs the tool and counts the devices.
   *
   * @param node the node's name, for the ids
   * @param tool name in PATH, or a path
   * @param limit how long one run may take
   * @return a probe that, where the tool does not work, has no devices and says why
   */
  public static GpuProbe open(String node, String tool, Duration limit) {
    List<GpuInventory.Note> notes = new ArrayList<>();
    List<String> columns = SmiRow.ALL_COLUMNS;
    Command.Outcome outcome = query(tool, limit, columns, Optional.empty());
    if (outcome instanceof Command.Outcome.Ended(int exit, String out, String err)
        && exit != 0
        && exit != DRIVER_NOT_LOADED) {
      columns = SmiRow.OLDEST_COLUMNS;
      outcome = query(tool, limit, columns, Optional.empty());
      notes.add(note("this version does not list all that is asked for; only memory is read"));
    }
    return switch (outcome) {
      case Command.Outcome.Ended ended when ended.succeeded() ->
          new NvidiaSmiProbe(tool, limit, columns, list(node, ended.out(), notes));
      default -> NoGpus.because(PROBE, failure(outcome));
    };
  }

  private static GpuInventory list(String node, String csv, List<GpuInventory.Note> notes) {
    List<GpuDevice> devices = new ArrayList<>();
    for (String line : csv.lines().filter(l -> !l.isBlank()).toList()) {
      Optional<SmiRow> row = SmiRow.parse(line);
      if (row.isEmpty()) {
        notes.add(note("a line that is not a GPU was passed over: " + SmiRow.quoted(line)));
        continue;
      }
      GpuId id = new GpuId(node, row.get().index());
      if (devices.stream().anyMatch(device -> device.id().equals(id))) {
        notes.add(note(id + " is listed twice; the second line was passed over"));
        continue;
      }
      Optional<Bytes> total = row.get().total().filter(bytes -> !bytes.isZero());
      if (total.isEmpty()) {
        notes.add(note(id + " is left out: the tool does not tell how much memory it has"));
        continue;
      }
      devices.add(
          new GpuDevice(
              id,
              row.get().uuid(),
              row.get().product(),
              total.get(),
              GpuKind.PHYSICAL,
              row.get().partitioned()));
    }
    if (devices.isEmpty() && notes.isEmpty()) {
      notes.add(note("it works, but lists no GPU"));
    }
    return new GpuInventory(PROBE, devices, notes);
  }

  @Override
  public GpuInventory inventory() {
    return inventory;
  }

  @Override
  public GpuReading read(GpuId gpu) {
    GpuDevice device = device(gpu);
    Command.Outcome outcome = query(tool, limit, columns, Optional.of(device));
    if (!(outcome instanceof Command.Outcome.Ended ended) || !ended.succeeded()) {
      return GpuReading.unread(verdict(outcome));
    }
    return ended
        .out()
        .lines()
        .flatMap(line -> SmiRow.parse(line).stream())
        .filter(row -> row.uuid().equals(device.uuid()))
        .findFirst()
        .map(SmiRow::reading)
        .orElseGet(() ->
            GpuReading.unread(
                new GpuHealth.Unhealthy(
                    "nvidia-smi no longer lists this GPU; reset it or restart the machine")));
  }

  @Override
  public GpuProcesses processes(GpuId gpu) {
    GpuDevice device = device(gpu);
    Command.Outcome outcome =
        Command.run(
            List.of(
                tool,
                "--query-compute-apps=gpu_uuid,pid,used_memory",
                "--format=csv,noheader,nounits"),
            limit);
    if (!(outcome instanceof Command.Outcome.Ended ended) || !ended.succeeded()) {
      return GpuProcesses.unread(failure(outcome));
    }
    Map<Long, Bytes> memory = new HashMap<>();
    List<String> gaps = new ArrayList<>();
    for (String line : ended.out().lines().filter(l -> !l.isBlank()).toList()) {
      List<String> cells = SmiRow.cells(line);
      if (!cells.getFirst().equals(device.uuid())) {
        continue;
      }
      Optional<Double> pid = SmiRow.number(cells, 1);
      Optional<Bytes> bytes = SmiRow.mebibytes(cells, 2);
      if (pid.isPresent() && bytes.isPresent()) {
        memory.merge(pid.get().longValue(), bytes.get(), Bytes::plus);
      } else {
        gaps.add("no memory told in the line " + SmiRow.quoted(line));
      }
    }
    return new GpuProcesses(memory, gaps);
  }

  private GpuDevice device(GpuId gpu) {
    return inventory.device(gpu).orElseThrow(() -> NoGpus.unknown(gpu, inventory));
  }

  private static Command.Outcome query(
      String tool, Duration limit, List<String> columns, Optional<GpuDevice> only) {
    List<String> command = new ArrayList<>(List.of(tool));
    only.ifPresent(device -> command.add("--id=" + device.uuid()));
    command.add("--query-gpu=" + String.join(",", columns));
    command.add("--format=csv,noheader,nounits");
    return Command.run(command, limit);
  }

  /** A tool that is late or confused says nothing of the device; one that names a loss does. */
  private static GpuHealth verdict(Command.Outcome outcome) {
    boolean unusable =
        outcome instanceof Command.Outcome.Ended ended
            && (ended.exit() == DRIVER_NOT_LOADED
                || ended.exit() == GPU_LOST
                || ended.firstLine().contains("GPU is lost"));
    return unusable
        ? new GpuHealth.Unhealthy(failure(outcome))
        : new GpuHealth.Degraded("cannot be read: " + failure(outcome));
  }

  private static String failure(Command.Outcome outcome) {
    return switch (outcome) {
      case Command.Outcome.Ended ended ->
          "it ended with code %d and said %s"
              .formatted(ended.exit(), SmiRow.quoted(ended.firstLine()));
      case Command.Outcome.TimedOut late ->
          "it did not answer within %s s; the driver may be stuck"
              .formatted(late.limit().toMillis() / 1000.0);
      case Command.Outcome.NotRun notRun -> notRun.reason();
    };
  }

  private static GpuInventory.Note note(String text) {
    return new GpuInventory.Note(PROBE, text);
  }
}
