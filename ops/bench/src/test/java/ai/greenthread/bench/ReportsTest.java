package ai.greenthread.bench;

import static ai.greenthread.bench.Samples.MACHINE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.StringReader;
import java.util.List;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class ReportsTest {
  private static final Pattern DRAWING = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL);

  private final Results results = Samples.results(new Missing("haproxy", "it is <not> here"));

  @BeforeEach
  void measure() {
    for (Scenario scenario : Samples.PROFILE.scenarios()) {
      for (Gateway gateway : results.gateways()) {
        for (int round = 1; round <= 3; round++) {
          results.add(Samples.measured(gateway, scenario, round, 100.0 * round));
        }
      }
    }
    results.add(new Results.Gap("<ours>", "saturation", 3, "2 of 9 requests failed"));
  }

  @Test
  void aMissingNumberIsNamedWithItsReasonInEveryReport() throws Exception {
    JsonNode json = new ObjectMapper().readTree(JsonReport.of(MACHINE, results));
    assertThat(json.at("/missing/0/reason").asText()).isEqualTo("it is <not> here");
    assertThat(json.at("/gaps/0/reason").asText()).isEqualTo("2 of 9 requests failed");
    assertThat(TextReport.of(MACHINE, results))
        .contains("haproxy: not measured: it is <not> here", "2 of 9 requests failed");
    assertThat(HtmlReport.of(MACHINE, results))
        .contains("it is &lt;not&gt; here", "2 of 9 requests failed");
  }

  @Test
  void thePageNeedsNothingFromElsewhere() {
    String page = HtmlReport.of(MACHINE, results);
    assertThat(page).doesNotContain("src=", "href=", "@import", "url(");
  }

  @Test
  void thePagesDrawingsAreWellFormedAndNameEveryGateway() throws Exception {
    List<String> drawings =
        DRAWING
            .matcher(HtmlReport.of(MACHINE, results))
            .results()
            .map(match -> match.group())
            .toList();
    assertThat(drawings)
        .hasSize(Samples.PROFILE.scenarios().stream().mapToInt(s -> Metric.of(s).size()).sum());
    for (String drawing : drawings) {
      var document =
          DocumentBuilderFactory.newDefaultInstance()
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(drawing)));
      assertThat(document.getDocumentElement().getTextContent()).contains("nginx", "<ours>");
    }
  }

  @Test
  void everyRawMeasurementIsInTheJson() throws Exception {
    JsonNode json = new ObjectMapper().readTree(JsonReport.of(MACHINE, results));
    assertThat(json.path("measurements")).hasSize(results.measurements().size());
    assertThat(json.at("/measurements/0/load/latencyMicros/p99").isNumber()).isTrue();
  }
}
