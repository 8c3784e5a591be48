package ai.greenthread.scheduling.sidecar;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.RuntimeCapabilities;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** A server that uses as much memory and answers as a test says. */
final class ScriptedRuntime implements InferenceRuntime {
  private final List<String> calls = new ArrayList<>();
  private final Map<GpuId, Bytes> memory = new HashMap<>();
  private Bytes awake = Bytes.ZERO;
  private Bytes asleep = Bytes.ZERO;
  private int looksUntilGone;
  private String answer = "Paris";
  private Optional<String> unwell = Optional.empty();
  private boolean staysAlive = true;
  private Optional<String> obstacle = Optional.empty();
  private Optional<String> refusal = Optional.empty();

  ScriptedRuntime uses(Bytes whileAwake, Bytes whileAsleep) {
    awake = whileAwake;
    asleep = whileAsleep;
    return this;
  }

  /** Memory is seen to be back only after so many looks. */
  ScriptedRuntime lingers(int looks) {
    looksUntilGone = looks;
    return this;
  }

  ScriptedRuntime answers(String text) {
    answer = text;
    return this;
  }

  ScriptedRuntime isUnwell(String why) {
    unwell = Optional.of(why);
    return this;
  }

  ScriptedRuntime cannotStart(String why) {
    obstacle = Optional.of(why);
    return this;
  }

  @Override
  public Optional<String> obstacle() {
    return obstacle;
  }

  ScriptedRuntime endsWhenAsleep() {
    staysAlive = false;
    return this;
  }

  ScriptedRuntime refusesWith(String message) {
    refusal = Optional.of(message);
    return this;
  }

  ScriptedRuntime obeys() {
    refusal = Optional.empty();
    return this;
  }

  /** As if an earlier engine had left it running. */
  ScriptedRuntime isUsing(GpuId device, Bytes bytes) {
    memory.put(device, bytes);
    return this;
  }

  List<String> calls() {
    return calls;
  }

  private void called(String what) throws RuntimeFailure {
    calls.add(what);
    if (refusal.isPresent()) {
      throw new RuntimeFailure(refusal.get());
    }
  }

  @Override
  public RuntimeCapabilities capabilities() {
    return new RuntimeCapabilities(staysAlive, false);
  }

  @Override
  public URI endpoint() {
    return URI.create("http://127.0.0.1:1");
  }

  @Override
  public void wake(List<GpuId> devices, Duration limit) throws RuntimeFailure {
    called("wake");
    devices.forEach(device -> memory.put(device, awake));
  }

  @Override
  public void sleep(Duration limit) throws RuntimeFailure {
    called("sleep");
    memory.replaceAll((_, _) -> asleep);
  }

  @Override
  public void stop(Duration limit) throws RuntimeFailure {
    called("stop");
    if (looksUntilGone == 0) {
      memory.clear();
    }
  }

  @Override
  public Optional<String> probe() {
    return unwell;
  }

  @Override
  public OptionalInt inFlight() {
    return OptionalInt.empty();
  }

  @Override
  public Map<GpuId, Bytes> footprint() {
    if (calls.contains("stop") && looksUntilGone > 0 && --looksUntilGone == 0) {
      memory.clear();
    }
    return Map.copyOf(memory);
  }

  @Override
  public Optional<String> canary(Duration limit) throws RuntimeFailure {
    called("canary");
    return Optional.of(answer);
  }

  @Override
  public void onDeath(Consumer<String> listener) {}
}
