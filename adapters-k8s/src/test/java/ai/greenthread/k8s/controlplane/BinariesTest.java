package ai.greenthread.k8s.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.controlplane.Binaries.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinariesTest {
  @TempDir Path home;

  private Path program(String folder, Program program) throws IOException {
    Path file = home.resolve(folder).resolve(program.file());
    Files.createDirectories(file.getParent());
    Files.writeString(file, "");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  @Test
  void aProgramsOwnVariableComesFirstThenTheAssetsThenTheCache() throws IOException {
    Path cached = program(".local/share/kubebuilder-envtest/k8s/1.20.2-linux-amd64", Program.ETCD);
    assertThat(Binaries.of(Map.of(), home).find(Program.ETCD)).contains(cached);

    Path asset = program("assets", Program.ETCD);
    Map<String, String> assets = Map.of("KUBEBUILDER_ASSETS", home.resolve("assets").toString());
    assertThat(Binaries.of(assets, home).find(Program.ETCD)).contains(asset);

    Map<String, String> own =
        Map.of(
            "KUBEBUILDER_ASSETS",
            home.resolve("assets").toString(),
            "TEST_ASSET_ETCD",
            "/opt/etcd");
    assertThat(Binaries.of(own, home).find(Program.ETCD)).contains(Path.of("/opt/etcd"));
  }

  @Test
  void theNewestVersionOfTheCacheIsTakenAndHalfBuiltOnesAreNot() throws IOException {
    String cache = "data/kubebuilder-envtest/k8s/";
    program(cache + "1.9.9-linux-amd64", Program.API_SERVER);
    Path newest = program(cache + "1.20.2-linux-amd64", Program.API_SERVER);
    program(cache + "1.31.0-linux-amd64.tmp", Program.API_SERVER);
    Map<String, String> data = Map.of("XDG_DATA_HOME", home.resolve("data").toString());

    assertThat(Binaries.of(data, home).find(Program.API_SERVER)).contains(newest);
  }

  @Test
  void whatIsMissingIsNamedWithTheWayToGetIt() throws IOException {
    program("assets", Program.ETCD);
    Map<String, String> assets = Map.of("KUBEBUILDER_ASSETS", home.resolve("assets").toString());

    assertThat(Binaries.of(assets, home).missing(Program.ETCD)).isEmpty();
    assertThat(Binaries.of(assets, home).missing(Program.ETCD, Program.SCHEDULER))
        .hasValueSatisfying(words ->
            assertThat(words)
                .startsWith("no kube-scheduler on this machine")
                .contains("scripts/install-control-plane"));
  }

  @Test
  void theServerOfDefinitionsHasACacheOfItsOwnWhereItsVersionSaysNothingOfTheOthers()
      throws IOException {
    assertThat(Binaries.of(Map.of(), home).missing(Program.DEFINITIONS))
        .hasValueSatisfying(words ->
            assertThat(words)
                .startsWith("no apiextensions-apiserver on this machine")
                .contains("scripts/install-newest-definitions")
                .doesNotContain("scripts/install-control-plane"));

    String cache = ".local/share/kubebuilder-envtest/";
    Path old = program(cache + "k8s/1.20.2-linux-amd64", Program.API_SERVER);
    Path newest =
        program(cache + "apiextensions-apiserver/0.37.2-linux-amd64", Program.DEFINITIONS);
    assertThat(Binaries.of(Map.of(), home).find(Program.DEFINITIONS)).contains(newest);
    assertThat(Binaries.of(Map.of(), home).find(Program.API_SERVER)).contains(old);
  }

  @Test
  void controllersAreNotTakenFromAnotherVersionThanTheApiServer() throws IOException {
    String cache = ".local/share/kubebuilder-envtest/k8s/1.20.2-linux-amd64";
    program(cache, Program.API_SERVER);
    Path controllers = program(cache, Program.CONTROLLER_MANAGER);
    assertThat(Binaries.of(Map.of(), home).find(Program.CONTROLLER_MANAGER)).contains(controllers);

    program("assets", Program.API_SERVER);
    Map<String, String> assets = Map.of("KUBEBUILDER_ASSETS", home.resolve("assets").toString());
    assertThat(Binaries.of(assets, home).missing(Program.API_SERVER, Program.CONTROLLER_MANAGER))
        .hasValueSatisfying(words -> assertThat(words).startsWith("no kube-controller-manager"));
  }
}
