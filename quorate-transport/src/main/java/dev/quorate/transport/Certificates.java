package dev.quorate.transport;

import dev.quorate.types.Bytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// Keys and certificates as bytes and files: what [ClusterCa] and [NodeIdentity] share.
final class Certificates {
    static final String CERTIFICATE = "CERTIFICATE";
    static final String PRIVATE_KEY = "PRIVATE KEY";
    static final String REQUEST = "CERTIFICATE REQUEST";
    static final String SIGNATURE = "SHA256withECDSA";

    private static final int SERIAL_BYTES = 16;

    private Certificates() {}

    /// A new P-256 key.
    static KeyPair newKeyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK makes no P-256 keys: " + e, e);
        }
    }

    /// A positive serial number made from what is certified.
    static BigInteger serial(Bytes... parts) {
        MessageDigest digest = sha256();
        for (Bytes part : parts) {
            digest.update((byte) part.length());
            digest.update(part.asBuffer());
        }
        byte[] number = Arrays.copyOf(digest.digest(), SERIAL_BYTES);
        return new BigInteger(1, number).setBit(SERIAL_BYTES * 8 - 1);
    }

    /// SHA-256 of a key's SubjectPublicKeyInfo: the pin.
    static Bytes spkiSha256(PublicKey key) {
        return Bytes.wrap(sha256().digest(key.getEncoded()));
    }

    /// SHA-256 of a certificate: its name in group 0 and in join tokens.
    static Bytes sha256(X509Certificate certificate) {
        try {
            return Bytes.wrap(sha256().digest(certificate.getEncoded()));
        } catch (CertificateException e) {
            throw new IllegalStateException("a certificate has no encoding: " + e, e);
        }
    }

    static Bytes sha256(Bytes content) {
        MessageDigest digest = sha256();
        digest.update(content.asBuffer());
        return Bytes.wrap(digest.digest());
    }

    /// The first digits of a hash, for people and for names of files.
    static String brief(Bytes hash) {
        return HexFormat.of().formatHex(hash.toByteArray(), 0, Math.min(8, hash.length()));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }

    /// Whether the key is on P-256: the only curve we issue for.
    static boolean isP256(PublicKey key) {
        return key instanceof ECPublicKey ec && ec.getParams().getOrder().bitLength() == 256;
    }

    /// Whether the two halves belong together.
    static boolean match(PrivateKey secret, PublicKey open) {
        try {
            byte[] probe = {1, 2, 3};
            Signature signer = Signature.getInstance(SIGNATURE);
            signer.initSign(secret);
            signer.update(probe);
            Signature verifier = Signature.getInstance(SIGNATURE);
            verifier.initVerify(open);
            verifier.update(probe);
            return verifier.verify(signer.sign());
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /// The certificate in those DER bytes.
    static X509Certificate decode(byte[] der) throws CertificateException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(der));
        } catch (RuntimeException e) {
            // the JDK's parser meets some damage with other exceptions
            throw new CertificateException("a certificate cannot be read: " + e, e);
        }
    }

    /// PEM, one after the other.
    static String encode(List<X509Certificate> certificates) {
        StringBuilder text = new StringBuilder();
        for (X509Certificate certificate : certificates) {
            try {
                text.append(PemFile.encode(CERTIFICATE, certificate.getEncoded()));
            } catch (CertificateException e) {
                throw new IllegalStateException("a certificate has no encoding: " + e, e);
            }
        }
        return text.toString();
    }

    /// The certificates in a text; at least one.
    ///
    /// @throws IOException if there is none, or one is damaged; `where` names the text
    static List<X509Certificate> decodeAll(String text, String where) throws IOException {
        List<X509Certificate> certificates = new ArrayList<>();
        try {
            for (byte[] der : PemFile.decode(CERTIFICATE, text)) {
                certificates.add(decode(der));
            }
        } catch (CertificateException | IllegalArgumentException e) {
            throw new IOException(where + " holds a damaged certificate: " + e.getMessage(), e);
        }
        if (certificates.isEmpty()) {
            throw new IOException(where + " holds no certificate in PEM");
        }
        return List.copyOf(certificates);
    }

    /// The certificates in a file; at least one.
    static List<X509Certificate> read(Path file) throws IOException {
        return decodeAll(PemFile.read(file), file.toString());
    }

    /// PKCS#8 in PEM.
    static String encode(PrivateKey key) {
        return PemFile.encode(PRIVATE_KEY, key.getEncoded());
    }

    /// The private key in PKCS#8 bytes.
    static PrivateKey decodeKey(byte[] der) throws GeneralSecurityException {
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
    }

    /// The private key in a file.
    static PrivateKey readKey(Path file) throws IOException {
        try {
            List<byte[]> keys = PemFile.decode(PRIVATE_KEY, PemFile.readSecret(file));
            if (keys.size() != 1) {
                throw new IOException(
                        file + " holds " + keys.size() + " PKCS#8 private keys and must hold one");
            }
            return decodeKey(keys.getFirst());
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(file + " holds no elliptic curve key that can be read", e);
        }
    }
}
