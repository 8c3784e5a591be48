package ai.greenthread.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What Linux's /proc says of processes and of the machine. */
final class Proc {

  /**
   * One count of /proc/stat and of /proc/PID/stat: USER_HZ, fixed at 100 for what user space sees.
   */
  static final double TICK_SECONDS = 0.01;

  /** The machine's CPU time since boot, in ticks. */
  record Cpu(long busy, long all) {}

  private Proc() {}

  /** The process and all it has started, itself first. */
  static List<Long> tree(long pid) {
    var pids = new ArrayList<Long>();
    ProcessHandle.of(pid)
        .ifPresent(root -> {
          pids.add(root.pid());
          root.descendants().forEach(child -> pids.add(child.pid()));
        });
    return pids;
  }

  /**
   * Bytes that these processes hold: the sum of their proportional set sizes, so that pages which
   * workers share are counted once. A process that has ended meanwhile counts nothing.
   */
  static long memory(List<Long> pids) {
    long kib = 0;
    for (long pid : pids) {
      kib += field(Path.of("/proc/" + pid + "/smaps_rollup"), "Pss:");
    }
    return kib * 1024;
  }

  /**
   * User and system time of these processes in ticks, children that they have waited for included.
   */
  static long ticks(List<Long> pids) {
    long sum = 0;
    for (long pid : pids) {
      String[] fields = fields(read(Path.of("/proc/" + pid + "/stat")));
      if (fields.length > 14) {
        for (int i = 11; i <= 14; i++) {
          sum += Long.parseLong(fields[i]);
        }
      }
    }
    return sum;
  }

  /** The priorities of all threads of these processes, as nice(1) has them. */
  static SortedSet<Integer> nice(List<Long> pids) {
    var all = new TreeSet<Integer>();
    for (long pid : pids) {
      try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
        threads.forEach(thread -> {
          String[] fields = fields(read(thread.resolve("stat")));
          if (fields.length > 16) {
            all.add(Integer.parseInt(fields[16]));
          }
        });
      } catch (IOException gone) {
        // A process that has ended has no threads.
      }
    }
    return all;
  }

  /**
   * What follows the name in a stat file, from its field 3; the name, in brackets, may hold spaces.
   */
  private static String[] fields(String stat) {
    return stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
  }

  static Cpu machine() {
    String[] fields = read(Path.of("/proc/stat")).lines().findFirst().orElse("").split(" +", -1);
    long all = 0;
    long idle = 0;
    // user nice system idle iowait irq softirq steal; guest time is already within user.
    for (int i = 1; i < Math.min(fields.length, 9); i++) {
      long ticks = Long.parseLong(fields[i]);
      all += ticks;
      if (i == 4 || i == 5) {
        idle += ticks;
      }
    }
    return new Cpu(all - idle, all);
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException gone) {
      return "";
    }
  }

  /** The number behind a name in files such as /proc/meminfo, 0 when there is none. */
  static long field(Path file, String name) {
    return read(file)
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).strip().split(" ", 2)[0])
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(0);
  }
}
