package ai.greenthread.k8s.client;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * Who says what of an object ({@code metadata.managedFields}). What one manager both made and
 * applies has two entries, and a field that it applies no more would stay by the first one; joined
 * to one it goes.
 */
public final class ManagedFields {
  private ManagedFields() {}

  /** Whether {@code manager} made or changed the object other than by server-side apply. */
  public static boolean isUpdatedBy(JsonObject object, String manager) {
    return entries(object).stream().anyMatch(entry -> isUpdate(object, entry, manager));
  }

  /**
   * The entries, with what {@code from} said by other means joined to what {@code to} applies.
   *
   * @return to be written by a merge patch, with the object's resourceVersion
   */
  public static JsonArray handedOver(JsonObject object, String from, String to) {
    JsonObject own = new JsonObject();
    JsonObject fields = new JsonObject();
    JsonArray result = new JsonArray();
    for (JsonObject entry : entries(object)) {
      boolean applied = is(object, entry, to, "Apply");
      if (applied || isUpdate(object, entry, from)) {
        own = applied || own.isEmpty() ? entry.deepCopy() : own;
        join(fields, Trees.at(entry, "fieldsV1"));
      } else {
        result.add(entry);
      }
    }
    own.addProperty("manager", to);
    own.addProperty("operation", "Apply");
    own.add("fieldsV1", fields);
    result.add(own);
    return result;
  }

  private static List<JsonObject> entries(JsonObject object) {
    return Trees.items(Trees.at(object, "metadata"), "managedFields");
  }

  private static boolean isUpdate(JsonObject object, JsonObject entry, String manager) {
    return is(object, entry, manager, "Update");
  }

  private static boolean is(JsonObject object, JsonObject entry, String manager, String operation) {
    return Trees.text(entry, "manager").equals(Optional.of(manager))
        && Trees.text(entry, "operation").equals(Optional.of(operation))
        && Trees.text(entry, "apiVersion").equals(Trees.text(object, "apiVersion"))
        && Trees.text(entry, "subresource").orElse("").isEmpty();
  }

  /** Adds the fields of one set to another; sets are trees of names. */
  private static void join(JsonObject into, JsonObject from) {
    from.entrySet()
        .forEach(field -> {
          if (into.get(field.getKey()) instanceof JsonObject has
              && field.getValue() instanceof JsonObject more) {
            join(has, more);
          } else {
            into.add(field.getKey(), field.getValue().deepCopy());
          }
        });
  }
}
