package ai.greenthread.k8s.admission;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.FleetRules;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelRef;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** What there is beside the object that is judged. */
public interface Fleet {
  /**
   * A Model that exists.
   *
   * @param modelName the name that requests carry
   * @param model the whole of it, where it can be read
   * @param measured bytes on each device while serving, where they were measured
   */
  record Declared(
      ModelRef ref, String modelName, Optional<Model> model, Optional<Bytes> measured) {}

  /**
   * The Models of all namespaces, as they are now.
   *
   * @throws IOException when nobody answers
   */
  List<Declared> models() throws IOException;

  /**
   * All devices.
   *
   * @throws IOException when nobody answers
   */
  List<FleetRules.Device> devices() throws IOException;
}
