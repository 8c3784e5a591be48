package ai.greenthread.k8s.controller;

import ai.greenthread.domain.model.Model;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.render.Access;
import ai.greenthread.k8s.render.Naming;
import ai.greenthread.k8s.render.PodTemplate;
import ai.greenthread.k8s.render.RenderSettings;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The accounts of Model pods and what these may do: given before the first pod of an account in a
 * namespace is made, and taken back once no Model and no pod uses it, for a pod that drains still
 * writes to GPU objects.
 *
 * <p>To give and to take back what one account has never happens at once. A Model is seen before
 * rights are given for it; so whoever takes back either sees that Model, and lets be, or is done
 * before, and has forgotten that the rights were given.
 */
final class Rights {
  private static final System.Logger LOG = System.getLogger(Rights.class.getName());
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  /** Nobody tells when somebody took rights away. */
  private static final Duration LAST = Duration.ofMinutes(10);

  private static final int LOCKS = 64;

  /** Fields of an account that is made here, with the tokens that older clusters give to all. */
  private static final Set<String> MADE_HERE = Set.of("apiVersion", "kind", "metadata", "secrets");

  private final JsonApi api;
  private final Sight sight;
  private final RenderSettings settings;
  private final InstantSource clock;

  /** When the rights of an account were last seen to by this process. */
  private final Map<Access.Account, Instant> granted = new ConcurrentHashMap<>();

  private final List<Lock> locks = new ArrayList<>();

  /** Accounts in use when last nothing was left to take back; only the sweep uses it. */
  private Set<Access.Account> before = Set.of();

  /**
   * Something was taken back, perhaps while the rest of it was being given, after the list was
   * read; only the sweep uses it.
   */
  private boolean again;

  Rights(JsonApi api, Sight sight, RenderSettings settings, InstantSource clock) {
    this.api = api;
    this.sight = sight;
    this.settings = settings;
    this.clock = clock;
    for (int i = 0; i < LOCKS; i++) {
      locks.add(new ReentrantLock());
    }
  }

  private Lock lock(Access.Account account) {
    return locks.get(Math.floorMod(account.hashCode(), LOCKS));
  }

  private Access.Account account(Model model) {
    return new Access.Account(model.ref().namespace(), PodTemplate.account(model, settings));
  }

  /** Gives the account of a Model's pods what they need; the Model has been seen. */
  void give(Model model) throws IOException {
    Access.Account account = account(model);
    Lock lock = lock(account);
    lock.lock();
    try {
      Instant now = clock.instant();
      if (now.minus(LAST).isBefore(granted.getOrDefault(account, Instant.MIN))) {
        return;
      }
      if (model.spec().serviceAccountName().isEmpty()) {
        make(Access.serviceAccount(account));
      }
      for (Access.Placed binding : Access.bindings(account, settings.systemNamespace())) {
        Answer answer = api.apply(binding.path(), binding.object(), Naming.MANAGER);
        if (!answer.ok()) {
          throw Refused.of("RoleBinding " + Trees.name(binding.object()), answer);
        }
      }
      granted.put(account, now);
    } finally {
      lock.unlock();
    }
  }

  /** One that is there stays its maker's: only what is made here carries our label. */
  private void make(Access.Placed account) throws IOException {
    String list = account.path().substring(0, account.path().lastIndexOf('/'));
    Answer answer = api.create(list, account.object());
    if (!answer.ok() && answer.status() != CONFLICT) {
      throw Refused.of("ServiceAccount " + Trees.name(account.object()), answer);
    }
  }

  /** A pod was refused: perhaps its namespace is a new one of the same name, without accounts. */
  void doubt(Model model) {
    granted.remove(account(model));
  }

  /**
   * Takes back what accounts have that nobody uses, whichever controller gave it. One thread calls
   * it.
   *
   * @param thorough asks the API server even if no account went out of use since the last time
   */
  void takeBack(boolean thorough) throws IOException {
    Set<Access.Account> used = used();
    if (!thorough && !again && used.containsAll(before) && used.containsAll(granted.keySet())) {
      before = used;
      return;
    }
    List<JsonObject> bindings = new ArrayList<>();
    api.list(Access.BINDINGS, Sight.OURS, bindings::add);
    Attempts attempts = new Attempts();
    again = false;
    for (JsonObject binding : bindings) {
      Access.holder(binding, settings.systemNamespace())
          .filter(account -> !used.contains(account))
          .ifPresent(account -> attempts.make(() -> takeBack(account, binding)));
    }
    attempts.end();
    before = used;
    granted.keySet().retainAll(used);
  }

  private void takeBack(Access.Account account, JsonObject binding) throws IOException {
    Lock lock = lock(account);
    lock.lock();
    try {
      if (used().contains(account)) {
        return;
      }
      granted.remove(account);
      again = true;
      // First, as it is by its bindings that an account is found.
      unmake(account);
      delete(Access.path(binding), binding);
      LOG.log(System.Logger.Level.INFO, "nobody uses {0}: its rights are taken back", account);
    } finally {
      lock.unlock();
    }
  }

  private void unmake(Access.Account account) throws IOException {
    String path = Access.serviceAccount(account).path();
    Answer answer = api.get(path);
    if (answer.ok() && isPlainlyOurs(answer.body())) {
      delete(path, answer.body());
    } else if (!answer.ok() && answer.status() != NOT_FOUND) {
      throw new IOException(path + " cannot be read: " + answer.describe());
    }
  }

  /**
   * It says no more than what is made here. The label alone proves nothing: earlier versions put it
   * on accounts that were there before.
   */
  private static boolean isPlainlyOurs(JsonObject account) {
    JsonObject metadata = Trees.at(account, "metadata");
    return Trees.label(account, Naming.MANAGED_BY).equals(Optional.of(Naming.GREENTHREAD))
        && Trees.at(metadata, "labels").size() == 1
        && !metadata.has("annotations")
        && MADE_HERE.containsAll(account.keySet());
  }

  private void delete(String path, JsonObject object) throws IOException {
    Answer answer = api.delete(path, Trees.uid(object));
    if (!answer.ok() && answer.status() != NOT_FOUND && answer.status() != CONFLICT) {
      throw new IOException(path + " cannot be deleted: " + answer.describe());
    }
  }

  /** The accounts of all Models that are there, whatever else is wrong with them, and of pods. */
  private Set<Access.Account> used() {
    Set<Access.Account> used = new HashSet<>();
    for (JsonObject model : sight.models.all()) {
      String own =
          Trees.text(Trees.at(model, "spec"), "serviceAccountName")
              .filter(name -> !name.isEmpty())
              .orElse(settings.account());
      used.add(new Access.Account(Trees.namespace(model), own));
    }
    for (JsonObject pod : sight.pods.all()) {
      Trees.text(Trees.at(pod, "spec"), "serviceAccountName")
          .ifPresent(name -> used.add(new Access.Account(Trees.namespace(pod), name)));
    }
    return used;
  }
}
