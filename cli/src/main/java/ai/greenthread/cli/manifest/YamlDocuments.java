package ai.greenthread.cli.manifest;

import ai.greenthread.cli.client.Json;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.AbstractConstruct;
import org.yaml.snakeyaml.constructor.Construct;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Splits a text into its YAML or JSON documents and remembers where each began. SnakeYAML is asked
 * directly, because Jackson's YAML parser hands an alias over as its name and knows no merge keys.
 */
public final class YamlDocuments {
  private YamlDocuments() {}

  /** The text is no YAML; the message names file, document, line and column. */
  public static final class SyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    SyntaxException(String message, Throwable cause) {
      super(message, cause);
    }

    public String message() {
      return String.valueOf(getMessage());
    }
  }

  /** All documents of {@code text} that are not empty, numbered with the empty ones. */
  public static List<ManifestDocument> parse(String source, String text) throws SyntaxException {
    String stripped = text.strip();
    if (stripped.startsWith("{") || stripped.startsWith("[")) {
      try {
        return List.of(new ManifestDocument(source, 1, 1, Json.parse(text)));
      } catch (JsonProcessingException notJson) {
        // YAML's flow style begins like JSON; if it is not that either, YAML's message is the one.
      }
    }
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setProcessComments(false);
    TreeConstructor constructor = new TreeConstructor(options);
    DumperOptions unused = new DumperOptions();
    Yaml yaml = new Yaml(constructor, new Representer(unused), unused, options, new PlainScalars());
    List<ManifestDocument> documents = new ArrayList<>();
    int number = 0;
    int good = 0;
    try {
      for (Node node : yaml.composeAll(new StringReader(text))) {
        number++;
        JsonNode content = Json.mapper().valueToTree(constructor.build(node));
        if (!content.isNull()) {
          int line = node.getStartMark().getLine() + 1;
          documents.add(new ManifestDocument(source, number, line, content));
        }
        good++;
      }
      return documents;
    } catch (MarkedYAMLException e) {
      Mark mark = e.getProblemMark() != null ? e.getProblemMark() : e.getContextMark();
      String place =
          mark == null
              ? ""
              : ", line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1);
      throw new SyntaxException(
          source + place + ": not valid YAML: " + reason(e) + document(good), e);
    } catch (YAMLException e) {
      throw new SyntaxException(source + ": not valid YAML: " + e.getMessage() + document(good), e);
    }
  }

  /**
   * The lines at which the parts of a text begin, by path: {@code models[3].gpus} is at line 12.
   * Empty where the text is no YAML.
   *
   * @param depth how many names and places a path may have; whatever is further down is left out
   */
  public static Map<String, Integer> lines(String text, int depth) {
    LoaderOptions options = new LoaderOptions();
    options.setProcessComments(false);
    var lines = new HashMap<String, Integer>();
    try {
      for (Node node : new Yaml(options).composeAll(new StringReader(text))) {
        addLines(node, "", depth, lines);
      }
    } catch (YAMLException e) {
      return Map.of();
    }
    return lines;
  }

  private static void addLines(Node node, String path, int depth, Map<String, Integer> lines) {
    if (depth == 0) {
      return;
    }
    if (node instanceof SequenceNode list) {
      List<Node> items = list.getValue();
      for (int i = 0; i < items.size(); i++) {
        String place = path + "[" + i + "]";
        lines.putIfAbsent(place, items.get(i).getStartMark().getLine() + 1);
        addLines(items.get(i), place, depth - 1, lines);
      }
    } else if (node instanceof MappingNode mapping) {
      for (NodeTuple field : mapping.getValue()) {
        if (field.getKeyNode() instanceof ScalarNode name) {
          String place = path.isEmpty() ? name.getValue() : path + "." + name.getValue();
          lines.putIfAbsent(place, name.getStartMark().getLine() + 1);
          addLines(field.getValueNode(), place, depth - 1, lines);
        }
      }
    }
  }

  private static String reason(MarkedYAMLException e) {
    String context = e.getContext() == null ? "" : e.getContext() + ": ";
    return (context + e.getProblem()).replace('\n', ' ');
  }

  private static String document(int read) {
    return read == 0 ? "" : " (after " + read + " good documents)";
  }

  /** Builds plain maps, lists and scalars out of a node. */
  private static final class TreeConstructor extends SafeConstructor {
    TreeConstructor(LoaderOptions options) {
      super(options);
      yamlConstructors.put(Tag.INT, new NumberConstructor(new ConstructYamlInt()));
      yamlConstructors.put(Tag.FLOAT, new NumberConstructor(new ConstructYamlFloat()));
    }

    Object build(Node node) {
      return constructDocument(node);
    }
  }

  /** Says where what looks or claims to be a number is none: {@code 0x_}, {@code !!int four}. */
  private static final class NumberConstructor extends AbstractConstruct {
    private final Construct plain;

    NumberConstructor(Construct plain) {
      this.plain = plain;
    }

    @Override
    public Object construct(Node node) {
      try {
        return plain.construct(node);
      } catch (NumberFormatException e) {
        String text = node instanceof ScalarNode scalar ? scalar.getValue() : "this";
        throw new NumberException("'" + text + "' is no number", node.getStartMark(), e);
      }
    }
  }

  private static final class NumberException extends MarkedYAMLException {
    private static final long serialVersionUID = 1L;

    NumberException(String problem, Mark mark, Throwable cause) {
      super(null, null, problem, mark, cause);
    }
  }

  /** YAML 1.1's scalars without timestamps: a date in a manifest is a text, as in JSON. */
  private static final class PlainScalars extends Resolver {
    @Override
    public void addImplicitResolver(Tag tag, Pattern regexp, String first, int limit) {
      if (!tag.equals(Tag.TIMESTAMP)) {
        super.addImplicitResolver(tag, regexp, first, limit);
      }
    }
  }
}
