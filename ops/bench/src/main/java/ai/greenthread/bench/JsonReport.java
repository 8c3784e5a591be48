package ai.greenthread.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The run for programs: every valid measurement as it came, and the summary that the table shows.
 */
final class JsonReport {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private JsonReport() {}

  static String of(Machine machine, Results results) {
    var document = new LinkedHashMap<String, Object>();
    document.put("at", machine.at().toString());
    document.put("machine", machine(machine));
    document.put("profile", results.profile().name());
    document.put("rounds", results.profile().rounds());
    document.put("voidedRuns", results.voidedRuns());
    results.foreignCpu().ifPresent(f -> document.put("foreignCpu", f));
    document.put("gateways", results.gateways().stream().map(g -> gateway(results, g)).toList());
    document.put("missing", results.missing());
    document.put("gaps", results.gaps());
    document.put("summary", summary(results));
    document.put("bars", Bars.of(results));
    document.put("whenThingsGoWrong", results.manners());
    document.put("measurements", results.measurements());
    try {
      return JSON.writeValueAsString(document);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("the report's own records must be writable", impossible);
    }
  }

  private static Map<String, Object> machine(Machine m) {
    var map = new LinkedHashMap<String, Object>();
    map.put("cpu", m.cpu());
    map.put("cores", m.cores());
    map.put("division", m.division());
    map.put("memoryGib", m.memoryGib());
    map.put("kernel", m.kernel());
    map.put("system", m.system());
    map.put("java", m.java());
    map.put("loadAverageBefore", m.loadAverage());
    return map;
  }

  private static Map<String, Object> gateway(Results results, Gateway g) {
    Results.Memory memory = results.memory(g);
    var map = new LinkedHashMap<String, Object>();
    map.put("name", g.name());
    map.put("what", g.what());
    map.put("version", g.version());
    map.put("ours", g.ours());
    map.put("startMillis", g.start().toMillis());
    map.put("memoryIdleBytes", memory.idle());
    map.put("memoryAfterBytes", memory.after());
    return map;
  }

  private static List<Map<String, Object>> summary(Results results) {
    var rows = new ArrayList<Map<String, Object>>();
    for (Scenario s : results.profile().scenarios()) {
      for (Gateway g : results.gateways()) {
        for (Metric m : Metric.of(s)) {
          results.value(g, s, m).ifPresent(value -> rows.add(row(results, s, g, m, value)));
        }
      }
    }
    return rows;
  }

  private static Map<String, Object> row(
      Results results, Scenario s, Gateway g, Metric m, Spread value) {
    var row = new LinkedHashMap<String, Object>();
    row.put("scenario", s.id());
    row.put("gateway", g.name());
    row.put("metric", m.name());
    row.put("unit", m.unit());
    row.put("value", value);
    if (m.compare(s) == Metric.Compare.ADDED) {
      results.added(g, s, m).ifPresent(added -> row.put("added", added));
    }
    results.timesFloor(g, s, m).ifPresent(times -> row.put("timesNginx", times));
    return row;
  }
}
