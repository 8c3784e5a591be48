package ai.greenthread.k8s.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.crd.Resource;
import java.io.IOException;
import org.junit.jupiter.api.Test;

@RealControlPlane(definitions = Definitions.NEWEST)
class AggregationTest {
  @Test
  void objectsAreMetAtTheApiServerAndTheirDefinitionsAtTheNewerOneBehindIt(ControlPlane plane)
      throws IOException {
    Answer version = plane.definitions().get("/version");
    System.getLogger(AggregationTest.class.getName())
        .log(System.Logger.Level.INFO, "definitions kept by Kubernetes {0}", version.body());

    assertThat(ServerVersion.of(version.body()).atLeast(1, 25)).isTrue();
    String definition = Resource.DEFINITIONS + "/models." + Resource.GROUP;
    assertThat(plane.definitions().get(definition).ok()).isTrue();
    assertThat(plane.api().get(definition).status()).isEqualTo(404);
    assertThat(plane.api().get(Resource.MODEL.path()).ok()).isTrue();
  }
}
