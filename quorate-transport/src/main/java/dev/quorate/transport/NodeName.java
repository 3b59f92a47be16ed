package dev.quorate.transport;

import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// A node's name in a certificate: `spiffe://<cluster id>/node/<id>`, its only URI.
public record NodeName(ClusterId cluster, NodeId node) {
    private static final String SCHEME = "spiffe://";
    private static final String PATH = "/node/";
    // RFC 5280 §4.2.1.6: uniformResourceIdentifier is choice 6 of GeneralName
    private static final int URI_CHOICE = 6;

    /// The name as a URI.
    public String uri() {
        return SCHEME + cluster + PATH + node.value();
    }

    /// Parses what [#uri] gives, and nothing else.
    ///
    /// @throws IllegalArgumentException if the text is not such a URI
    public static NodeName parse(String uri) {
        int path = uri.indexOf(PATH, SCHEME.length());
        if (!uri.startsWith(SCHEME) || path < 0) {
            throw new IllegalArgumentException("not a node's name: " + uri);
        }
        NodeName name =
                new NodeName(
                        ClusterId.parse(uri.substring(SCHEME.length(), path)),
                        new NodeId(Long.parseLong(uri.substring(path + PATH.length()))));
        // one spelling only, or two texts would name one node
        if (!name.uri().equals(uri)) {
            throw new IllegalArgumentException("not a node's name as we write it: " + uri);
        }
        return name;
    }

    /// The name in a certificate.
    ///
    /// @throws IllegalArgumentException if it has no URI, several, or another kind
    public static NodeName of(X509Certificate certificate) {
        List<String> uris = new ArrayList<>();
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            for (List<?> name : names == null ? List.<List<?>>of() : names) {
                if (name.get(0) instanceof Integer choice && choice == URI_CHOICE) {
                    uris.add(String.valueOf(name.get(1)));
                }
            }
        } catch (CertificateParsingException e) {
            throw new IllegalArgumentException("its alternative names cannot be read", e);
        }
        if (uris.size() != 1) {
            throw new IllegalArgumentException("it has " + uris.size() + " URIs and must have one");
        }
        return parse(uris.getFirst());
    }
}
