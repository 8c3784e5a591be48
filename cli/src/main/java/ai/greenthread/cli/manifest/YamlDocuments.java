package ai.greenthread.cli.manifest;

import ai.greenthread.cli.client.Json;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
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
    try {
      for (Node node : yaml.composeAll(new StringReader(text))) {
        number++;
        JsonNode content = Json.mapper().valueToTree(constructor.build(node));
        if (!content.isNull()) {
          int line = node.getStartMark().getLine() + 1;
          documents.add(new ManifestDocument(source, number, line, content));
        }
      }
      return documents;
    } catch (MarkedYAMLException e) {
      Mark mark = e.getProblemMark() != null ? e.getProblemMark() : e.getContextMark();
      String place =
          mark == null
              ? ""
              : ", line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1);
      throw new SyntaxException(
          source + place + ": not valid YAML: " + reason(e) + document(number), e);
    } catch (YAMLException e) {
      throw new SyntaxException(
          source + ": not valid YAML: " + e.getMessage() + document(number), e);
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
    }

    Object build(Node node) {
      return constructDocument(node);
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
