package ai.greenthread.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.architecture.HouseRules.Rule;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The house keeps its rules. A rule whose subject is empty fails too: it would hold nothing. */
class HouseRulesTest {
  private static final String HOUSE = "ai.greenthread";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(HOUSE);

  static List<Rule> rules() {
    return new HouseRules(HOUSE).all();
  }

  @ParameterizedTest
  @MethodSource("rules")
  void theHouseKeepsItsRule(Rule rule) {
    rule.rule().check(CLASSES);
  }

  /** Far below what is there, and far above what a misspelt package name would leave. */
  @ParameterizedTest
  @CsvSource({
    "DOMAIN, 40",
    "SCHEDULING, 30",
    "HTTP, 50",
    "GPU, 10",
    "KUBERNETES, 6",
    "RUNTIMES, 40",
    "PROXY, 3",
    "STANDALONE, 10",
    "ENGINE, 3",
    "CLI, 40"
  })
  void roomIsReallyLookedAt(Room room, int leastClasses) {
    assertThat(CLASSES.stream().filter(type -> room.holds(HOUSE, type.getPackageName())).count())
        .as("classes of %s", room)
        .isGreaterThanOrEqualTo(leastClasses);
  }
}
