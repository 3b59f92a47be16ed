package dev.quorate.kv.door;

import dev.quorate.kv.command.Reply;
import dev.quorate.kv.resp.Protocol;
import dev.quorate.kv.resp.ProtocolException;
import dev.quorate.kv.resp.ReplyWriter;
import dev.quorate.kv.resp.RequestParser;
import dev.quorate.types.Bytes;
import dev.quorate.types.KeySlot;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.timeout.IdleStateEvent;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client: takes its requests, has them worked on, and answers in the order they came.
///
/// A client that sends faster than it is served, or reads slower, is no longer read from: its bytes
/// wait in its own socket. Everything here runs on the connection's event loop; only [Completions]
/// is touched by other threads.
// whatever fails, fails by closing the channel, and that is noticed; nobody needs the futures
@SuppressWarnings("FutureReturnValueIgnored")
final class Connection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final int WRITE_BYTES = 64 * 1024;

    /// How many bytes of answers may be on their way at a time, as far as sizes can be guessed.
    private static final long WINDOW_BYTES = 16L << 20;

    private final Door door;
    private final Tally tally;
    private final Session session;
    private final RequestParser parser;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private final ShardOrder order = new ShardOrder();
    private final Completions completions = new Completions();
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private long pendingBytes;

    /// A guess at the next answer's size: the greatest of late, slowly forgotten.
    private long guessBytes = 1;

    private @Nullable Supplier<CompletableFuture<Reply>> alone;
    private boolean aloneRuns;

    /// The answer after which the connection ends; nothing is taken any more.
    private @Nullable Pending last;

    private boolean ended;
    private @Nullable ChannelHandlerContext context;

    Connection(Door door, Session session) {
        this.door = door;
        this.tally = door.tally();
        this.session = session;
        this.parser =
                new RequestParser(KvServerOptions.ARGUMENTS_MAX, door.options().requestBytesMax());
    }

    /// A request and, once it is known, its answer.
    private static final class Pending {
        private final Protocol protocol;
        private final long bytes;
        private @Nullable Reply reply;

        Pending(Protocol protocol, long bytes) {
            this.protocol = protocol;
            this.bytes = bytes;
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (ended) {
            bytes.release();
            return;
        }
        tally.bytesIn.add(bytes.readableBytes());
        received = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), received, bytes);
        advance(ctx);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        advance(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        end();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof IdleStateEvent && (pending.isEmpty() || !ctx.channel().isWritable())) {
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // mostly a peer that went away; whatever it was, the stream's state is no longer known
        if (!(cause instanceof IOException)) {
            LOG.warn("closing the connection of {}", ctx.channel().remoteAddress(), cause);
        }
        ctx.close();
    }

    /// Takes what may be taken and answers what can be answered, until neither makes the other
    /// possible.
    private void advance(ChannelHandlerContext ctx) {
        boolean progress = true;
        while (progress && !ended) {
            progress = take();
            startAlone();
            progress |= answer(ctx);
        }
        if (!ended) {
            ctx.channel().config().setAutoRead(mayTake());
        }
    }

    private boolean mayTake() {
        KvServerOptions options = door.options();
        return !ended
                && alone == null
                && !aloneRuns
                && last == null
                && pending.size() < options.inFlightMax()
                && pendingBytes < 2L * options.requestBytesMax()
                && pending.size() < Math.max(1, WINDOW_BYTES / guessBytes)
                && context != null
                && context.channel().isWritable();
    }

    private boolean take() {
        boolean taken = false;
        while (mayTake()) {
            List<Bytes> request;
            try {
                request = parser.next(received);
            } catch (ProtocolException e) {
                farewell(new Reply.Failure(String.valueOf(e.getMessage())));
                return true;
            }
            if (request == null) {
                break;
            }
            taken = true;
            if (!request.isEmpty()) {
                accept(request);
            }
        }
        if (received.isReadable()) {
            received.discardSomeReadBytes();
        } else {
            received.release();
            received = Unpooled.EMPTY_BUFFER;
        }
        return taken;
    }

    private void accept(List<Bytes> request) {
        tally.commands.increment();
        long bytes = request.stream().mapToLong(Bytes::length).sum();
        Plan plan = door.plan(session, request);
        Pending slot = new Pending(session.protocol(), bytes);
        pending.add(slot);
        pendingBytes += bytes;
        switch (plan) {
            case Plan.Answer(Reply reply) -> slot.reply = reply;
            case Plan.Farewell(Reply reply) -> {
                slot.reply = reply;
                last = slot;
            }
            case Plan.Alone(Supplier<CompletableFuture<Reply>> action) -> alone = action;
            case Plan.Write write -> {
                tally.writes.increment();
                int vshard = write.slot() / KeySlot.PER_VSHARD;
                order.enter(
                        vshard,
                        ShardOrder.Kind.WRITE,
                        () ->
                                whenDone(
                                        door.route().write(write.slot(), write.write()),
                                        slot,
                                        vshard));
            }
            case Plan.Read read -> {
                boolean mayBeHere = session.isReadOnly();
                tally.reads.increment();
                int vshard = read.slot() / KeySlot.PER_VSHARD;
                order.enter(
                        vshard,
                        ShardOrder.Kind.READ,
                        () ->
                                whenDone(
                                        door.route().read(read.slot(), read.query(), mayBeHere),
                                        slot,
                                        vshard));
            }
        }
    }

    private void farewell(Reply reply) {
        Pending slot = new Pending(session.protocol(), 0);
        slot.reply = reply;
        last = slot;
        pending.add(slot);
    }

    private void whenDone(CompletableFuture<Reply> answer, Pending slot, int vshard) {
        answer.whenComplete((reply, failure) ->
                completions.add(() -> {
                    order.leave(vshard);
                    slot.reply = orFailure(reply, failure);
                }));
    }

    /// Starts the request that must run alone, once it is the oldest.
    private void startAlone() {
        Supplier<CompletableFuture<Reply>> action = alone;
        Pending slot = pending.peek();
        if (action == null || slot == null || pending.size() > 1) {
            return;
        }
        alone = null;
        aloneRuns = true;
        action.get()
                .whenComplete((reply, failure) ->
                        completions.add(() -> {
                            aloneRuns = false;
                            slot.reply = orFailure(reply, failure);
                        }));
    }

    private static Reply orFailure(@Nullable Reply reply, @Nullable Throwable failure) {
        return reply != null ? reply : new Reply.Failure("UNKNOWN the node failed: " + failure);
    }

    /// Sends the answers that are ready and next in turn.
    private boolean answer(ChannelHandlerContext ctx) {
        boolean progress = false;
        while (!ended && ready() && ctx.channel().isWritable()) {
            progress = true;
            ByteBuf out = ctx.alloc().buffer();
            boolean farewell = false;
            while (ready() && out.readableBytes() < WRITE_BYTES) {
                Pending slot = pending.remove();
                pendingBytes -= slot.bytes;
                Reply reply = orFailure(slot.reply, null);
                tally.answered(reply);
                int start = out.readableBytes();
                ReplyWriter.write(reply, slot.protocol, out);
                guessBytes = Math.max(out.readableBytes() - start, guessBytes - guessBytes / 8);
                farewell |= slot == last;
            }
            tally.bytesOut.add(out.readableBytes());
            if (farewell) {
                ctx.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
                end();
            } else {
                ctx.write(out);
            }
        }
        if (progress && !ended) {
            ctx.flush();
        }
        return progress;
    }

    private boolean ready() {
        Pending slot = pending.peek();
        return slot != null && slot.reply != null;
    }

    private void end() {
        ended = true;
        received.release();
        received = Unpooled.EMPTY_BUFFER;
        pending.clear();
    }

    /// Brings answers from other threads to the event loop, many per wake-up.
    private final class Completions implements Runnable {
        private final Queue<Runnable> done = new ConcurrentLinkedQueue<>();
        private final AtomicBoolean scheduled = new AtomicBoolean();

        void add(Runnable completion) {
            done.add(completion);
            ChannelHandlerContext ctx = context;
            if (ctx != null && scheduled.compareAndSet(false, true)) {
                try {
                    ctx.executor().execute(this);
                } catch (RejectedExecutionException _) {
                    // the server has closed, and with it the connection: nobody waits any more
                    done.clear();
                }
            }
        }

        @Override
        public void run() {
            scheduled.set(false);
            if (ended || context == null) {
                // nobody to answer, and what was held back behind these is not begun any more
                done.clear();
                return;
            }
            try {
                Runnable next = done.poll();
                while (next != null) {
                    next.run();
                    next = done.poll();
                }
                advance(context);
            } catch (RuntimeException e) {
                exceptionCaught(context, e);
            }
        }
    }
}
