package dev.quorate.kv.command;

import dev.quorate.fuzz.FuzzTarget;
import dev.quorate.kv.resp.ProtocolException;
import dev.quorate.kv.resp.RequestParser;
import dev.quorate.types.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// What clients say, and what travels between nodes on their behalf.
enum CommandFuzzTarget implements FuzzTarget {
    /// A connection's bytes, cut at random: [RequestParser]. The first byte says how.
    RESP {
        @Override
        public String run(byte[] input) throws ProtocolException {
            int step = input.length == 0 ? 1 : 1 + Byte.toUnsignedInt(input[0]);
            RequestParser parser = new RequestParser(ARGUMENTS_MAX, REQUEST_BYTES_MAX);
            ByteBuf in =
                    new UnpooledHeapByteBuf(
                            UnpooledByteBufAllocator.DEFAULT, input.length + 1, input.length + 1);
            int requests = 0;
            for (int at = 1; at < input.length; at += step) {
                in.writeBytes(input, at, Math.min(step, input.length - at));
                for (List<Bytes> next = parser.next(in); next != null; next = parser.next(in)) {
                    requests++;
                    FuzzTarget.require(next.size() <= 64 << 10, "too many arguments");
                }
            }
            return (requests > 1 ? "many" : requests == 1 ? "one" : "none") + parser.idle();
        }

        @Override
        public List<byte[]> seeds() {
            return List.of(
                    ascii("\u00ff*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n"),
                    ascii("\u0001*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$4\r\nPING\r\n"),
                    ascii("\u0010SET k \"a \\x41 \\n b\" 'c d'\r\nPING\r\n"),
                    ascii("\u0010*0\r\n*-1\r\n*1\r\n$0\r\n\r\n"));
        }
    },

    /// Commands in the log: [WriteCodec].
    WRITE {
        @Override
        public String run(byte[] input) throws MalformedException {
            KvWrite write = WriteCodec.decode(Bytes.copyOf(input));
            FuzzTarget.require(
                    write.equals(WriteCodec.decode(WriteCodec.encode(write))),
                    "it means something else now");
            return write.getClass().getSimpleName();
        }

        @Override
        public List<byte[]> seeds() {
            Bytes key = Bytes.utf8("key");
            Expiry soon = new Expiry.After(5_000_000);
            List<KvWrite> writes =
                    List.of(
                            new KvWrite.Set(
                                    key,
                                    Bytes.utf8("value"),
                                    KvWrite.Condition.IF_ABSENT,
                                    KvWrite.Answer.OLD,
                                    soon),
                            new KvWrite.Delete(List.of(key, key)),
                            new KvWrite.Increment(key, -7),
                            new KvWrite.Append(key, key, 100),
                            new KvWrite.SetMany(List.of(key, key), KvWrite.Condition.ALWAYS),
                            new KvWrite.TakeOut(key),
                            new KvWrite.GetAndExpire(key, new Expiry.At(9)),
                            new KvWrite.Expire(key, soon, true, false, KvWrite.Bound.LATER),
                            new KvWrite.Persist(key));
            return writes.stream().map(write -> WriteCodec.encode(write).toByteArray()).toList();
        }
    },

    /// Questions that another node asks: [QueryCodec].
    QUERY {
        @Override
        public String run(byte[] input) throws MalformedException {
            KvQuery query = QueryCodec.decode(Bytes.copyOf(input));
            FuzzTarget.require(
                    query.equals(QueryCodec.decode(QueryCodec.encode(query))),
                    "it means something else now");
            return query.getClass().getSimpleName();
        }

        @Override
        public List<byte[]> seeds() {
            Bytes key = Bytes.utf8("key");
            List<KvQuery> queries =
                    List.of(
                            new KvQuery.Get(key),
                            new KvQuery.GetMany(List.of(key, key)),
                            new KvQuery.Exists(List.of(key)),
                            new KvQuery.Length(key),
                            new KvQuery.Range(key, 0, -1),
                            new KvQuery.Type(key),
                            new KvQuery.Size());
            return queries.stream().map(query -> QueryCodec.encode(query).toByteArray()).toList();
        }
    },

    /// Answers of another node: [ReplyCodec].
    REPLY {
        @Override
        public String run(byte[] input) throws MalformedException {
            Reply reply = ReplyCodec.decode(Bytes.copyOf(input));
            FuzzTarget.require(
                    reply.equals(ReplyCodec.decode(ReplyCodec.encode(reply))),
                    "it means something else now");
            return reply.getClass().getSimpleName();
        }

        @Override
        public List<byte[]> seeds() {
            Reply bulk = new Reply.Bulk(Bytes.utf8("bulk"));
            List<Reply> replies =
                    List.of(
                            Reply.NIL,
                            new Reply.Simple("OK"),
                            new Reply.Failure("ERR no"),
                            new Reply.Int(7),
                            new Reply.Sequence(List.of(bulk, Reply.NIL)),
                            new Reply.Dictionary(List.of(bulk, new Reply.Sequence(List.of()))));
            return replies.stream().map(reply -> ReplyCodec.encode(reply).toByteArray()).toList();
        }
    };

    private static final int ARGUMENTS_MAX = 1024;
    private static final int REQUEST_BYTES_MAX = 1 << 20;

    @Override
    public boolean refuses(Throwable thrown) {
        return thrown instanceof ProtocolException || thrown instanceof MalformedException;
    }

    @Override
    public long allocationMax(int inputBytes) {
        return (64L << 10) + 256L * inputBytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
