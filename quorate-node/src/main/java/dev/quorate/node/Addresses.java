package dev.quorate.node;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// Reads `host:port` and `[v6]:port`.
final class Addresses {
    private Addresses() {}

    /// Looks the host up; the result may be unresolved.
    ///
    /// @throws IllegalArgumentException if the text has no port
    static InetSocketAddress resolve(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("not host:port: " + text);
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
    }

    /// The same for a text of somebody else's making: null if it is no address.
    static @Nullable InetSocketAddress resolveOrNull(String text) {
        try {
            return resolve(text);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /// Whether others can call the node there: an address that means "all of this machine's", or
    /// whose port is not known beforehand, tells nobody anything.
    static boolean isTelling(String text) {
        InetSocketAddress address = text.isEmpty() ? null : resolveOrNull(text);
        return address != null
                && address.getPort() != 0
                && (address.isUnresolved() || !address.getAddress().isAnyLocalAddress());
    }
}
