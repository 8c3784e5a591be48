package ai.greenthread.k8s.controlplane;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority that lives as long as a test run, and what it signed. */
public final class Pki {
  private static final Duration LIFE = Duration.ofDays(2);

  private final Path folder;
  private final KeyPair authorityKey;
  private final X500Name authorityName = new X500Name("CN=test-ca");
  private long serial = 1;

  /** Makes the authority and everything that an API server wants, as files in {@code folder}. */
  public Pki(Path folder) throws IOException, GeneralSecurityException {
    this.folder = folder;
    this.authorityKey = newKey();
    writePem("ca.crt", "CERTIFICATE", sign(authorityName, authorityKey, true).getEncoded());
    issue(
        "apiserver",
        "CN=kube-apiserver",
        new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
        new GeneralName(GeneralName.dNSName, "localhost"),
        new GeneralName(GeneralName.dNSName, "kubernetes.default.svc"),
        new GeneralName(GeneralName.iPAddress, "10.96.0.1"));
    issue("admin", "CN=admin,O=system:masters");
    KeyPair tokens = newKey();
    writePem("sa.key", "PRIVATE KEY", tokens.getPrivate().getEncoded());
    writePem("sa.pub", "PUBLIC KEY", tokens.getPublic().getEncoded());
  }

  /** Signs a certificate: {@code NAME.crt} and its key, PKCS#8, {@code NAME.key}. */
  public void issue(String name, String subject, GeneralName... addresses)
      throws IOException, GeneralSecurityException {
    KeyPair key = newKey();
    X509Certificate certificate = sign(new X500Name(subject), key, false, addresses);
    writePem(name + ".crt", "CERTIFICATE", certificate.getEncoded());
    writePem(name + ".key", "PRIVATE KEY", key.getPrivate().getEncoded());
  }

  /** A kubeconfig with everything inline, for the administrator. */
  public String kubeconfig(int port) throws IOException {
    return """
    apiVersion: v1
    kind: Config
    clusters:
    - name: test
      cluster: {server: "https://127.0.0.1:%d", certificate-authority-data: %s}
    users:
    - name: admin
      user: {client-certificate-data: %s, client-key-data: %s}
    contexts:
    - name: test
      context: {cluster: test, user: admin}
    current-context: test
    """
        .formatted(port, inline("ca.crt"), inline("admin.crt"), inline("admin.key"));
  }

  /** A kubeconfig for whom a token tells of; without one the server knows nobody. */
  public String tokenKubeconfig(int port, Optional<String> token) throws IOException {
    return """
    apiVersion: v1
    kind: Config
    clusters:
    - name: test
      cluster: {server: "https://127.0.0.1:%d", certificate-authority-data: %s}
    users:
    - name: pod
      user: {%s}
    contexts:
    - name: test
      context: {cluster: test, user: pod}
    current-context: test
    """
        .formatted(port, inline("ca.crt"), token.map(text -> "token: " + text).orElse(""));
  }

  private String inline(String file) throws IOException {
    return Base64.getEncoder().encodeToString(Files.readAllBytes(folder.resolve(file)));
  }

  private static KeyPair newKey() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private X509Certificate sign(
      X500Name subject, KeyPair key, boolean authority, GeneralName... addresses)
      throws IOException, GeneralSecurityException {
    Instant now = Instant.now();
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            authorityName,
            BigInteger.valueOf(serial++),
            Date.from(now.minus(Duration.ofMinutes(5))),
            Date.from(now.plus(LIFE)),
            subject,
            key.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
    if (!authority) {
      KeyPurposeId[] both = {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth};
      builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(both));
    }
    if (addresses.length > 0) {
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(addresses));
    }
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(authorityKey.getPrivate())));
    } catch (OperatorCreationException e) {
      throw new GeneralSecurityException(e);
    }
  }

  private void writePem(String file, String type, byte[] der) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        folder.resolve(file),
        "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n",
        StandardCharsets.US_ASCII);
  }

  /** Path of a file that was made here. */
  public Path file(String name) {
    return Optional.of(folder.resolve(name)).filter(Files::exists).orElseThrow();
  }
}
