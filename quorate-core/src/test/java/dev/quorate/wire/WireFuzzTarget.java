package dev.quorate.wire;

import dev.quorate.fuzz.FuzzTarget;
import dev.quorate.raft.Configuration;
import dev.quorate.session.SessionCommand;
import dev.quorate.session.SessionKey;
import dev.quorate.swim.SupportMessage;
import dev.quorate.swim.SwimPacket;
import dev.quorate.types.Bytes;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// What other nodes say, and what is in the log of a group.
enum WireFuzzTarget implements FuzzTarget {
    /// Frames between nodes: [PeerCodec].
    PEER_CODEC(64) {
        @Override
        public String run(byte[] input) {
            try {
                PeerMessage message = PeerCodec.decode(ByteBuffer.wrap(input));
                ByteBuffer again = ByteBuffer.allocate(PeerCodec.encodedBytes(message));
                PeerCodec.encode(message, again);
                again.flip().position(Integer.BYTES);
                FuzzTarget.require(
                        message.equals(PeerCodec.decode(again)), "it means something else now");
                return FrameType.of(message).name();
            } catch (MalformedFrame bad) {
                PeerMessage refusal = PeerCodec.refusal(ByteBuffer.wrap(input), bad);
                if (refusal != null) {
                    PeerCodec.encode(refusal, ByteBuffer.allocate(PeerCodec.encodedBytes(refusal)));
                }
                throw bad;
            }
        }

        @Override
        public List<byte[]> seeds() {
            List<byte[]> seeds = new ArrayList<>();
            for (PeerMessage message : Samples.all().values()) {
                ByteBuffer frame = ByteBuffer.allocate(PeerCodec.encodedBytes(message));
                PeerCodec.encode(message, frame);
                seeds.add(rest(frame.flip().position(Integer.BYTES)));
            }
            return seeds;
        }
    },

    /// Gossip, once it was unsealed: [SwimCodec].
    GOSSIP(64) {
        @Override
        public String run(byte[] input) {
            SwimPacket packet = SwimCodec.decode(ByteBuffer.wrap(input));
            ByteBuffer again = ByteBuffer.allocate(SwimCodec.PACKET_BYTES_MAX);
            SwimCodec.encode(packet, again);
            FuzzTarget.require(
                    packet.equals(SwimCodec.decode(again.flip())), "it means something else now");
            return packet.message().getClass().getSimpleName();
        }

        @Override
        public List<byte[]> seeds() {
            List<byte[]> seeds = new ArrayList<>();
            for (SwimPacket packet : SwimSamples.packets().values()) {
                ByteBuffer out = ByteBuffer.allocate(SwimCodec.PACKET_BYTES_MAX);
                SwimCodec.encode(packet, out);
                seeds.add(rest(out.flip()));
            }
            return seeds;
        }

        @Override
        public long allocationMax(int inputBytes) {
            return super.allocationMax(inputBytes) + SwimCodec.PACKET_BYTES_MAX;
        }
    },

    /// Who supports whom: [SupportCodec].
    SUPPORT(64) {
        @Override
        public String run(byte[] input) {
            SupportMessage message = SupportCodec.decode(ByteBuffer.wrap(input));
            ByteBuffer again = ByteBuffer.allocate(SupportCodec.encodedBytes(message));
            SupportCodec.encode(message, again);
            FuzzTarget.require(
                    message.equals(SupportCodec.decode(again.flip())),
                    "it means something else now");
            return message.getClass().getSimpleName();
        }

        @Override
        public List<byte[]> seeds() {
            List<byte[]> seeds = new ArrayList<>();
            for (SupportMessage message : SwimSamples.support().values()) {
                ByteBuffer out = ByteBuffer.allocate(SupportCodec.encodedBytes(message));
                SupportCodec.encode(message, out);
                seeds.add(rest(out.flip()));
            }
            return seeds;
        }
    },

    /// Who votes, in an entry of the log: [Configuration].
    CONFIGURATION(64) {
        @Override
        public String run(byte[] input) {
            Bytes bytes = Bytes.copyOf(input);
            Configuration configuration = Configuration.decode(bytes);
            FuzzTarget.require(configuration.encode().equals(bytes), "it has two encodings");
            return configuration.isJoint() ? "joint" : "simple";
        }

        @Override
        public List<byte[]> seeds() {
            List<Member> three = List.of(member(1), member(2), member(3));
            List<Member> two = List.of(member(2), member(4));
            return List.of(
                    new Configuration(three, List.of(), List.of()).encode().toByteArray(),
                    new Configuration(three, two, List.of(member(5))).encode().toByteArray());
        }
    },

    /// A write with a session, in an entry of the log: [SessionCommand].
    SESSION_COMMAND(64) {
        @Override
        public String run(byte[] input) {
            Bytes bytes = Bytes.copyOf(input);
            SessionCommand command = SessionCommand.decode(bytes);
            FuzzTarget.require(command.encode().equals(bytes), "it has two encodings");
            return "taken";
        }

        @Override
        public List<byte[]> seeds() {
            return List.of(
                    new SessionCommand(KEY, Bytes.utf8("INCR n")).encode().toByteArray(),
                    new SessionCommand(KEY, Bytes.EMPTY).encode().toByteArray());
        }
    },

    /// The name of a remembered result: [SessionKey].
    SESSION_KEY(64) {
        @Override
        public String run(byte[] input) {
            Bytes bytes = Bytes.copyOf(input);
            FuzzTarget.require(
                    SessionKey.decode(bytes).encode().equals(bytes), "it has two encodings");
            return "taken";
        }

        @Override
        public List<byte[]> seeds() {
            return List.of(KEY.encode().toByteArray());
        }
    };

    private static final SessionKey KEY = new SessionKey(7, 1, 2, 3, 1_700_000_000L);

    private final int bytesPerByte;

    WireFuzzTarget(int bytesPerByte) {
        this.bytesPerByte = bytesPerByte;
    }

    @Override
    public boolean refuses(Throwable thrown) {
        return thrown instanceof MalformedFrame || thrown instanceof IllegalArgumentException;
    }

    @Override
    public long allocationMax(int inputBytes) {
        return (64L << 10) + (long) bytesPerByte * inputBytes;
    }

    private static Member member(long id) {
        return new Member(new NodeId(id), new ReplicaId(100 + id));
    }

    private static byte[] rest(ByteBuffer buffer) {
        return Bytes.read(buffer.duplicate(), buffer.remaining()).toByteArray();
    }
}
