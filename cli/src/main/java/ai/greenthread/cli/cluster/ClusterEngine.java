package ai.greenthread.cli.cluster;

import ai.greenthread.cli.client.Answer;
import ai.greenthread.cli.client.ChatApi;
import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.EventFeed;
import ai.greenthread.cli.client.LogQuery;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.client.PutMode;
import ai.greenthread.cli.client.Reach;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.render.Naming;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.gson.JsonObject;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The engine on a cluster: objects through the API server, sidecars through its proxy. */
public final class ClusterEngine implements Engine {
  /** Where the engine is, unless the environment says otherwise. */
  private static final String SYSTEM = "greenthread-system";

  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  private final ClusterContext where;
  private final String system;
  private final Reach reach;
  private final Consumer<String> notes;
  private final ClusterFailures failures;
  private final ClusterApi api;
  private final ReplicaPods pods;
  private final ClusterObjects objects;

  /**
   * Connects to nothing yet.
   *
   * @param system namespace of the engine; empty for the usual one
   * @param reach the namespaces of interest
   * @param notes hears what a person should know though it is no failure
   */
  public ClusterEngine(
      ClusterContext where, Optional<String> system, Reach reach, Consumer<String> notes) {
    this.where = where;
    this.system = system.orElse(SYSTEM);
    this.reach = reach;
    this.notes = notes;
    this.failures = new ClusterFailures(where, this.system);
    this.api = new ClusterApi(where, failures);
    this.pods = new ReplicaPods(api, failures);
    this.objects = new ClusterObjects(api, where, this.system, notes);
  }

  @Override
  public JsonNode version() {
    return new Installation(api, where, system, failures).describe();
  }

  @Override
  public JsonNode modelList() {
    return ClusterApi.node(objects.models(reach));
  }

  @Override
  public Optional<ModelView> find(ModelRef model) {
    return objects.model(model).map(tree -> new ModelView(ClusterApi.node(tree)));
  }

  @Override
  public JsonNode gpuList() {
    return ClusterApi.node(objects.gpus());
  }

  @Override
  public String defaultNamespace() {
    return where.namespace();
  }

  @Override
  public Answer put(ModelRef model, JsonNode manifest, PutMode mode) {
    JsonObject wanted = Submitted.object(manifest, model);
    var answer = new ServerSideApply(api, notes).put(model, wanted, mode);
    if (answer.ok()) {
      Trees.at(answer.body(), "metadata").remove("managedFields");
      // Only while nothing is stored yet: afterwards it would be too late to refuse.
      return (mode.dryRun() ? Submitted.dropped(wanted, answer.body()) : Optional.<Answer>empty())
          .orElseGet(() -> new Answer(answer.status(), ClusterApi.node(answer.body())));
    }
    List<FieldConflict> conflicts = FieldConflict.in(answer);
    if (!conflicts.isEmpty()) {
      String path = Resource.MODEL.path(model.namespace(), model.name());
      return Submitted.conflict(conflicts, api.get(path, "read Model " + model));
    }
    return Submitted.refusal(answer).orElseThrow(() -> api.refused("apply Model " + model, answer));
  }

  @Override
  public JsonNode delete(ModelRef model) {
    String path = Resource.MODEL.path(model.namespace(), model.name());
    String what = "delete Model " + model;
    JsonObject last = api.get(path, what);
    Trees.at(last, "metadata").remove("managedFields");
    api.expect(api.ask(raw -> raw.delete(path, Trees.uid(last))), what);
    long deadline = System.nanoTime() + ClusterApi.PATIENT.toNanos();
    while (System.nanoTime() < deadline) {
      var now = api.ask(raw -> raw.get(path));
      if (now.status() == 404 || (now.ok() && !Trees.uid(now.body()).equals(Trees.uid(last)))) {
        return ClusterApi.node(last);
      }
      api.expect(now, what);
      rest();
    }
    throw new CliException(
        ExitCode.FAILED,
        "Model " + model + " is still being deleted after " + ClusterApi.PATIENT.toMinutes() + "m",
        "its finalizer "
            + Naming.FINALIZER
            + " goes when its pods have: is the controller up?"
            + " gtctl status");
  }

