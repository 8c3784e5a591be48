package ai.greenthread.k8s.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RuleTest {
  private static Rule rule(String host, String path, boolean exact) {
    return new Rule(host, path, exact, List.of());
  }

  @Test
  void aPrefixFitsWholeElementsOnly() {
    assertThat(rule("", "/a", false).fits("h", "/a")).isTrue();
    assertThat(rule("", "/a", false).fits("h", "/a/b")).isTrue();
    assertThat(rule("", "/a", false).fits("h", "/ab")).isFalse();
    assertThat(rule("", "/a/", false).fits("h", "/a")).isTrue();
    assertThat(rule("", "/", false).fits("h", "/anything")).isTrue();
    assertThat(rule("", "/a", true).fits("h", "/a/b")).isFalse();
  }

  @Test
  void aHostFitsByNameOrByItsDomain() {
    assertThat(rule("A.example", "/", false).fits("a.example", "/")).isTrue();
    assertThat(rule("*.example", "/", false).fits("b.example", "/")).isTrue();
    assertThat(rule("*.example", "/", false).fits("example", "/")).isFalse();
    assertThat(rule("a.example", "/", false).fits("b.example", "/")).isFalse();
  }

  @Test
  void theMoreExactRuleRanksHigher() {
    assertThat(rule("a", "/", false).rank()).isGreaterThan(rule("*.a", "/long/path", true).rank());
    assertThat(rule("", "/a", true).rank()).isGreaterThan(rule("", "/a/b", false).rank());
    assertThat(rule("", "/a/b", false).rank()).isGreaterThan(rule("", "/a", false).rank());
  }
}
