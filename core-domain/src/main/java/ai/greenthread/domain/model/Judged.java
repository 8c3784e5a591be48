package ai.greenthread.domain.model;

/**
 * An object as far as it could be read, with everything that is wrong with it. What could not be
 * read has its default.
 *
 * @param object only to be relied on where the findings are {@link Findings#valid valid}
 * @param findings everything at once
 */
public record Judged<T>(T object, Findings findings) {}
