package ai.greenthread.cli;

import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Human;
import ai.greenthread.cli.text.Progress;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * {@code gtctl wake} and {@code gtctl sleep}: the two moves that a request or a policy makes too.
 */
abstract sealed class TransitionCommand implements Callable<Integer> {
  private final Session session;
  private final String verb;
  private final String doing;

  @Mixin private OutputFormat format = new OutputFormat();
  @Mixin private ModelFinder finder = new ModelFinder();

  @Parameters(paramLabel = "NAME", arity = "1..*", description = "The Models, in this order.")
  private List<String> names = List.of();

  private TransitionCommand(Session session, String verb, String doing) {
    this.session = session;
    this.verb = verb;
    this.doing = doing;
  }

  @Command(
      name = "wake",
      header = "Wake Models and wait until they serve",
      description = "Room is made as for a request, by the rules of fairness.")
  static final class Wake extends TransitionCommand {
    Wake(Session session) {
      super(session, "wake", "waking");
    }
  }

  @Command(
      name = "sleep",
      header = "Put Models to sleep",
      description = "Requests in flight are answered first.")
  static final class Sleep extends TransitionCommand {
    Sleep(Session session) {
      super(session, "sleep", "putting to sleep");
    }
  }

  @Override
  public Integer call() {
    try (Engine engine = session.connectToChange(finder.reach(names))) {
      List<ModelView> all = engine.models();
      finder.requireAfterVerb(all, verb, names);
      List<ModelView> models = names.stream().map(name -> finder.require(all, name)).toList();
      ArrayNode answers = Json.mapper().createArrayNode();
      int code = ExitCode.OK;
      for (ModelView model : models) {
        JsonNode answer;
        try (Progress progress = session.progress()) {
          progress.step(doing + " " + model.name());
          answer = engine.transition(model.ref(), verb);
          progress.done();
        }
        answers.add(answer);
        boolean timedOut = answer.path("timed_out").asBoolean(false);
        code = timedOut ? ExitCode.FAILED : code;
        if (!format.structured()) {
          session.println(line(model, answer, timedOut));
        }
      }
      if (format.structured()) {
        session.println(format.format(answers.size() == 1 ? answers.get(0) : answers));
      }
      return code;
    }
  }

  private String line(ModelView model, JsonNode answer, boolean timedOut) {
    String from = answer.path("old_state").asText("?");
    String to = answer.path("new_state").asText("?");
    String took = Human.took(Duration.ofMillis(answer.path("duration_ms").asLong(0)));
    if (timedOut) {
      return model.name() + ": still " + to + " after " + took + " (gave up waiting)";
    }
    return from.equals(to)
        ? model.name() + ": is " + session.palette().state(to) + " already"
        : model.name() + ": " + from + " → " + session.palette().state(to) + " in " + took;
  }
}
