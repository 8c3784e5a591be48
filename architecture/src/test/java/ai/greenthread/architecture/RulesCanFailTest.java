package ai.greenthread.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.architecture.HouseRules.Rule;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A rule that never fails holds nothing: each one names every sin of the fixture made for it. */
class RulesCanFailTest {
  private static final String FIXTURES = "ai.greenthread.architecture.fixture";

  private static final Map<String, List<String>> SINNERS =
      Map.ofEntries(
          Map.entry("domainIsPure", List.of("domain.TouchesFiles")),
          Map.entry("schedulingIsPure", List.of("scheduling.OpensSockets")),
          Map.entry("domainKnowsNoScheduling", List.of("domain.KnowsScheduling")),
          Map.entry("coreReadsNoClock", List.of("scheduling.ReadsClocks")),
          Map.entry("coreDrawsNoLots", List.of("scheduling.DrawsLots")),
          Map.entry("coreStartsNoThread", List.of("scheduling.StartsThreads")),
          Map.entry("adaptersKnowNoOtherAdapter", List.of("http.KnowsGpus")),
          Map.entry("nothingBelowKnowsTheApps", List.of("http.KnowsApps")),
          Map.entry("appsKnowNoCli", List.of("proxy.KnowsCli")),
          Map.entry("runtimesStandAlone", List.of("runtimes.KnowsTheHouse")),
          Map.entry("runtimesAreMetOverHttp", List.of("http.KnowsRuntimes")),
          Map.entry("everyPackageIsNullMarked", List.of("gpu.unmarked.NotNullMarked")),
          Map.entry("onlyGtctlAndMainsPrint", List.of("http.Prints")),
          Map.entry("packagesFormNoCycle", List.of("http.left.Left", "http.right.Right")),
          Map.entry("everyClassHasARoom", List.of("attic.LivesNowhere")));

  private static final JavaClasses CLASSES = new ClassFileImporter().importPackages(FIXTURES);

  static List<Rule> rules() {
    return new HouseRules(FIXTURES).all();
  }

  @ParameterizedTest
  @MethodSource("rules")
  void namesEverySinOfItsFixtureAndNoneOfTheHarmless(Rule rule) {
    List<String> report = rule.rule().evaluate(CLASSES).getFailureReport().getDetails();

    for (String name : SINNERS.getOrDefault(rule.name(), List.of())) {
      JavaClass sinner = CLASSES.get(FIXTURES + "." + name);
      assertThat(report).as(rule.name()).anyMatch(line -> line.contains(sinner.getFullName()));
      for (JavaMethod sin : sinner.getMethods()) {
        assertThat(report)
            .as("%s over %s", rule.name(), sin.getFullName())
            .anyMatch(line -> line.contains(sinner.getFullName() + "." + sin.getName() + "("));
      }
    }
    assertThat(report)
        .as("%s blames the harmless", rule.name())
        .noneMatch(line -> line.matches("\\w+ <" + FIXTURES + "\\.scheduling\\.Harmless.*"));
  }

  @Test
  void everyRuleHasASinner() {
    assertThat(rules().stream().map(Rule::name).collect(Collectors.toSet()))
        .isEqualTo(SINNERS.keySet());
  }
}
