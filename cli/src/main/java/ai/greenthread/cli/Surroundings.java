package ai.greenthread.cli;

import ai.greenthread.cli.text.Terminal;
import ai.greenthread.cli.up.EngineStarter;
import ai.greenthread.cli.up.StopSignal;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Everything outside the program that a command may touch, so that a test can give its own.
 *
 * @param env environment variables
 * @param home home directory of the user
 * @param in standard input
 * @param out standard output, for results
 * @param err standard error, for progress and failures
 * @param terminal which of them are terminals
 * @param clock tells ages
 * @param poll pause between two looks at the engine while watching or waiting
 * @param starter starts an engine in this process
 * @param stopSignal gives the request to end, as Ctrl-C makes it, from the moment it is asked for
 * @param relaunch the command that starts gtctl again, for an engine in the background
 */
public record Surroundings(
    Map<String, String> env,
    Path home,
    InputStream in,
    PrintWriter out,
    PrintWriter err,
    Terminal terminal,
    InstantSource clock,
    Duration poll,
    EngineStarter starter,
    Supplier<StopSignal> stopSignal,
    List<String> relaunch) {}
