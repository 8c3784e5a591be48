package ai.greenthread.cli.cluster;

import ai.greenthread.cli.client.ChatApi;
import ai.greenthread.k8s.client.OpenAnswer;
import com.google.gson.JsonParser;
import java.net.URI;
import java.util.Optional;

/** The chat API of one replica, through the API server. */
final class ClusterChat implements ChatApi {
  private static final String COMPLETIONS = "/v1/chat/completions";

  private final ClusterApi api;
  private final String server;
  private final ReplicaPods.Replica replica;

  ClusterChat(ClusterApi api, String server, ReplicaPods.Replica replica) {
    this.api = api;
    this.server = server;
    this.replica = replica;
  }

  @Override
  public URI url() {
    return URI.create(server + replica.sidecar(COMPLETIONS));
  }

  @Override
  public Reply ask(String request) {
    OpenAnswer answer =
        api.open(
            "POST",
            replica.sidecar(COMPLETIONS),
            "text/event-stream",
            Optional.of(JsonParser.parseString(request)),
            "talk to " + replica.name());
    return new Reply(answer.status(), answer.body());
  }

  /** Its connections are the engine's. */
  @Override
  public void close() {}
}
