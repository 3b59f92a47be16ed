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

    /// Whether others can call what is listened at: "all addresses of this machine", or a port that
    /// is not known beforehand, tells nobody anything. What cannot be looked up now may be
    /// tomorrow.
    static boolean canBeCalled(String listened) {
        InetSocketAddress address = resolveOrNull(listened);
        return address != null
                && address.getPort() != 0
                && (address.isUnresolved() || !address.getAddress().isAnyLocalAddress());
    }
}
