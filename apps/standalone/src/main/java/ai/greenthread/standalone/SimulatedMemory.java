package ai.greenthread.standalone;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.runtimes.simulated.Knob;
import ai.greenthread.runtimes.simulated.Knobs;
import ai.greenthread.runtimes.simulated.SimulatorConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Gives simulated servers the memory of virtual devices: they say what they hold in a file that all
 * share, as a driver would tell it, because the main memory of the program itself outweighs a small
 * model and never shrinks. Options that the Model names stay as they are.
 */
final class SimulatedMemory {
  /** Weights take half of what a simulated server holds awake, its KV cache most of the rest. */
  private static final int WEIGHTS_SHARE = 2;

  private static final int RESIDUE_SHARE = 16;

  private SimulatedMemory() {}

  /**
   * The Model as its server is to be started; any other than a simulated one as it is.
   *
   * @param devices how many it runs on
   * @param capacity of the smallest of them
   * @param need what it holds on each while awake, unless it takes real memory: then as much as
   *     that
   */
  static Model on(Model model, int devices, Bytes capacity, Bytes need, Path ledger) {
    if (!(model.spec().runtime() instanceof RuntimeSpec.Simulated simulated)) {
      return model;
    }
    long real = amount(simulated, Knobs.REAL_MEMORY, 0);
    long total = amount(simulated, Knobs.GPU_MEMORY, capacity.count());
    long awake = Math.min(total, real > 0 ? Math.ceilDiv(real, devices) : need.count());
    Map<String, String> options = new LinkedHashMap<>();
    options.put(Knobs.LEDGER.name(), ledger.toString());
    options.put(Knobs.GPU_MEMORY.name(), Long.toString(total));
    options.put(Knobs.GPU_MEMORY_UTILIZATION.name(), Double.toString((double) awake / total));
    options.put(Knobs.WEIGHTS.name(), Long.toString(awake / WEIGHTS_SHARE * devices));
    options.put(Knobs.RESIDUE.name(), Long.toString(awake / RESIDUE_SHARE));
    options.putAll(simulated.options());
    var runtime =
        new RuntimeSpec.Simulated(
            options,
            simulated.env(),
            simulated.sleepLevel(),
            simulated.timeouts(),
            simulated.memoryOrNull());
    return model.withSpec(model.spec().toBuilder().runtime(runtime).build());
  }

  /** What an option says; the server itself refuses one that says nothing sensible. */
  private static long amount(RuntimeSpec.Simulated simulated, Knob<Long> knob, long otherwise) {
    String text = simulated.options().getOrDefault(knob.name(), "");
    try {
      long said = text.isEmpty() ? 0 : SimulatorConfig.defaults().set(knob, text).get(knob);
      return said > 0 ? said : otherwise;
    } catch (IllegalArgumentException _) {
      return otherwise;
    }
  }
}
