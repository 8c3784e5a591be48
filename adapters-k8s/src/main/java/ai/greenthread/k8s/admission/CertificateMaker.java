package ai.greenthread.k8s.admission;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Makes serving certificates. Each gets an authority of its own, whose key is forgotten as soon as
 * it has signed: nothing that is stored anywhere can sign a second one.
 */
final class CertificateMaker {
  /** Clocks differ. */
  private static final Duration SKEW = Duration.ofHours(1);

  private static final int SERIAL_BITS = 120;
  private static final int LINE = 64;
  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F]*:[0-9a-fA-F:.]*");

  private final SecureRandom random;

  CertificateMaker(SecureRandom random) {
    this.random = random;
  }

  ServingCertificate make(List<String> names, Instant now, Duration life) {
    try {
      KeyPair authorityKey = newKey();
      KeyPair key = newKey();
      BigInteger serial = new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS - 1);
      // A name of its own, so that two authorities in one bundle are never taken for each other.
      X500Name authority = new X500Name("CN=greenthread-webhook-ca-" + serial.toString(16));
      JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();

      X509v3CertificateBuilder forAuthority =
          builder(authority, authority, authorityKey, serial, now, life);
      forAuthority.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      forAuthority.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
      forAuthority.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          ids.createSubjectKeyIdentifier(authorityKey.getPublic()));

      X509v3CertificateBuilder forServer =
          builder(
              authority,
              new X500Name("CN=greenthread-webhook"),
              key,
              serial.add(BigInteger.ONE),
              now,
              life);
      forServer.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      forServer.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      forServer.addExtension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
      forServer.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          ids.createAuthorityKeyIdentifier(authorityKey.getPublic()));
      forServer.addExtension(Extension.subjectAlternativeName, false, alternatives(names));

      return ServingCertificate.read(
              pem("CERTIFICATE", sign(forServer, authorityKey)),
              pem("PRIVATE KEY", key.getPrivate().getEncoded()),
              pem("CERTIFICATE", sign(forAuthority, authorityKey)))
          .orElseThrow(() -> new IllegalStateException("a new certificate cannot be read"));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("cannot make a certificate", e);
    }
  }

  private KeyPair newKey() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    return generator.generateKeyPair();
  }

  private static X509v3CertificateBuilder builder(
      X500Name issuer,
      X500Name subject,
      KeyPair key,
      BigInteger serial,
      Instant now,
      Duration life) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        serial,
        Date.from(now.minus(SKEW)),
        Date.from(now.plus(life)),
        subject,
        key.getPublic());
  }

  private static GeneralNames alternatives(List<String> names) {
    return new GeneralNames(
        names.stream()
            .map(name ->
                new GeneralName(
                    ADDRESS.matcher(name).matches() ? GeneralName.iPAddress : GeneralName.dNSName,
                    name))
            .toArray(GeneralName[]::new));
  }

  private static byte[] sign(X509v3CertificateBuilder builder, KeyPair authority)
      throws OperatorCreationException, IOException {
    return builder
        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(authority.getPrivate()))
        .getEncoded();
  }

  private static String pem(String type, byte[] content) {
    String body =
        Base64.getMimeEncoder(LINE, "\n".getBytes(StandardCharsets.US_ASCII))
            .encodeToString(content);
    return "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n";
  }
}
