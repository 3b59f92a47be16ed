package dev.quorate.kv.door;

import org.jspecify.annotations.Nullable;

/// A front door's address as clients are told it.
record HostPort(String host, int port) {
    /// The address in `host:port` or `[host]:port`, or null if the text is none.
    static @Nullable HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            return null;
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            return host.isEmpty() || port <= 0 || port > 0xffff ? null : new HostPort(host, port);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /// Redis writes IPv6 addresses without brackets; clients split at the last colon.
    @Override
    public String toString() {
        return host + ":" + port;
    }
}
