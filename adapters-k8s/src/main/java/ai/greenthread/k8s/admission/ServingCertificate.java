package ai.greenthread.k8s.admission;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A serving certificate with its key, and the authority that signed it and nothing else.
 *
 * @param certificatePem shown to clients
 * @param keyPem its private key, PKCS#8
 * @param authorityPem what clients have to trust
 * @param certificate the first, read
 * @param key the second, read
 */
public record ServingCertificate(
    String certificatePem,
    String keyPem,
    String authorityPem,
    X509Certificate certificate,
    PrivateKey key) {

  /** Reads one; empty when anything about it is not as it should be. */
  static Optional<ServingCertificate> read(
      String certificatePem, String keyPem, String authorityPem) {
    try {
      X509Certificate certificate = certificate(certificatePem);
      certificate.verify(certificate(authorityPem).getPublicKey());
      PrivateKey key = key(keyPem);
      return belongsTo(key, certificate)
          ? Optional.of(
              new ServingCertificate(certificatePem, keyPem, authorityPem, certificate, key))
          : Optional.empty();
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static X509Certificate certificate(String pem) throws GeneralSecurityException {
    InputStream in = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
    return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
  }

  private static PrivateKey key(String pem) throws GeneralSecurityException {
    String body = pem.replaceAll("-----(BEGIN|END) PRIVATE KEY-----", "");
    byte[] encoded = Base64.getMimeDecoder().decode(body);
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(encoded));
  }

  private static boolean belongsTo(PrivateKey key, X509Certificate certificate)
      throws GeneralSecurityException {
    byte[] anything = certificate.getEncoded();
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(key);
    signature.update(anything);
    byte[] signed = signature.sign();
    signature.initVerify(certificate.getPublicKey());
    signature.update(anything);
    return signature.verify(signed);
  }

  /** From then on nobody accepts it. */
  public Instant expires() {
    return certificate.getNotAfter().toInstant();
  }

  /** Whether it may be shown under each of these names. */
  boolean covers(Collection<String> names) {
    return names().containsAll(names);
  }

  /** Its own names and these: replicas of two versions that differ in names both find theirs. */
  List<String> namesAnd(Collection<String> more) {
    Set<String> all = new TreeSet<>(names());
    all.addAll(more);
    return List.copyOf(all);
  }

  private Set<String> names() {
    try {
      Set<String> names = new HashSet<>();
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      for (List<?> alternative : alternatives == null ? List.<List<?>>of() : alternatives) {
        names.add(Objects.toString(alternative.get(1)));
      }
      return names;
    } catch (GeneralSecurityException e) {
      return Set.of();
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ServingCertificate that
        && certificatePem.equals(that.certificatePem)
        && keyPem.equals(that.keyPem)
        && authorityPem.equals(that.authorityPem);
  }

  @Override
  public int hashCode() {
    return certificatePem.hashCode();
  }

  /** Keys are not for logs. */
  @Override
  public String toString() {
    return "certificate "
        + certificate.getSerialNumber().toString(16)
        + " until "
        + certificate.getNotAfter().toInstant();
  }
}
