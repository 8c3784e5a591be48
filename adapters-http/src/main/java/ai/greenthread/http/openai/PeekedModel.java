package ai.greenthread.http.openai;

/** What a request body says about the model it wants. */
public sealed interface PeekedModel {
  /** The name, as sent. */
  record Named(String model) implements PeekedModel {}

  /** There is none. */
  record Missing() implements PeekedModel {}

  /** There is one, but it is not a string or not a usable one. */
  record NotAName(String found) implements PeekedModel {}

  /** The body cannot be read as what it claims to be. */
  record Malformed(String reason) implements PeekedModel {}

  /**
   * The name.
   *
   * @throws ApiException with status 400 if there is none
   */
  default String orThrow() {
    return switch (this) {
      case Named(String model) -> model;
      case Missing() ->
          throw new ApiException(
              ApiError.of(
                      ErrorCode.MISSING_PARAMETER,
                      "you must provide a model: set 'model' to one of the ids of GET /v1/models")
                  .withParam("model"));
      case NotAName(String found) ->
          throw new ApiException(
              ApiError.of(
                      ErrorCode.INVALID_TYPE,
                      "'model' must be a string that is not empty, but is " + found)
                  .withParam("model"));
      case Malformed(String reason) ->
          throw new ApiException(
              ErrorCode.INVALID_JSON, "the request body could not be read: " + reason);
    };
  }
}
