package ai.greenthread.domain.gpu;

import ai.greenthread.domain.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The devices of one node, and what there is to say about how they were looked for. No devices is a
 * valid answer, and then the notes say why.
 *
 * @param source where the devices come from, for people: {@code NVML, driver 580.95}; or {@code
 *     none}
 * @param devices in the order of their ids
 * @param notes every probe that failed and every reading that cannot be had, with the reason
 */
public record GpuInventory(String source, List<GpuDevice> devices, List<Note> notes) {
  public GpuInventory {
    devices = List.copyOf(devices);
    notes = List.copyOf(notes);
  }

  /**
   * One remark of one probe.
   *
   * @param probe who says it: {@code NVML}, {@code nvidia-smi}, {@code virtual GPUs}
   * @param text what happened and what can be done about it, as a sentence for people
   */
  public record Note(String probe, String text) {
    @Override
    public String toString() {
      return probe + ": " + text;
    }
  }

  /** No devices, and why. */
  public static GpuInventory none(Note... why) {
    return new GpuInventory("none", List.of(), List.of(why));
  }

  /** This inventory with {@code earlier} notes before its own. */
  public GpuInventory after(List<Note> earlier) {
    List<Note> all = new ArrayList<>(earlier);
    all.addAll(notes);
    return new GpuInventory(source, devices, all);
  }

  public Optional<GpuDevice> device(GpuId id) {
    return devices.stream().filter(device -> device.id().equals(id)).findFirst();
  }

  /**
   * Why a device of the node is not among these, where a note says so: it begins with the device's
   * name.
   */
  public Optional<String> whyLeftOut(GpuId id) {
    return device(id).isPresent()
        ? Optional.empty()
        : notes.stream()
            .map(Note::text)
            .filter(text -> text.startsWith(id.objectName() + " "))
            .findFirst();
  }

  /** Memory of all devices together. */
  public Bytes total() {
    return devices.stream().map(GpuDevice::total).reduce(Bytes.ZERO, Bytes::plus);
  }
}
