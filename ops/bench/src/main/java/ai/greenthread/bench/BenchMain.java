package ai.greenthread.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The benchmark: starts mock and gateways, measures all in turn, writes table, JSON and page. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description =
        "Measures our relay against no gateway, nginx and HAProxy in one interleaved run on loopback.")
public final class BenchMain implements Callable<Integer> {

  private static final String MODEL = "bench";

  @Option(names = "--quick", description = "About three minutes instead of up to fifteen.")
  private boolean quick;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Valid rounds (default: the profile's, 4 or 6).")
  private int rounds;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "Only these gateways; direct and nginx always take part.")
  private List<String> only = List.of();

  @Option(
      names = "--native",
      required = true,
      paramLabel = "DIR",
      description = "Holds the compiled mock and load.")
  private Path programs = Path.of(".");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Gets bench.md, bench.json, bench.html.")
  private Path out = Path.of(".");

  @Option(names = "--gtctl", required = true, paramLabel = "FILE", description = "The built gtctl.")
  private Path gtctl = Path.of("gtctl");

  private BenchMain() {}

  /** Runs the benchmark; the exit code is 1 when a number is missing. */
  public static void main(String[] args) {
    Locale.setDefault(Locale.ROOT);
    System.exit(new CommandLine(new BenchMain()).execute(args));
  }

  @Override
  public Integer call() throws IOException, Unavailable {
    Profile profile = quick ? Profile.quick() : Profile.full();
    if (rounds > 0) {
      profile = profile.withRounds(rounds);
    }
    Cores cores = Cores.here();
    Machine machine = Machine.here(InstantSource.system(), cores);
    try (var workshop = new Workshop(cores)) {
      Thread ending = Thread.ofPlatform().unstarted(workshop::close);
      Runtime.getRuntime().addShutdownHook(ending);
      Results results = run(workshop, profile);
      report(machine, results);
      Runtime.getRuntime().removeShutdownHook(ending);
      return results.gaps().isEmpty() ? 0 : 1;
    }
  }

  private Results run(Workshop workshop, Profile profile) throws IOException, Unavailable {
    Mock mock = Mock.start(workshop, programs.resolve("mock").toAbsolutePath());
    var gateways = new ArrayList<Gateway>(List.of(mock.direct()));
    var missing = new ArrayList<Missing>();
    for (Peer peer :
        List.of(Peers.nginx(), Peers.haproxy(), new EnginePeer(gtctl.toAbsolutePath(), MODEL))) {
      start(peer, workshop, mock, gateways, missing);
    }
    var results = new Results(profile, gateways, missing);
    gateways.forEach(g -> results.idle(g, Proc.memory(Proc.tree(g.pid()))));

    var generator =
        new Generator(
            programs.resolve("load").toAbsolutePath(),
            mock,
            workshop.cores(),
            MODEL,
            Duration.ofSeconds(1));
    for (Gateway g : gateways) {
      say("warming up " + g.name());
      generator.warm(g, g.ours() ? profile.warmSlices() : 1);
    }
    var manners = new Manners(mock, MODEL);
    for (Gateway g : gateways) {
      if (!g.direct()) {
        results.manners(g, manners.of(g));
      }
    }
    for (int round = 1; round <= profile.rounds(); round++) {
      for (Scenario scenario : profile.scenarios()) {
        for (Gateway g : gateways) {
          measure(generator, g, scenario, round, results);
        }
      }
    }
    // What is still held once every connection is closed and the pools have had a moment.
    Workshop.pause(Duration.ofSeconds(3));
    gateways.forEach(g -> results.after(g, Proc.memory(Proc.tree(g.pid()))));
    return results;
  }

  private void start(
      Peer peer, Workshop workshop, Mock mock, List<Gateway> gateways, List<Missing> missing)
      throws IOException {
    try {
      if (!wanted(peer)) {
        throw new Unavailable("left out by --only");
      }
      for (Gateway g : peer.start(workshop, mock.url())) {
        say(g.name() + " is ready after " + g.start().toMillis() + " ms");
        gateways.add(g);
      }
    } catch (Unavailable why) {
      for (String name : peer.names()) {
        say(name + " is skipped: " + why.reason());
        missing.add(new Missing(name, why.reason()));
      }
    }
  }

  private boolean wanted(Peer peer) {
    return only.isEmpty()
        || peer.names().contains(Gateway.FLOOR)
        || peer.names().stream().anyMatch(only::contains);
  }

  private static void measure(
      Generator generator, Gateway gateway, Scenario scenario, int round, Results results) {
    try {
      Measurement m = generator.measure(gateway, scenario, round);
      results.add(m);
      say(
          "round %d, %-12s %-16s %,9.0f/s  p50 %s  p99 %s  cpu %.1f µs  others %.0f %%"
              .formatted(
                  round,
                  scenario.id(),
                  gateway.name(),
                  m.load().perSecond(),
                  TextReport.number(
                      Metric.of(scenario).contains(Metric.FIRST_P50)
                          ? Metric.FIRST_P50.of(m)
                          : Metric.P50.of(m)),
                  TextReport.number(
                      Metric.of(scenario).contains(Metric.FIRST_P99)
                          ? Metric.FIRST_P99.of(m)
                          : Metric.P99.of(m)),
                  m.load().cpuMicrosEach(),
                  m.foreignCpu() * 100));
    } catch (Unavailable why) {
      results.add(new Results.Gap(gateway.name(), scenario.id(), round, why.reason()));
      say(
          "round "
              + round
              + ", "
              + scenario.id()
              + ", "
              + gateway.name()
              + " is missing: "
              + why.reason());
    }
  }

  private void report(Machine machine, Results results) {
    try {
      Files.createDirectories(out);
      String table = TextReport.of(machine, results);
      Files.writeString(out.resolve("bench.md"), table);
      Files.writeString(out.resolve("bench.json"), JsonReport.of(machine, results));
      Files.writeString(out.resolve("bench.html"), HtmlReport.of(machine, results));
      System.out.println(table);
      System.out.println("Written: " + out.resolve("bench.html") + ", bench.json, bench.md");
    } catch (IOException full) {
      throw new UncheckedIOException("the results cannot be written to " + out, full);
    }
  }

  /** Progress goes to standard error, so that standard output holds the table alone. */
  private static void say(String line) {
    System.err.println(line);
  }
}
