package ai.greenthread.runtimes.builtin;

import ai.greenthread.runtimes.child.ChildJvm;
import ai.greenthread.runtimes.child.ImmediateExit;
import ai.greenthread.runtimes.child.ParentWatch;
import ai.greenthread.runtimes.gguf.GgufHeader;
import ai.greenthread.runtimes.http.HttpLimits;
import ai.greenthread.runtimes.http.HttpListener;
import ai.greenthread.runtimes.surface.RequestHistory;
import ai.greenthread.runtimes.surface.ServerMetrics;
import ai.greenthread.runtimes.surface.Turns;
import ai.greenthread.runtimes.surface.VllmSurface;
import com.fasterxml.jackson.core.JsonFactory;
import de.kherud.llama.LlamaModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/**
 * Serves one GGUF model until it is ended. It has no sleep of its own, so {@code /sleep} is 404, as
 * on a vLLM without its development mode: whoever wants the memory back ends the process. Standard
 * output gets one line, {@code ready URL}, once requests are answered; until then the port is
 * closed.
 */
public final class BuiltinServer {
  /** Exit status for arguments or a model that cannot work however often one tries. */
  public static final int EXIT_UNUSABLE = 2;

  private BuiltinServer() {}

  /**
   * The command line that runs this server in a JVM of its own.
   *
   * @param arguments as {@code --help} lists them
   */
  public static List<String> command(Path javaHome, List<String> arguments) {
    return ChildJvm.command(
        javaHome, BuiltinServer.class, List.of(LlamaModel.class, JsonFactory.class), arguments);
  }

  public static void main(String[] arguments) throws InterruptedException {
    if (List.of(arguments).contains("--help")) {
      System.out.print(BuiltinOptions.USAGE);
      return;
    }
    try {
      serve(BuiltinOptions.parse(List.of(arguments)));
    } catch (IllegalArgumentException | IOException e) {
      System.err.println("builtin: " + e.getMessage());
      Runtime.getRuntime().halt(EXIT_UNUSABLE);
    }
  }

  private static void serve(BuiltinOptions options) throws IOException, InterruptedException {
    // llama.cpp's own threads do not end, and a process that is told to end has nothing left to
    // save.
    ImmediateExit exit = ImmediateExit.prepare();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> exit.now(0), "end-at-once"));
    if (options.parentWatch()) {
      ParentWatch.start(System.in, () -> exit.now(0));
    }
    long begin = System.nanoTime();
    if (!Files.isReadable(options.model())) {
      throw new IOException("there is no readable file " + options.model());
    }
    GgufHeader header = GgufHeader.read(options.model());
    Turns turns = new Turns(options::maxNumSeqs);
    LlamaEngine engine = load(options, header, turns);
    ServerMetrics metrics = new ServerMetrics(options.servedNames().getFirst(), turns);
    InstantSource clock = InstantSource.system();
    VllmSurface surface =
        new VllmSurface(
            engine,
            metrics,
            RequestHistory.in(options.history(), clock, options.servedNames()),
            VllmSurface.Gate.OPEN,
            clock,
            new SplittableRandom());
    HttpListener listener =
        HttpListener.open(options.host(), options.port(), HttpLimits.DEFAULT, surface);
    System.err.println(
        "builtin: "
            + options.model()
            + " loaded in "
            + (System.nanoTime() - begin) / 1_000_000
            + " ms, context "
            + engine.served().maxModelLen()
            + " tokens");
    System.out.println("ready " + listener.url());
    System.out.flush();
    new CountDownLatch(1).await();
  }

  /**
   * Loads with a temporary folder of this process's own: the binding unpacks its library under a
   * fixed name.
   */
  private static LlamaEngine load(BuiltinOptions options, GgufHeader header, Turns turns)
      throws IOException {
    Path folder = Files.createTempDirectory("greenthread-llama-");
    try {
      System.setProperty("de.kherud.llama.tmpdir", folder.toString());
      return LlamaEngine.load(options.model(), header, options, turns);
    } finally {
      delete(folder);
    }
  }

  /** A loaded library needs its file no longer; removed now, it cannot be left behind by a kill. */
  private static void delete(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(folder);
    } catch (IOException _) {
      // Some systems keep a loaded library's file in use.
      folder.toFile().deleteOnExit();
    }
  }
}
