package ai.greenthread.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.gpu.ProcessOwners.Owner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessOwnersTest {
  private static final String UID = "7c1e4a0b-52d9-4c3f-9f6e-0a1b2c3d4e5f";
  private static final String OTHER = "00000000-0000-4000-8000-000000000001";

  @TempDir private Path proc;
  private ProcessOwners owners;

  @BeforeEach
  void agentOfAnotherPod() throws IOException {
    owners = new ProcessOwners(proc);
    Files.createDirectories(proc.resolve("self"));
    Files.writeString(proc.resolve("self/cgroup"), "0::/\n");
  }

  private void process(long pid, String cgroup, String environment) throws IOException {
    Path folder = Files.createDirectories(proc.resolve(Long.toString(pid)));
    Files.writeString(folder.resolve("cgroup"), cgroup);
    Files.writeString(folder.resolve("environ"), environment);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod7c1e4a0b_52d9_4c3f_9f6e_0a1b2c3d4e5f.slice/cri-containerd-89ab.scope",
        "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod7c1e4a0b_52d9_4c3f_9f6e_0a1b2c3d4e5f.slice/crio-89ab.scope",
        "0::/kubepods.slice/kubepods-pod7c1e4a0b_52d9_4c3f_9f6e_0a1b2c3d4e5f.slice/crio-89ab.scope/container",
        "0::/../../kubepods-burstable-pod7c1e4a0b_52d9_4c3f_9f6e_0a1b2c3d4e5f.slice/cri-containerd-89ab.scope",
        "0::/kubepods/besteffort/pod7c1e4a0b-52d9-4c3f-9f6e-0a1b2c3d4e5f/89ab",
        "0::/kubepods/pod7c1e4a0b-52d9-4c3f-9f6e-0a1b2c3d4e5f/89ab",
        "0::/kubepods/burstable/pod7C1E4A0B-52D9-4C3F-9F6E-0A1B2C3D4E5F",
        "0::/kubepods/pod7c1e4a0b-52d9-4c3f-9f6e-0a1b2c3d4e5f (deleted)",
        "12:memory:/kubepods/burstable/pod7c1e4a0b-52d9-4c3f-9f6e-0a1b2c3d4e5f/89ab\n1:name=systemd:/kubepods/burstable/pod7c1e4a0b-52d9-4c3f-9f6e-0a1b2c3d4e5f/89ab\n0::/",
        "4:cpu,cpuacct:/\n1:name=systemd:/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod7c1e4a0b_52d9_4c3f_9f6e_0a1b2c3d4e5f.slice/docker-89ab.scope",
        "5:devices:/system.slice/containerd.service/kubepods-besteffort-pod7c1e4a0b_52d9_4c3f_9f6e_0a1b2c3d4e5f.slice:cri-containerd:89ab",
        "0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod7c1e4a0b_52d9_4c3f_9f6e_0a1b2c3d4e5f.slice/cri-containerd-89ab.scope",
        "0::/docker/4f53/kubelet/kubepods/besteffort/pod7c1e4a0b-52d9-4c3f-9f6e-0a1b2c3d4e5f/89ab",
        "0::/kubepods/pod00000000-0000-4000-8000-000000000001/89ab/kubepods/pod7c1e4a0b-52d9-4c3f-9f6e-0a1b2c3d4e5f/cdef",
      })
  void theControlGroupNamesThePodInAnySpelling(String cgroup) throws IOException {
    process(7, cgroup + "\n", "POD_UID=" + OTHER + "\0");

    assertThat(owners.of(7)).isEqualTo(new Owner.Pod(UID));
  }

  @Test
  void aPodFromAFileOfTheNodeHasAHashForItsUid() throws IOException {
    String hash = "0123456789abcdef0123456789abcdef";
    process(7, "0::/kubepods/burstable/pod" + hash + "/89ab\n", "");
    process(8, "0::/kubepods.slice/kubepods-pod" + hash + ".slice/crio-1.scope\n", "");

    assertThat(owners.of(7)).isEqualTo(new Owner.Pod(hash));
    assertThat(owners.of(8)).isEqualTo(new Owner.Pod(hash));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0::/",
        "0::/system.slice/ssh.service",
        "0::/machine.slice/libpod-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope",
        "0::/machine.slice/machine-libpod_pod_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.slice",
        "0::/user.slice/pod7c1e4a0b-52d9-4c3f-9f6e",
        "0::/kubepods/pod7c1e4a0b-52d9-4c3f-9f6e-0a1b2c3d4e5f0",
        "",
      })
  void elseTheProcessesOwnVariableDoes(String cgroup) throws IOException {
    process(7, cgroup + "\n", "PATH=/bin\0POD_UID=" + UID + "\0XPOD_UID=x\0");
    process(8, cgroup + "\n", "PATH=/bin\0XPOD_UID=" + UID + "\0");
    process(9, cgroup + "\n", "POD_UID=not a uid\0");

    assertThat(owners.of(7)).isEqualTo(new Owner.Pod(UID));
    assertThat(owners.of(8)).isEqualTo(new Owner.NoPod());
    assertThat(owners.of(9)).isEqualTo(new Owner.NoPod());
  }

  @Test
  void whoRunsInAPodItselfTellsItsOwnProcessesApartByTheVariable() throws IOException {
    String mine = "0::/kubepods/pod" + OTHER + "/89ab\n";
    Files.writeString(proc.resolve("self/cgroup"), mine);
    process(7, mine, "POD_UID=" + UID + "\0");
    process(8, mine, "PATH=/bin\0");

    assertThat(owners.of(7)).isEqualTo(new Owner.Pod(UID));
    assertThat(owners.of(8)).isEqualTo(new Owner.Pod(OTHER));
  }

  @Test
  void whatCannotBeToldIsNotNoPod() throws IOException {
    process(7, "0::/\n", "");
    process(8, "0::/\n", "");
    Files.delete(proc.resolve("8/environ"));
    process(9, "0::/\n", "");
    Files.delete(proc.resolve("9/cgroup"));

    assertThat(owners.of(7)).isInstanceOf(Owner.Unknown.class);
    assertThat(owners.of(8)).isInstanceOf(Owner.Unknown.class);
    assertThat(owners.of(9)).isInstanceOf(Owner.Unknown.class);
    assertThat(owners.of(10)).isEqualTo(new Owner.NotThere());
  }

  @Test
  void theKernelsOwnFilesAreUnderstood() throws IOException, InterruptedException {
    ProcessBuilder sleeping = new ProcessBuilder("sleep", "60");
    sleeping.environment().put("POD_UID", UID);
    Process process = sleeping.start();
    try {
      ProcessOwners here = new ProcessOwners(Path.of("/proc"));

      assertThat(here.of(process.pid())).isEqualTo(new Owner.Pod(UID));
      assertThat(here.all()).contains(process.pid(), ProcessHandle.current().pid());
    } finally {
      process.destroy();
      process.waitFor();
    }
  }
}
