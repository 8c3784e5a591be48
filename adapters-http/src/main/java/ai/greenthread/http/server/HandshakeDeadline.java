package ai.greenthread.http.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A TLS context whose sockets are closed when their handshake takes too long. Helidon waits for a
 * handshake without a limit, before it counts the connection among those that may be idle.
 */
final class HandshakeDeadline extends SSLContext {
  private HandshakeDeadline(SSLContext inner, Duration limit) {
    super(new Delegate(inner, limit), inner.getProvider(), inner.getProtocol());
  }

  /**
   * @param inner initialised already
   */
  static SSLContext on(SSLContext inner, Duration limit) {
    return new HandshakeDeadline(inner, limit);
  }

  private static final class Delegate extends SSLContextSpi {
    private final SSLContext inner;
    private final Duration limit;

    Delegate(SSLContext inner, Duration limit) {
      this.inner = inner;
      this.limit = limit;
    }

    @Override
    protected void engineInit(
        KeyManager @Nullable [] keys,
        TrustManager @Nullable [] trust,
        @Nullable SecureRandom random) {
      throw new IllegalStateException("is initialised already");
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
      return new Sockets(inner.getSocketFactory(), limit);
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
      return inner.getServerSocketFactory();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      return inner.createSSLEngine();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return inner.createSSLEngine(host, port);
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
      return inner.getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
      return inner.getClientSessionContext();
    }

    @Override
    protected SSLParameters engineGetDefaultSSLParameters() {
      return inner.getDefaultSSLParameters();
    }

    @Override
    protected SSLParameters engineGetSupportedSSLParameters() {
      return inner.getSupportedSSLParameters();
    }
  }

  private static final class Sockets extends SSLSocketFactory {
    private final SSLSocketFactory inner;
    private final Duration limit;

    Sockets(SSLSocketFactory inner, Duration limit) {
      this.inner = inner;
      this.limit = limit;
    }

    /** The one that servers use: TLS over a socket that was accepted. */
    @Override
    public Socket createSocket(Socket accepted, @Nullable InputStream consumed, boolean autoClose)
        throws IOException {
      Socket made = inner.createSocket(accepted, consumed, autoClose);
      if (made instanceof SSLSocket tls) {
        Thread.ofVirtual().name("handshake deadline").start(() -> expire(accepted, tls));
      }
      return made;
    }

    private void expire(Socket accepted, SSLSocket tls) {
      try {
        Thread.sleep(limit);
        // Null until the handshake is over, empty when no protocol was agreed on.
        if (tls.getApplicationProtocol() == null) {
          accepted.close();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (IOException e) {
        // It is closed, which is what was wanted.
      }
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
        throws IOException {
      return inner.createSocket(socket, host, port, autoClose);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return inner.createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress from, int fromPort)
        throws IOException {
      return inner.createSocket(host, port, from, fromPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return inner.createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort)
        throws IOException {
      return inner.createSocket(host, port, from, fromPort);
    }

    @Override
    public String[] getDefaultCipherSuites() {
      return inner.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return inner.getSupportedCipherSuites();
    }
  }
}
