package dev.quorate.transport;

import java.io.IOException;
import java.security.PrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.DefaultDigestAlgorithmIdentifierFinder;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcECContentSignerBuilder;

/// Signs certificates so that equal contents get equal signatures (deterministic ECDSA, RFC 6979):
/// whoever asks again is given the same certificate, byte for byte.
final class LeafSigner extends BcECContentSignerBuilder {
    private LeafSigner(AlgorithmIdentifier signature, AlgorithmIdentifier digest) {
        super(signature, digest);
    }

    static ContentSigner of(PrivateKey key) throws OperatorCreationException {
        AlgorithmIdentifier signature =
                new DefaultSignatureAlgorithmIdentifierFinder().find(Certificates.SIGNATURE);
        AlgorithmIdentifier digest = new DefaultDigestAlgorithmIdentifierFinder().find(signature);
        try {
            return new LeafSigner(signature, digest)
                    .build(PrivateKeyFactory.createKey(key.getEncoded()));
        } catch (IOException e) {
            throw new OperatorCreationException("the key cannot be used: " + e.getMessage(), e);
        }
    }

    @Override
    protected Signer createSigner(AlgorithmIdentifier signature, AlgorithmIdentifier digest)
            throws OperatorCreationException {
        Digest nonces = digestProvider.get(digest);
        return new DSADigestSigner(
                new ECDSASigner(new HMacDSAKCalculator(nonces)), digestProvider.get(digest));
    }
}
