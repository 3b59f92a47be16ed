package dev.quorate.app.systemd;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/// A real Unix datagram socket that receives, as systemd's does.
@SuppressWarnings("restricted") // native calls are what this class is for
final class UnixReceiver implements AutoCloseable {
    private static final int DONT_WAIT = 0x40;
    private static final int BYTES_MAX = 4096;

    private final int socket;

    /// @param address a path, or `@` and an abstract name
    UnixReceiver(String address) {
        byte[] name = address.getBytes(StandardCharsets.UTF_8);
        if (name[0] == '@') {
            name[0] = 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            socket = (int) call("socket", JAVA_INT, JAVA_INT, JAVA_INT).invokeExact(1, 2, 0);
            MemorySegment at = arena.allocate(110, 8);
            at.set(JAVA_SHORT, 0, (short) 1);
            MemorySegment.copy(name, 0, at, JAVA_BYTE, 2, name.length);
            int length = 2 + name.length + (name[0] == 0 ? 0 : 1);
            int bound =
                    (int) call("bind", JAVA_INT, ADDRESS, JAVA_INT).invokeExact(socket, at, length);
            if (socket < 0 || bound != 0) {
                throw new IllegalStateException("cannot listen at " + address);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /// The next datagram; empty if there is none.
    String poll() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BYTES_MAX);
            Linker linker = Linker.nativeLinker();
            long bytes =
                    (long)
                            linker.downcallHandle(
                                            linker.defaultLookup().findOrThrow("recv"),
                                            FunctionDescriptor.of(
                                                    JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG,
                                                    JAVA_INT))
                                    .invokeExact(socket, buffer, (long) BYTES_MAX, DONT_WAIT);
            return bytes <= 0
                    ? ""
                    : new String(
                            buffer.asSlice(0, bytes).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle call(String name, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(JAVA_INT, arguments));
    }

    @Override
    public void close() {
        try {
            var _ = (int) call("close", JAVA_INT).invokeExact(socket);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
