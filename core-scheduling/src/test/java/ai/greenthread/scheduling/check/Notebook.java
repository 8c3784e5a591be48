package ai.greenthread.scheduling.check;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.LedgerUnavailable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/** The ledger's records while one replica writes; it may fail after so many writes. */
final class Notebook implements GpuLedger {
  private final List<DeviceRecord> records;
  private final int lastWrite;
  private int writes;

  /**
   * @param lastWrite the write whose answer gets lost; negative for none
   */
  Notebook(List<DeviceRecord> records, int lastWrite) {
    this.records = new ArrayList<>(records);
    this.lastWrite = lastWrite;
  }

  List<DeviceRecord> records() {
    return records;
  }

  /** Writes that were tried. */
  int writes() {
    return writes;
  }

  @Override
  public List<DeviceRecord> read(Collection<GpuId> devices) {
    var found = new ArrayList<DeviceRecord>();
    for (GpuId device : devices) {
      records.stream().filter(record -> record.id().equals(device)).forEach(found::add);
    }
    return found;
  }

  @Override
  public boolean compareAndSet(DeviceRecord next) {
    for (int i = 0; i < records.size(); i++) {
      if (records.get(i).id().equals(next.id())) {
        records.set(i, next);
      }
    }
    if (writes++ == lastWrite) {
      throw new LedgerUnavailable("the answer got lost");
    }
    return true;
  }

  @Override
  public Watch watch(Collection<GpuId> devices, Consumer<DeviceRecord> listener) {
    return () -> {};
  }
}
