package dev.quorate.app.systemd;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/// A Unix datagram socket that only sends, on Linux; called natively, for the JDK has none.
final class NotifySocket {
    private static final int FAMILY_UNIX = 1;
    private static final int DATAGRAM_CLOSE_ON_EXEC = 2 | 0x80000;
    private static final int NO_SIGNAL = 0x4000;
    private static final int PATH_BYTES_MAX = 108;
    private static final int FAMILY_BYTES = 2;

    private final Native calls = new Native();
    private final String address;
    private final byte[] path;

    /// The C library's functions.
    @SuppressWarnings("restricted") // native calls are what this class is for
    private static final class Native {
        private final MethodHandle socket = find("socket", JAVA_INT, JAVA_INT, JAVA_INT);
        private final MethodHandle sendto;
        private final MethodHandle close = find("close", JAVA_INT);

        Native() {
            Linker linker = Linker.nativeLinker();
            sendto =
                    linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("sendto"),
                            FunctionDescriptor.of(
                                    JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS,
                                    JAVA_INT));
        }

        private static MethodHandle find(String name, MemoryLayout... arguments) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(
                    linker.defaultLookup().findOrThrow(name),
                    FunctionDescriptor.of(JAVA_INT, arguments));
        }
    }

    /// @param address a path, or `@` and an abstract name
    /// @throws IOException if it is no address of a Unix socket
    NotifySocket(String address) throws IOException {
        this.address = address;
        byte[] bytes = address.getBytes(StandardCharsets.UTF_8);
        boolean abstractName = address.startsWith("@");
        if (!abstractName && !address.startsWith("/")) {
            throw new IOException(address + " is no address of a Unix socket");
        }
        // a path is ended by a zero, an abstract name begins with one
        path = new byte[bytes.length + (abstractName ? 0 : 1)];
        System.arraycopy(bytes, 0, path, 0, bytes.length);
        if (abstractName) {
            path[0] = 0;
        }
        if (path.length > PATH_BYTES_MAX) {
            throw new IOException(address + " is too long for a Unix socket");
        }
    }

    /// Sends one datagram.
    ///
    /// @throws IOException if nobody took it
    void send(String message) throws IOException {
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = arena.allocate(FAMILY_BYTES + PATH_BYTES_MAX, 8);
            to.set(JAVA_SHORT, 0, (short) FAMILY_UNIX);
            MemorySegment.copy(path, 0, to, JAVA_BYTE, FAMILY_BYTES, path.length);
            MemorySegment text = arena.allocate(Math.max(1, bytes.length));
            MemorySegment.copy(bytes, 0, text, JAVA_BYTE, 0, bytes.length);
            send(text, bytes.length, to, FAMILY_BYTES + path.length);
        }
    }

    private void send(MemorySegment text, long length, MemorySegment to, int toBytes)
            throws IOException {
        try {
            int socket = (int) calls.socket.invokeExact(FAMILY_UNIX, DATAGRAM_CLOSE_ON_EXEC, 0);
            if (socket < 0) {
                throw new IOException("no Unix socket could be opened");
            }
            try {
                long sent =
                        (long)
                                calls.sendto.invokeExact(
                                        socket, text, length, NO_SIGNAL, to, toBytes);
                if (sent != length) {
                    throw new IOException("nobody listens at " + address);
                }
            } finally {
                var _ = (int) calls.close.invokeExact(socket);
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable impossible) {
            throw new IllegalStateException("a native call threw", impossible);
        }
    }
}
