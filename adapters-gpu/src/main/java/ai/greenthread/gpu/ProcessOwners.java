package ai.greenthread.gpu;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which pod a process belongs to, from {@code /proc}: its control group names the pod, in whichever
 * way the node's kubelet spells it; where it names none, the process's own variable {@code POD_UID}
 * does. To see the processes of all pods, the caller has to see the host's: {@code hostPID} in a
 * container.
 */
public final class ProcessOwners {
  /** The variable that a pod's containers carry for nodes whose control groups name no pods. */
  static final String POD_UID = "POD_UID";

  /**
   * A pod's uid, or the hash that the kubelet gives to a pod from a file; systemd's names have
   * underscores for hyphens.
   */
  private static final String UID =
      "[0-9a-fA-F]{8}(?:[-_][0-9a-fA-F]{4}){3}[-_][0-9a-fA-F]{12}|[0-9a-fA-F]{32}";

  private static final Pattern ONLY_UID = Pattern.compile(UID);

  /**
   * {@code /kubepods/burstable/pod<uid>/…} of cgroupfs, {@code kubepods-burstable-pod<uid>.slice}
   * of systemd, at any depth, as a kubelet may itself run in a group.
   */
  private static final Pattern POD_GROUP =
      Pattern.compile("(?<=[/-])pod(" + UID + ")(?:\\.slice)?(?=[/:\\s]|$)");

  private final Path proc;

  /**
   * @param proc where the kernel's process files are: {@code /proc}
   */
  public ProcessOwners(Path proc) {
    this.proc = proc;
  }

  /** Whose a process is. */
  public sealed interface Owner {
    /** It belongs to the pod with this uid, in lower case and with hyphens. */
    record Pod(String uid) implements Owner {}

    /** It is there and belongs to no pod. */
    record NoPod() implements Owner {}

    /** There is no such process to be seen. */
    record NotThere() implements Owner {}

    /**
     * It cannot be told.
     *
     * @param reason for people
     */
    record Unknown(String reason) implements Owner {}
  }

  /** Whose the process is now. */
  public Owner of(long pid) {
    if (!Files.exists(directory(pid))) {
      return new Owner.NotThere();
    }
    Optional<String> group;
    try {
      group = group(Long.toString(pid));
    } catch (IOException e) {
      return absentOr(pid, "its control group cannot be read");
    }
    // A caller that runs in a pod itself tells what it started by the variable.
    if (group.isPresent() && !group.equals(own())) {
      return new Owner.Pod(group.get());
    }
    Map<String, String> environment;
    try {
      environment = environment(pid);
    } catch (IOException e) {
      return group
          .<Owner>map(Owner.Pod::new)
          .orElseGet(() -> absentOr(pid, "its environment cannot be read"));
    }
    Optional<String> told =
        Optional.ofNullable(environment.get(POD_UID)).flatMap(ProcessOwners::uid).or(() -> group);
    if (told.isPresent()) {
      return new Owner.Pod(told.get());
    }
    // The environment goes before the process does, and what the process holds goes after both.
    return environment.isEmpty()
        ? absentOr(pid, "it has no environment: it may be ending")
        : new Owner.NoPod();
  }

  private Owner absentOr(long pid, String reason) {
    return Files.exists(directory(pid))
        ? new Owner.Unknown("whose process " + pid + " is cannot be told: " + reason)
        : new Owner.NotThere();
  }

  private Optional<String> own() {
    try {
      return group("self");
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The innermost pod that the control groups name; with version 1 there is one for each kind. */
  private Optional<String> group(String process) throws IOException {
    Optional<String> innermost = Optional.empty();
    for (String line : Files.readAllLines(proc.resolve(process).resolve("cgroup"), ISO_8859_1)) {
      Matcher pod = POD_GROUP.matcher(line);
      while (pod.find()) {
        innermost = Optional.of(normal(pod.group(1)));
      }
    }
    return innermost;
  }

  /** A pod's uid as the API server writes it; empty where the text is none. */
  public static Optional<String> uid(String text) {
    return ONLY_UID.matcher(text).matches() ? Optional.of(normal(text)) : Optional.empty();
  }

  private static String normal(String uid) {
    return uid.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The environment that the process was started with; empty where the process is ending. */
  Map<String, String> environment(long pid) throws IOException {
    Map<String, String> variables = new HashMap<>();
    String all = Files.readString(directory(pid).resolve("environ"), ISO_8859_1);
    for (String variable : all.split("\0", -1)) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        variables.putIfAbsent(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    return variables;
  }

  /** Ids of all processes there are now. */
  List<Long> all() throws IOException {
    List<Long> pids = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path entry : entries) {
        pids.add(Long.valueOf(entry.getFileName().toString()));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } catch (NumberFormatException e) {
      throw new IOException(proc + " is not the kernel's list of processes", e);
    }
    return pids;
  }

  private Path directory(long pid) {
    return proc.resolve(Long.toString(pid));
  }
}
