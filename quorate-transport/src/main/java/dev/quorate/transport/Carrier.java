package dev.quorate.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import java.nio.ByteBuffer;

/// What a connection that we dialled travels on. All methods belong to the dialling event loop.
///
/// The carrier tells its [DialedConnection] what happens: connected, a frame, lost.
interface Carrier {
    /// Sends our hello on lane 0, which it opens.
    void greet(ByteBuffer hello);

    /// Opens the other lanes, then tells the connection.
    void openLanes();

    /// Sends bytes on a lane; the future ends when the carrier has taken all of them.
    ChannelFuture write(int lane, ByteBuf bytes);

    /// Whether more would be taken now rather than piled up.
    boolean writable();

    /// Ends it with a sentence for the peer. Harmless when it has ended.
    void close(RefusalCode code, String sentence);
}
