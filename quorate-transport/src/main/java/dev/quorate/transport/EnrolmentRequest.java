package dev.quorate.transport;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// What may be asked for at the enrolment door.
public sealed interface EnrolmentRequest {
    /// The cluster that is meant.
    ClusterId cluster();

    /// A new node presents a join token and asks for its first certificate. From anybody.
    ///
    /// @param secret the token's
    /// @param request proves that the presenter holds the key
    record Present(
            ClusterId cluster, Bytes secret, CertificateRequest request, Announcement announcement)
            implements EnrolmentRequest {
        /// Everything but the secret.
        @Override
        public String toString() {
            return "Present["
                    + Certificates.brief(Certificates.sha256(secret))
                    + ", "
                    + announcement
                    + "]";
        }
    }

    /// A node asks for its next certificate. From anybody: whoever signs a request with a pinned
    /// key is the node, even if its certificate has expired, and a copied request is worth nothing
    /// to someone without the key.
    record Renew(ClusterId cluster, NodeId node, CertificateRequest request)
            implements EnrolmentRequest {}

    /// A node that shall issue certificates, too, asks for an authority's key. Only over a
    /// connection on which it has proved who it is.
    ///
    /// @param rootSha256 which authority
    record FetchIssuer(ClusterId cluster, Bytes rootSha256) implements EnrolmentRequest {}

    /// What a new node says of itself.
    ///
    /// @param links `host:port` where peers will reach it
    /// @param client `host:port` where clients will; may be empty
    /// @param addresses further addresses by purpose
    /// @param labels what placement may look at, such as `zone`
    /// @param wireMin lowest cluster version that its build can speak
    /// @param wireMax highest cluster version that its build can speak
    record Announcement(
            String links,
            String client,
            SortedMap<String, String> addresses,
            SortedMap<String, String> labels,
            int wireMin,
            int wireMax) {
        /// Entries of each map.
        public static final int ENTRIES_MAX = 64;

        /// Characters of each text.
        public static final int TEXT_LENGTH_MAX = 256;

        public Announcement {
            requireShort(links);
            requireShort(client);
            addresses = checked(addresses);
            labels = checked(labels);
            if (wireMin < 1 || wireMax < wireMin || wireMax > 0xffff) {
                throw new IllegalArgumentException(
                        "cluster versions " + wireMin + " to " + wireMax + " make no range");
            }
        }

        private static SortedMap<String, String> checked(SortedMap<String, String> map) {
            if (map.size() > ENTRIES_MAX) {
                throw new IllegalArgumentException("too many labels or addresses");
            }
            map.forEach((key, value) -> {
                requireShort(key);
                requireShort(value);
            });
            return Collections.unmodifiableSortedMap(new TreeMap<>(map));
        }

        private static void requireShort(String text) {
            if (text.length() > TEXT_LENGTH_MAX) {
                throw new IllegalArgumentException("a text is longer than " + TEXT_LENGTH_MAX);
            }
        }
    }
}
