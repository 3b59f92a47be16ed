package dev.quorate.transport.gossip;

import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/// [Datagrams] over one UDP socket, sealed under a [KeyRing]. One thread reads it.
public final class SealedUdp implements Datagrams {
    private static final int DATAGRAM_BYTES_MAX = 65_507;

    private final DatagramChannel channel;
    private final Seal seal;
    private final Listener listener;
    private final Thread reader;
    private final AtomicLong refused = new AtomicLong();
    private volatile Map<NodeId, InetSocketAddress> addresses = Map.of();

    private SealedUdp(DatagramChannel channel, Seal seal, Listener listener) {
        this.channel = channel;
        this.seal = seal;
        this.listener = listener;
        reader = Thread.ofPlatform().name("quorate-gossip").daemon().unstarted(this::read);
    }

    /// Binds the socket and begins to read it.
    ///
    /// @throws UncheckedIOException if the address cannot be bound
    public static SealedUdp open(
            InetSocketAddress bind,
            KeyRing ring,
            ClusterId cluster,
            NodeId self,
            Listener listener) {
        try {
            DatagramChannel channel = DatagramChannel.open();
            try {
                channel.bind(bind);
            } catch (IOException | RuntimeException failure) {
                channel.close();
                throw failure;
            }
            Seal seal = new Seal(ring, cluster, self, new SecureRandom());
            SealedUdp udp = new SealedUdp(channel, seal, listener);
            udp.reader.start();
            return udp;
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot listen for datagrams on " + bind, failure);
        }
    }

    /// Where the socket is bound.
    public InetSocketAddress localAddress() {
        try {
            return (InetSocketAddress) channel.getLocalAddress();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Datagrams that were not opened, since the start.
    public long refused() {
        return refused.get();
    }

    @Override
    public void peers(Map<NodeId, InetSocketAddress> peers) {
        addresses = Map.copyOf(peers);
    }

    @Override
    public synchronized void send(NodeId to, ByteBuffer datagram) {
        InetSocketAddress address = addresses.get(to);
        if (address == null || address.isUnresolved()) {
            return;
        }
        try {
            channel.send(seal.seal(datagram), address);
        } catch (IOException lost) {
            // as good as lost on the way: an interface that is down or full says so, no more
        }
    }

    private void read() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(DATAGRAM_BYTES_MAX);
        try {
            while (channel.isOpen()) {
                buffer.clear();
                channel.receive(buffer);
                Seal.Opened opened = seal.open(buffer.flip());
                if (opened == null) {
                    refused.incrementAndGet();
                } else {
                    listener.received(opened.from(), opened.datagram());
                }
            }
        } catch (ClosedChannelException closed) {
            // by us
        } catch (IOException | RuntimeException failure) {
            listener.failed("reading datagrams: " + failure);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
            reader.join();
        } catch (IOException ignored) {
            // nothing is left to be saved
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
