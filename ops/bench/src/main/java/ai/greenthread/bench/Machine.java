package ai.greenthread.bench;

import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/**
 * Where the run took place.
 *
 * @param memoryGib all of it, rounded
 * @param division who runs on which cores
 * @param loadAverage the one-minute load before the run began: what others were doing
 */
record Machine(
    Instant at,
    String cpu,
    int cores,
    String division,
    long memoryGib,
    String kernel,
    String system,
    String java,
    String loadAverage) {

  static Machine here(InstantSource clock, Cores division) {
    String cpu =
        Proc.read(Path.of("/proc/cpuinfo"))
            .lines()
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse(System.getProperty("os.arch", "unknown"));
    String system =
        Proc.read(Path.of("/etc/os-release"))
            .lines()
            .filter(line -> line.startsWith("PRETTY_NAME="))
            .map(line -> line.substring(12).replace("\"", ""))
            .findFirst()
            .orElse("unknown");
    return new Machine(
        clock.instant().truncatedTo(ChronoUnit.SECONDS),
        cpu,
        Runtime.getRuntime().availableProcessors(),
        division.inWords(),
        Math.round(Proc.field(Path.of("/proc/meminfo"), "MemTotal:") / 1048576.0),
        System.getProperty("os.version", "unknown"),
        system,
        System.getProperty("java.vm.name", "")
            + " "
            + System.getProperty("java.runtime.version", ""),
        Proc.read(Path.of("/proc/loadavg")).split(" ", 2)[0]);
  }

  String inWords() {
    return "%d cores (%s), %d GiB memory, Linux %s, %s; %s; %s; load average before the run %s"
        .formatted(cores, cpu, memoryGib, kernel, system, java, division, loadAverage);
  }
}
