package ai.greenthread.cli;

import ai.greenthread.cli.client.ChatClient;
import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Human;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gtctl chat}: talk to a Model, asleep or not. */
@Command(
    name = "chat",
    header = "Talk to a Model",
    description =
        "The answer streams to standard output. Without PROMPT a conversation begins, or standard"
            + " input is the prompt where that is no terminal.",
    footer = {
      "",
      "gtctl chat NAME \"What is sleep mode?\"",
      "gtctl chat NAME                        a conversation",
      "gtctl chat NAME < question.txt"
    })
final class ChatCommand implements Callable<Integer> {
  private final Session session;

  @Mixin private ModelFinder finder = new ModelFinder();

  @Parameters(index = "0", paramLabel = "NAME", description = "The Model.")
  private String name = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "PROMPT", description = "What to ask.")
  private Optional<String> prompt = Optional.empty();

  @Option(names = "--system", paramLabel = "TEXT", description = "System message to begin with.")
  private Optional<String> system = Optional.empty();

  @Option(names = "--max-tokens", paramLabel = "N", description = "Longest answer, in tokens.")
  private Optional<Integer> maxTokens = Optional.empty();

  @Option(names = "--temperature", paramLabel = "T", description = "0 answers the same each time.")
  private Optional<Double> temperature = Optional.empty();

  @Option(
      names = "--proxy",
      description = "Ask through the proxy rather than at the Model's own URL.")
  private boolean throughProxy;

  ChatCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() throws IOException {
    try (Engine engine = session.connect(finder.reach(List.of(name)))) {
      ModelView model = finder.requireAfterVerb(engine.models(), "chat", words());
      requireChat(model);
      try (ChatClient chat = new ChatClient(engine.chat(model, throughProxy), model.name())) {
        ArrayNode messages = Json.mapper().createArrayNode();
        system.ifPresent(text -> add(messages, "system", text));
        if (prompt.isEmpty() && session.around().terminal().in()) {
          converse(engine, chat, model, messages);
        } else {
          add(messages, "user", prompt.orElse("").isEmpty() ? promptFromInput() : prompt.get());
          ask(engine, chat, model, messages);
        }
        return ExitCode.OK;
      }
    }
  }

  private static void requireChat(ModelView model) {
    String type = model.modelType();
    if (!type.isEmpty() && !type.equals("chat")) {
      throw new CliException(
          ExitCode.FAILED,
          model.name() + " is no chat Model, its modelType is " + type,
          "send it requests of its own kind at " + model.url());
    }
  }

  private String promptFromInput() throws IOException {
    String text = new String(session.around().in().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (text.isEmpty()) {
      throw new CliException(
          ExitCode.USAGE,
          "there is no prompt, and standard input is empty",
          "write: gtctl chat " + name + " \"What is sleep mode?\"");
    }
    return text;
  }

  private void converse(Engine engine, ChatClient chat, ModelView model, ArrayNode messages)
      throws IOException {
    session.println(
        session.palette().dim("Talking to " + model.modelId() + ". /new forgets, /exit ends."));
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(session.around().in(), StandardCharsets.UTF_8));
    int opening = messages.size();
    while (true) {
      session.out().print(session.palette().bold("> "));
      session.out().flush();
      String line = lines.readLine();
      if (line == null || line.strip().equals("/exit") || line.strip().equals("/quit")) {
        return;
      }
      if (line.strip().equals("/new")) {
        while (messages.size() > opening) {
          messages.remove(messages.size() - 1);
        }
      } else if (!line.isBlank()) {
        turn(engine, chat, model, messages, line.strip());
      }
    }
  }

  /** A question that fails is forgotten, so that the conversation can go on. */
  private void turn(
      Engine engine, ChatClient chat, ModelView model, ArrayNode messages, String line) {
    add(messages, "user", line);
    try {
      add(messages, "assistant", ask(engine, chat, model, messages));
    } catch (CliException e) {
      messages.remove(messages.size() - 1);
      Failures.print(session.err(), session.errPalette(), e);
    }
  }

  private String ask(Engine engine, ChatClient chat, ModelView model, ArrayNode messages) {
    ObjectNode request = Json.mapper().createObjectNode();
    request.put("model", model.modelId().isEmpty() ? model.name() : model.modelId());
    request.set("messages", messages);
    request.put("stream", true);
    maxTokens.ifPresent(limit -> request.put("max_tokens", limit));
    temperature.ifPresent(t -> request.put("temperature", t));
    StringBuilder answer = new StringBuilder();
    try (WakeWatch waking = new WakeWatch(session, engine, finder, model)) {
      chat.stream(
          request,
          piece -> {
            waking.answered();
            answer.append(piece);
            session.out().print(Human.harmless(piece));
            session.out().flush();
          });
    } catch (CliException e) {
      if (e.getCause() instanceof IOException) {
        requireAlive(engine);
      }
      throw e;
    } finally {
      if (!answer.isEmpty()) {
        session.println("");
      }
    }
    return answer.toString();
  }

  /** Says that the engine is gone, where that is why a connection ended. */
  private void requireAlive(Engine engine) {
    engine.requireAlive();
    // Connections of a process that is ending close before it has ended.
    session.pause();
    engine.requireAlive();
  }

  private List<String> words() {
    return Stream.concat(Stream.of(name), prompt.stream()).toList();
  }

  private static void add(ArrayNode messages, String role, String content) {
    messages.addObject().put("role", role).put("content", content);
  }
}
