package ai.greenthread.http.server;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificate with which a server shows who it is over TLS. It may be replaced while the server
 * runs: connections made from then on are shown the new one, those that stand are left alone. Safe
 * for use by many threads.
 */
public final class ServerIdentity {
  /** A client that has not finished its handshake by then is let go. */
  static final Duration HANDSHAKE_LIMIT = Duration.ofSeconds(10);

  /** Which of the two a handshake chose, as it asks for certificate and key one after the other. */
  private record Choice(String alias, Credential credential) {}

  /**
   * A certificate with its key.
   *
   * @param chain the server's own certificate, then those that signed it
   * @param key the private key of the first
   */
  public record Credential(List<X509Certificate> chain, PrivateKey key) {
    public Credential {
      chain = List.copyOf(chain);
      if (chain.isEmpty()) {
        throw new IllegalArgumentException("a server needs a certificate");
      }
    }

    /** Keys are not for logs. */
    @Override
    public String toString() {
      return "certificate of " + chain.getFirst().getSubjectX500Principal();
    }
  }

  private final SSLContext context;
  private volatile Choice current;
  private volatile Choice previous;
  private int made;

  public ServerIdentity(Credential credential) {
    this(credential, HANDSHAKE_LIMIT);
  }

  ServerIdentity(Credential credential, Duration handshakeLimit) {
    current = new Choice("0", credential);
    previous = current;
    try {
      SSLContext inner = SSLContext.getInstance("TLS");
      inner.init(new KeyManager[] {new Keys()}, null, null);
      context = HandshakeDeadline.on(inner, handshakeLimit);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no TLS", e);
    }
  }

  /** Shows another certificate from now on. */
  public synchronized void replace(Credential credential) {
    if (!credential.equals(current.credential())) {
      previous = current;
      current = new Choice(Integer.toString(++made), credential);
    }
  }

  /** What is shown now. */
  public Credential credential() {
    return current.credential();
  }

  SSLContext context() {
    return context;
  }

  private final class Keys extends X509ExtendedKeyManager {
    @Override
    public @Nullable String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      Choice choice = current;
      return choice.credential().key().getAlgorithm().equals(keyType) ? choice.alias() : null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return chooseEngineServerAlias(keyType, issuers, null);
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[] {current.alias()};
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      Credential chosen = chosen(alias);
      return chosen == null ? null : chosen.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      Credential chosen = chosen(alias);
      return chosen == null ? null : chosen.key();
    }

    /** A handshake that a replacement overtook still ends with what it began. */
    private @Nullable Credential chosen(String alias) {
      for (Choice choice : List.of(current, previous)) {
        if (choice.alias().equals(alias)) {
          return choice.credential();
        }
      }
      return null;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }
  }
}