  private static void rest() {
    try {
      Thread.sleep(LOOK_AGAIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(ExitCode.FAILED, "interrupted", "run the command again", e);
    }
  }

  @Override
  public JsonNode transition(ModelRef model, String verb) {
    List<ReplicaPods.Replica> replicas = require(model).stream().map(pods::requireRunning).toList();
    return new Orders(api, failures).give(replicas, verb);
  }

  /** Its pods, of which there is one at least. */
  private List<ReplicaPods.Replica> require(ModelRef model) {
    List<ReplicaPods.Replica> replicas = pods.of(model);
    if (!replicas.isEmpty()) {
      return replicas;
    }
    ModelView view =
        new ModelView(
            ClusterApi.node(
                api.get(
                    Resource.MODEL.path(model.namespace(), model.name()), "read Model " + model)));
    throw new CliException(
        ExitCode.FAILED,
        "Model " + model + " has no pod" + view.unplaced().map(why -> ": " + why).orElse(""),
        "see why: gtctl describe model " + model);
  }

  @Override
  public InputStream logs(ModelRef model, LogQuery query) {
    List<ReplicaPods.Replica> all = require(model);
    ReplicaPods.Replica replica =
        query.replica().isEmpty()
            ? all.getFirst()
            : all.stream()
                .filter(each -> each.ordinal() == query.replica().getAsInt())
                .findFirst()
                .orElseThrow(() ->
                    new CliException(
                        ExitCode.NOT_FOUND,
                        "Model " + model + " has no replica " + query.replica().getAsInt(),
                        "there are: "
                            + String.join(
                                ", ", all.stream().map(ReplicaPods.Replica::name).toList())));
    pods.requireRunning(replica);
    String path =
        replica.path()
            + "/log?container="
            + Naming.INFERENCE
            + "&tailLines="
            + query.tail()
            + "&follow="
            + query.follow();
    return api.open(
            "GET", path, "text/plain, */*", Optional.empty(), "get the log of " + replica.name())
        .body();
  }

  @Override
  public EventFeed events(Optional<ModelRef> model, int replay) {
    Reach within =
        model.<Reach>map(ref -> new Reach.Only(ref.namespace())).orElseGet(() -> eventReach());
    ClusterEvents feed =
        ClusterEvents.open(
            api, new ClusterEvents.Scope(within.namespace(), model.map(ModelRef::name), replay));
    feed.refusal()
        .ifPresent(
            why -> notes.accept("only what the controller tells is shown: " + why.message()));
    return feed;
  }

  /** As for Models: whoever may not see the events of all namespaces gets those of their own. */
  private Reach eventReach() {
    boolean all =
        !(reach instanceof Reach.Visible)
            || api.ask(raw -> raw.get(ClusterEvents.eventsPath(Optional.empty()) + "?limit=1"))
                    .status()
                != ClusterObjects.FORBIDDEN;
    if (all) {
      return reach;
    }
    notes.accept(
        "you may not list Events of all namespaces; these are those of "
            + where.namespace()
            + ", for others: -n NAMESPACE");
    return new Reach.Only(where.namespace());
  }

  @Override
  public ModelView closeUp(ModelView model) {
    ObjectNode copy = model.json().deepCopy();
    try {
      CloseUp.of(api, pods.of(model.ref()), copy);
    } catch (CliException notAllowed) {
      // What the objects tell has to do.
    }
    return new ModelView(copy);
  }

  @Override
  public ChatApi chat(ModelView model, boolean throughProxy) {
    if (throughProxy) {
      throw new CliException(
          ExitCode.USAGE,
          "--proxy is for the engine on this machine; on a cluster gtctl chat goes through the API"
              + " server",
          "leave --proxy out");
    }
    List<String> serving =
        model.replicaStatuses().stream()
            .filter(replica -> replica.state().equals("serving"))
            .map(ModelView.Replica::name)
            .toList();
    List<ReplicaPods.Replica> all = require(model.ref());
    ReplicaPods.Replica replica =
        all.stream()
            .filter(each -> each.notYet().isEmpty() && serving.contains(each.name()))
            .findFirst()
            .or(() -> all.stream().filter(each -> each.notYet().isEmpty()).findFirst())
            .orElseGet(all::getFirst);
    return new ClusterChat(api, where.server(), pods.requireRunning(replica));
  }

  @Override
  public void requireAlive() {
    api.get("/version", "ask for the version");
  }

  @Override
  public void close() {
    api.close();
  }
}
