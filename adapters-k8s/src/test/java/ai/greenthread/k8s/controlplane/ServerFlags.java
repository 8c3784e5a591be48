package ai.greenthread.k8s.controlplane;

import java.util.List;

/**
 * Flags that a test adds to the usual ones of each server; one given here comes last, so that it
 * wins over a usual one. Those of the API server are also those of the server of definitions behind
 * it, if there is one, as it is made of the same library.
 */
public record ServerFlags(
    List<String> apiServer, List<String> controllerManager, List<String> scheduler) {
  public ServerFlags {
    apiServer = List.copyOf(apiServer);
    controllerManager = List.copyOf(controllerManager);
    scheduler = List.copyOf(scheduler);
  }

  public static ServerFlags none() {
    return new ServerFlags(List.of(), List.of(), List.of());
  }

  public ServerFlags apiServer(String... flags) {
    return new ServerFlags(List.of(flags), controllerManager, scheduler);
  }

  public ServerFlags controllerManager(String... flags) {
    return new ServerFlags(apiServer, List.of(flags), scheduler);
  }
}
