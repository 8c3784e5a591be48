package ai.greenthread.cli.cluster;

import ai.greenthread.cli.client.Reach;
import ai.greenthread.cli.outcome.NotAllowedException;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Reads Models and GPUs, as far as one may. */
final class ClusterObjects {
  static final int FORBIDDEN = 403;

  private final ClusterApi api;
  private final ClusterContext where;
  private final String system;
  private final Consumer<String> notes;
  private final AtomicBoolean narrowed = new AtomicBoolean();

  ClusterObjects(ClusterApi api, ClusterContext where, String system, Consumer<String> notes) {
    this.api = api;
    this.where = where;
    this.system = system;
    this.notes = notes;
  }

  /** The Models of some namespaces. */
  JsonObject models(Reach reach) {
    String what = "list Models";
    String path = reach.namespace().map(Resource.MODEL::path).orElseGet(Resource.MODEL::path);
    Answer answer = api.ask(raw -> raw.get(path));
    if (answer.status() == FORBIDDEN && reach instanceof Reach.Visible) {
      Answer own = api.ask(raw -> raw.get(Resource.MODEL.path(where.namespace())));
      if (own.ok()) {
        if (narrowed.compareAndSet(false, true)) {
          notes.accept(
              "you may not list Models of all namespaces; these are those of "
                  + where.namespace()
                  + ", for others: -n NAMESPACE");
        }
        answer = own;
      }
    }
    JsonObject list = api.expect(answer, what).body();
    List<DeviceRecord> records = records();
    Trees.items(list, "items").forEach(model -> CompletedModel.of(model, records));
    return list;
  }

  /** One Model, without what the ledger tells; empty where there is none of that name. */
  Optional<JsonObject> model(ModelRef model) {
    Answer answer = api.ask(raw -> raw.get(Resource.MODEL.path(model.namespace(), model.name())));
    if (answer.status() == 404 && ClusterFailures.ofAnObject(answer)) {
      return Optional.empty();
    }
    return Optional.of(
        CompletedModel.of(api.expect(answer, "read Model " + model).body(), List.of()));
  }

  /**
   * What the ledger says; nothing where one may not read it, since Models can be listed without.
   */
  private List<DeviceRecord> records() {
    try {
      return CompletedModel.records(Trees.items(gpus(), "items"));
    } catch (NotAllowedException noLedger) {
      return List.of();
    }
  }

  JsonObject gpus() {
    JsonObject list = api.get(Resource.GPU.path(system), "list GPUs");
    Trees.items(list, "items").forEach(gpu -> Trees.at(gpu, "metadata").remove("managedFields"));
    return list;
  }
}
