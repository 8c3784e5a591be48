package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.http.Exchange;
import ai.greenthread.runtimes.surface.ApiError;
import ai.greenthread.runtimes.surface.Departure;
import ai.greenthread.runtimes.surface.Json;
import ai.greenthread.runtimes.surface.Replies;
import ai.greenthread.runtimes.surface.VllmSurface;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Routes that the real one does not have: turn knobs, look inside, crash. For tests, on loopback.
 */
final class AdminRoutes {
  private final SimulatedVllm simulator;

  AdminRoutes(SimulatedVllm simulator) {
    this.simulator = simulator;
  }

  void addTo(VllmSurface surface) {
    surface.route("GET /admin/config", this::config);
    surface.route("POST /admin/config", this::configure);
    surface.route("GET /admin/state", this::state);
    surface.route("POST /admin/crash", _ -> simulator.crash("asked to"));
    surface.route(
        "POST /admin/die",
        exchange -> {
          simulator.engineDied();
          Replies.empty(exchange, 200);
        });
  }

  private void config(Exchange exchange) throws IOException {
    Replies.json(exchange, 200, simulator.config().json());
  }

  private void configure(Exchange exchange) throws IOException {
    try {
      simulator.reconfigure(simulator.config().with(Json.parseObject(exchange.request().body())));
    } catch (IllegalArgumentException e) {
      throw ApiError.badRequest(String.valueOf(e.getMessage()), "body");
    }
    config(exchange);
  }

  private void state(Exchange exchange) throws IOException {
    SleepControl control = simulator.control();
    List<Object> devices = new ArrayList<>();
    simulator
        .heldByDevice()
        .forEach((device, bytes) -> devices.add(Json.object("device", device, "bytes", bytes)));
    List<Object> departures = new ArrayList<>();
    simulator.departures().forEach(departure -> departures.add(json(departure)));
    Replies.json(
        exchange,
        200,
        Json.object(
            "simulated", true,
            "pid", ProcessHandle.current().pid(),
            "seed", simulator.config().get(Knobs.SEED),
            "alive", simulator.alive(),
            "asleep", simulator.asleep(),
            "sleep_level", control.level(),
            "asleep_tags",
                control.asleepTags().stream().map(t -> t.name().toLowerCase(Locale.ROOT)).toList(),
            "weights_good", control.weightsGood(),
            "sleeps", control.sleeps(),
            "wakes", control.wakes(),
            "running", simulator.running(),
            "waiting", simulator.waiting(),
            "devices", devices,
            "host_bytes", simulator.hostBytes(),
            "real_bytes", simulator.realBytes(),
            "departures", departures));
  }

  private static Map<String, @Nullable Object> json(Departure departure) {
    return Json.object(
        "id", departure.id(),
        "phase", departure.phase().wireName(),
        "stopped_after_ms", departure.stoppedAfter().toNanos() / 1e6);
  }
}
