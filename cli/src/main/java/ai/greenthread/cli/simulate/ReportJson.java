package ai.greenthread.cli.simulate;

import ai.greenthread.cli.client.Json;
import ai.greenthread.domain.Bytes;
import ai.greenthread.scheduling.lab.LabModel;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A report for programs: sizes in bytes, times in seconds, shares from 0 to 1. */
public final class ReportJson {
  private ReportJson() {}

  public static JsonNode of(SimulationReport report) {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("kind", "SimulationReport").put("version", 1).put("seed", report.seed());
    SimulationReport.Verdict verdict = report.verdict();
    ObjectNode said = json.putObject("verdict");
    verdict.choice().ifPresentOrElse(c -> said.put("choice", c), () -> said.putNull("choice"));
    said.put("headline", verdict.headline());
    verdict.reasons().forEach(said.putArray("reasons")::add);
    verdict.cautions().forEach(said.putArray("cautions")::add);
    SimulationReport.Load load = report.load();
    ObjectNode asked = json.putObject("load");
    load.words().forEach(asked.putArray("sources")::add);
    asked.put("requests", load.requests()).put("seconds", load.seconds());
    asked.put("promptTokensP50", load.promptTokens());
    asked.put("generatedTokensP50", load.generatedTokens());
    json.putObject("slo")
        .put("ttftSeconds", report.slo().firstToken().toNanos() / 1e9)
        .put("tbtSeconds", report.slo().betweenTokens().toNanos() / 1e9);
    json.set("fleet", fleet(report));
    ArrayNode policies = json.putArray("policies");
    report.policies().forEach(figures -> policies.add(policy(figures)));
    report.sizing().ifPresent(sizing -> json.set("sizing", sizing(sizing)));
    return json;
  }

  private static ObjectNode fleet(SimulationReport report) {
    ObjectNode fleet = Json.mapper().createObjectNode();
    report.fleet().gpus().stream().map(Bytes::count).forEach(fleet.putArray("gpuBytes")::add);
    fleet.put("linkBytesPerSecond", report.fleet().linkBytesPerSecond());
    fleet.put("hostLinkBytesPerSecond", report.fleet().hostBytesPerSecond());
    ArrayNode models = fleet.putArray("models");
    for (int i = 0; i < report.fleet().models().size(); i++) {
      LabModel model = report.fleet().models().get(i);
      models
          .addObject()
          .put("name", model.name())
          .put("requests", report.modelShare().get(i))
          .put("gpus", model.gpus())
          .put("weightBytesPerGpu", model.weightsPerGpu().count())
          .put("bytesPerGpu", model.needPerGpu().count())
          .put("residualBytesPerGpu", model.residual().count())
          .put("popular", model.fairness().popular());
    }
    return fleet;
  }

  private static ObjectNode policy(PolicyFigures figures) {
    ObjectNode policy = Json.mapper().createObjectNode();
    policy.put("policy", figures.name()).put("role", figures.role().words());
    policy.put("gpus", figures.gpus());
    for (Figure figure : Figure.values()) {
      if (figures.find(figure).isEmpty()) {
        policy.putNull(figure.key());
      } else if (figure.isWhole()) {
        policy.put(figure.key(), Math.round(figures.get(figure)));
      } else {
        policy.put(figure.key(), figures.get(figure));
      }
    }
    figures.modelWaits().forEach(policy.putArray("modelWaitP99Seconds")::add);
    ArrayNode waits = policy.putArray("waitDistribution");
    figures.waits().forEach(point -> waits.addArray().add(point.share()).add(point.seconds()));
    return policy;
  }

  private static ObjectNode sizing(SimulationReport.Sizing sizing) {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("sloAttainment", sizing.target());
    ArrayNode policies = json.putArray("policies");
    for (SimulationReport.Need need : sizing.policies()) {
      ObjectNode policy = policies.addObject();
      policy.put("policy", need.policy().name());
      if (need.fewest().isPresent()) {
        policy.put("fewestGpus", need.fewest().getAsInt());
      } else {
        policy.putNull("fewestGpus");
      }
      policy.put("searchedUpTo", need.most());
      ArrayNode tried = policy.putArray("tried");
      need.tried()
          .forEach(
              (gpus, share) -> tried.addObject().put("gpus", gpus).put("sloAttainment", share));
    }
    return json;
  }
}
