package ai.greenthread.k8s.crd;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.ControlPlane;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The objects of one kind in one namespace, as a test writes and reads them. */
final class Objects {
  private static final String TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
  private static final int UNPROCESSABLE = 422;

  private final JsonApi api;
  private final Resource resource;
  private final String namespace;

  Objects(JsonApi api, Resource resource, String namespace) {
    this.api = api;
    this.resource = resource;
    this.namespace = namespace;
  }

  Answer create(String name, String spec) throws IOException {
    JsonObject metadata = new JsonObject();
    metadata.addProperty("name", name);
    JsonObject object = new JsonObject();
    object.addProperty("apiVersion", Resource.API_VERSION);
    object.addProperty("kind", resource.kind());
    object.add("metadata", metadata);
    object.add("spec", JsonParser.parseString(spec));
    return api.create(resource.path(namespace), object);
  }

  JsonObject get(String name) throws IOException {
    return ControlPlane.demand(api.get(resource.path(namespace, name)), "read " + name).body();
  }

  long generation(String name) throws IOException {
    return get(name).getAsJsonObject("metadata").get("generation").getAsLong();
  }

  void patch(String name, String change) throws IOException {
    ControlPlane.demand(
        api.mergePatch(resource.path(namespace, name), JsonParser.parseString(change)),
        "patch " + name);
  }

  void patchStatus(String name, String change) throws IOException {
    ControlPlane.demand(
        api.mergePatch(resource.statusPath(namespace, name), JsonParser.parseString(change)),
        "patch the status of " + name);
  }

  /** A subresource such as {@code scale}. */
  Answer patchPart(String name, String part, String change) throws IOException {
    return api.mergePatch(
        resource.path(namespace, name) + "/" + part, JsonParser.parseString(change));
  }

  void refuses(String name, String spec, String field) throws IOException {
    refused(create(name, spec), field);
  }

  void refusesStatus(String name, String status, String field) throws IOException {
    JsonObject change = new JsonObject();
    change.add("status", JsonParser.parseString(status));
    refused(api.mergePatch(resource.statusPath(namespace, name), change), field);
  }

  private static void refused(Answer answer, String field) {
    assertThat(answer.status()).as(answer.describe()).isEqualTo(UNPROCESSABLE);
    assertThat(answer.message()).contains(field);
  }

  /** The columns that {@code kubectl get} shows, without those of {@code -o wide}. */
  List<String> columns() throws IOException {
    List<String> names = new ArrayList<>();
    for (JsonElement column : table().getAsJsonArray("columnDefinitions")) {
      if (column.getAsJsonObject().get("priority").getAsInt() == 0) {
        names.add(column.getAsJsonObject().get("name").getAsString());
      }
    }
    return names;
  }

  /** What stands in these columns for one object. */
  List<String> row(String name) throws IOException {
    int shown = columns().size();
    for (JsonElement row : table().getAsJsonArray("rows")) {
      JsonArray cells = row.getAsJsonObject().getAsJsonArray("cells");
      if (cells.get(0).getAsString().equals(name)) {
        List<String> texts = new ArrayList<>();
        for (JsonElement cell : cells.asList().subList(0, shown)) {
          texts.add(cell.isJsonNull() ? "" : cell.getAsString());
        }
        return texts;
      }
    }
    throw new AssertionError("no row for " + name);
  }

  private JsonObject table() throws IOException {
    return ControlPlane.demand(api.get(resource.path(namespace), TABLE), "list as a table").body();
  }
}
