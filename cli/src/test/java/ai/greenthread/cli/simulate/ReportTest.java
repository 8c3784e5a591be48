package ai.greenthread.cli.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.cli.simulate.html.HtmlReport;
import ai.greenthread.cli.text.Palette;
import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.SleepSettings;
import ai.greenthread.scheduling.lab.LabFleet;
import ai.greenthread.scheduling.lab.LabModel;
import ai.greenthread.scheduling.lab.LabResult;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.StringReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ReportTest {
  private static final String EVIL = "<script>alert(\"1\" & '2')</script>\u0007";
  private static final ModelShape SHAPE =
      new ModelShape(
          1,
          Bytes.ofGiB(30),
          Optional.empty(),
          Bytes.ZERO,
          Duration.ofMillis(200),
          new LabModel.Speed(8_000, Duration.ofMillis(20), 0.02, 64),
          Fairness.DEFAULT,
          SleepSettings.DEFAULT);

  private static Simulation simulation(int models, double target, boolean howManyGpus) {
    var names = new ArrayList<>(FleetPlan.madeUpNames(models - 1));
    names.add(EVIL);
    LabFleet fleet =
        new FleetPlan(Collections.nCopies(2, Bytes.ofGiB(80)), 25e9, 50e9, List.of(), SHAPE)
            .withModels(names)
            .lab();
    Loads.Made made =
        Loads.synthetic(Loads.Shape.ZIPF, models, 0.5, 1.5, 0.5, 120, new SplittableRandom(7));
    return new Simulation(
        fleet,
        made,
        new LabResult.Slo(Duration.ofSeconds(10), Duration.ofMillis(100)),
        7,
        Policies.all(),
        target,
        howManyGpus);
  }

  private static SimulationReport report(boolean howManyGpus) {
    return simulation(7, 0.9, howManyGpus).run(2, _ -> {});
  }

  private static Document parsed(String html) throws Exception {
    var factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    return factory.newDocumentBuilder().parse(new InputSource(new StringReader(html)));
  }

  private static List<Element> elements(Document page, String tag) {
    NodeList nodes = page.getElementsByTagName(tag);
    var elements = new ArrayList<Element>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  @Test
  void thePageIsXmlNeedsNothingElseAndEscapesNames() throws Exception {
    String html = HtmlReport.of(report(true));
    Document page = parsed(html);
    assertThat(elements(page, "script")).isEmpty();
    assertThat(elements(page, "link")).isEmpty();
    assertThat(elements(page, "img")).isEmpty();
    assertThat(html.replaceAll(" xmlns=\"[^\"]*\"", ""))
        .doesNotContain("http:", "https:", "url(", "@import", " src=", " href=", "<script");
    assertThat(elements(page, "html").getFirst().getTextContent())
        .contains("<script>alert(\"1\" & '2')</script>");
    assertThat(elements(page, "svg"))
        .filteredOn(svg -> !svg.getAttribute("aria-hidden").equals("true"))
        .hasSize(8)
        .allSatisfy(svg -> assertThat(svg.getAttribute("aria-label")).isNotBlank());
    assertThat(elements(page, "th"))
        .allSatisfy(th -> assertThat(th.getAttribute("scope")).isNotEmpty());
  }

  @Test
  void jsonCsvAndPageHaveTheSameNumbers() throws Exception {
    SimulationReport report = report(true);
    JsonNode json = ReportJson.of(report);
    List<String> csv = ReportCsv.lines(report);
    List<String> keys = List.of(csv.getFirst().split(",", -1));
    Document page = parsed(HtmlReport.of(report));
    int compared = 0;
    for (JsonNode policy : json.path("policies")) {
      String name = policy.path("policy").asText();
      String[] row =
          csv.stream()
              .filter(line -> line.startsWith(name + ","))
              .findFirst()
              .orElseThrow()
              .split(",", -1);
      for (Figure figure : Figure.values()) {
        String cell = row[keys.indexOf(figure.key())];
        JsonNode value = policy.path(figure.key());
        assertThat(value.isMissingNode()).isFalse();
        if (value.isNull()) {
          assertThat(cell).isEmpty();
        } else {
          assertThat(Double.parseDouble(cell)).isEqualTo(value.asDouble());
        }
        assertThat(inPage(page, name, figure)).isEqualTo(cell);
        compared++;
      }
    }
    assertThat(compared).isEqualTo(Policies.all().size() * Figure.values().length);
  }

  private static String inPage(Document page, String policy, Figure figure) {
    return elements(page, "td").stream()
        .filter(td -> td.getAttribute("data-key").equals(figure.key()))
        .filter(td -> {
          Element row = (Element) td.getParentNode();
          String first = row.getElementsByTagName("th").item(0).getFirstChild().getTextContent();
          return first.equals(policy);
        })
        .map(td -> td.getAttribute("data-value"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aReportDependsOnItsInputAlone() {
    Simulation simulation = simulation(7, 0.9, true);
    String once = ReportJson.of(simulation.run(1, _ -> {})).toString();
    assertThat(ReportJson.of(simulation.run(4, _ -> {}))).hasToString(once);
  }

  @Test
  void everyPolicySaysHowItWorksAndWhoIsNoChoiceStandsApart() throws Exception {
    assertThat(Policies.all()).allSatisfy(policy -> assertThat(policy.how()).isNotBlank());
    SimulationReport report = report(false);
    assertThat(report.verdict().choice())
        .get()
        .satisfies(choice ->
            assertThat(report.figures(choice))
                .get()
                .satisfies(figures -> assertThat(figures.role().isChoice()).isTrue()));
    PolicyFigures dedicated = report.figures("dedicated").orElseThrow();
    assertThat(dedicated.gpus()).isEqualTo(7);
    assertThat(dedicated.get(Figure.SWAPS)).isLessThanOrEqualTo(7);
    assertThat(dedicated.get(Figure.LOST)).isZero();
    assertThat(String.join("\n", ReportText.lines(report, new Palette(false))))
        .contains("dedicated needs 7 GPUs and ran on as many", "knows the future");
    assertThat(parsed(HtmlReport.of(report)).getDocumentElement().getTextContent())
        .contains("not a choice:", "knows the future", "needs 7 GPUs");
  }

  @Test
  void theFewestGpusReachTheTargetAndOneLessDoesNot() {
    SimulationReport.Sizing sizing =
        simulation(7, 0.97, true).run(2, _ -> {}).sizing().orElseThrow();
    assertThat(sizing.policies()).hasSize(Policies.all().size());
    for (SimulationReport.Need need : sizing.policies()) {
      int fewest = need.fewest().orElseThrow();
      assertThat(need.tried().getOrDefault(fewest, 0.0)).isGreaterThanOrEqualTo(0.97);
      if (need.policy().role() != Policies.Role.DEDICATED && fewest > 1) {
        assertThat(need.tried()).containsKey(fewest - 1);
        assertThat(need.tried().getOrDefault(fewest - 1, 1.0)).isLessThan(0.97);
      }
    }
  }

  @Test
  void aTargetOutOfReachIsSaidToBe() {
    Simulation simulation = simulation(4, 1.0, true);
    var impossible =
        new Simulation(
            simulation.fleet(),
            simulation.made(),
            new LabResult.Slo(Duration.ofMillis(1), Duration.ofMillis(1)),
            1,
            Policies.all(),
            1.0,
            true);
    SimulationReport report = impossible.run(2, _ -> {});
    assertThat(report.sizing().orElseThrow().policies())
        .allSatisfy(need -> assertThat(need.fewest()).isEmpty());
    assertThat(String.join("\n", ReportText.lines(report, new Palette(false))))
        .contains("more than 4", "This fleet is too small");
    assertThat(HtmlReport.of(report)).contains("more than 4");
  }
}
