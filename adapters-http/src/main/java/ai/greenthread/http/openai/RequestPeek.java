package ai.greenthread.http.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Reads single top-level members of a JSON body with a streaming parser and stops as soon as it
 * knows them, so that what lies behind them is not looked at (and not validated). Where a member is
 * given twice the first one counts.
 */
public final class RequestPeek {
  /** Longest name of a model, in characters. */
  static final int MAX_MODEL_LENGTH = 512;

  private static final int MAX_DEPTH = 256;

  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          // Buffers per thread would be buffers per request: every request has its own thread.
          .recyclerPool(JsonRecyclerPools.sharedBoundedPool())
          .configure(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION, false)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private RequestPeek() {}

  /** The model that a JSON body names. */
  public static PeekedModel model(byte[] body) {
    try (JsonParser json = JSON.createParser(body)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        return new PeekedModel.Malformed("it must be a JSON object");
      }
      if (!find(json, "model")) {
        return new PeekedModel.Missing();
      }
      JsonToken value = json.currentToken();
      if (value != JsonToken.VALUE_STRING) {
        return new PeekedModel.NotAName(describe(value));
      }
      int length = json.getTextLength();
      if (length == 0) {
        return new PeekedModel.NotAName("empty");
      }
      return length > MAX_MODEL_LENGTH
          ? new PeekedModel.NotAName("longer than " + MAX_MODEL_LENGTH + " characters")
          : new PeekedModel.Named(json.getText());
    } catch (JsonParseException e) {
      return new PeekedModel.Malformed(
          "not valid JSON at line "
              + e.getLocation().getLineNr()
              + ", column "
              + e.getLocation().getColumnNr());
    } catch (StreamConstraintsException e) {
      return new PeekedModel.Malformed("it is nested deeper than " + MAX_DEPTH + " levels");
    } catch (IOException e) {
      throw new UncheckedIOException("an array in memory does not fail", e);
    }
  }

  /** Whether a JSON body asks for a stream: {@code "stream": true}. False if it cannot be read. */
  public static boolean asksForStream(byte[] body) {
    try (JsonParser json = JSON.createParser(body)) {
      return json.nextToken() == JsonToken.START_OBJECT
          && find(json, "stream")
          && json.currentToken() == JsonToken.VALUE_TRUE;
    } catch (IOException e) {
      // Whoever answers the request will say what is wrong with it.
      return false;
    }
  }

  /** Moves to the value of a top-level member; reads the object to its end if there is none. */
  private static boolean find(JsonParser json, String member) throws IOException {
    String name = json.nextFieldName();
    while (name != null) {
      JsonToken value = json.nextToken();
      if (name.equals(member)) {
        return true;
      }
      if (value == JsonToken.START_OBJECT || value == JsonToken.START_ARRAY) {
        json.skipChildren();
      }
      name = json.nextFieldName();
    }
    return false;
  }

  private static String describe(JsonToken value) {
    return switch (value) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      case VALUE_NULL -> "null";
      case START_ARRAY -> "an array";
      default -> "an object";
    };
  }
}
