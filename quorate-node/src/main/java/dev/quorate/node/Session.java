package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Applied;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.Outcome.Rejected;
import dev.quorate.api.Outcome.Retry;
import dev.quorate.api.Outcome.Unknown;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.session.SessionCommand;
import dev.quorate.session.SessionKey;
import dev.quorate.types.Bytes;
import dev.quorate.types.KeySlot;
import dev.quorate.types.VShardId;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A client whose writes are applied exactly once, however often they must be sent: a write that
/// met a change of leader, a restart or a broken link is sent again by itself, and answered with
/// its first result (thesis §6.3, rule R20).
///
/// The outcome is three-way. [Applied]: it has happened, once. [Rejected]: it has not, and never
/// will. [Unknown]: its time was over before that was known; it may be applied for [#GRACE] longer,
/// and never after.
///
/// ```java
/// Session session = node.shards().session();
/// Outcome outcome = session.write(key, command);
/// ```
///
/// Thread-safe. Writes that are under way at the same time have no order; who needs one waits for
/// the first before sending the second. Nothing needs to be closed.
public final class Session {
    /// How much longer than the caller waits the cluster may still apply a write: room for the
    /// difference between this node's clock and the log's.
    public static final Duration GRACE = Duration.ofSeconds(5);

    private static final Duration LIMIT_MAX = Duration.ofMinutes(30);
    private static final long ATTEMPT_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long PAUSE_MICROS_MIN = 5_000;
    private static final long PAUSE_MICROS_MAX = 200_000;

    private final Shards shards;
    private final long clientHigh;
    private final long clientLow;
    private final AtomicLong lastSequence = new AtomicLong();

    /// The newest log time an answer has shown: a clock that lags behind it gives no write less
    /// time.
    private final AtomicLong seenMicros = new AtomicLong();

    /// A session of its own; [Shards#session()] makes one.
    Session(Shards shards) {
        this.shards = shards;
        SecureRandom random = new SecureRandom();
        clientHigh = random.nextLong();
        clientLow = random.nextLong();
    }

    /// Writes to the shard of `key`, within [Shards#DEFAULT_DEADLINE]. Blocks: made for virtual
    /// threads.
    public Outcome write(byte[] key, byte[] command) {
        return writeAsync(key, command).join();
    }

    /// The same without blocking. The future never fails.
    public CompletableFuture<Outcome> writeAsync(byte[] key, byte[] command) {
        return submit(KeySlot.vshardOf(key), Bytes.copyOf(command), Shards.DEFAULT_DEADLINE);
    }

    /// Writes to a shard.
    ///
    /// @param limit how long to try; at most half an hour
    /// @return the outcome; never fails
    public CompletableFuture<Outcome> submit(VShardId vshard, Bytes command, Duration limit) {
        if (limit.isNegative() || limit.compareTo(LIMIT_MAX) > 0) {
            throw new IllegalArgumentException("a write cannot be tried for " + limit);
        }
        long nowMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
        long fromMicros = Math.max(nowMicros, seenMicros.get());
        SessionKey key =
                new SessionKey(
                        vshard.value(),
                        clientHigh,
                        clientLow,
                        lastSequence.incrementAndGet(),
                        fromMicros + micros(limit) + micros(GRACE));
        Write write =
                new Write(
                        vshard,
                        new SessionCommand(key, command).encode(),
                        System.nanoTime() + limit.toNanos());
        write.attempt();
        return write.outcome;
    }

    private static long micros(Duration duration) {
        return TimeUnit.NANOSECONDS.toMicros(duration.toNanos());
    }

    /// One write and its attempts, one at a time.
    private final class Write {
        private final VShardId vshard;
        private final Bytes payload;
        private final long endNanos;
        private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        private long pauseMicros = PAUSE_MICROS_MIN;

        /// What the first attempt in doubt said: from then on only success is certain.
        private @Nullable Unknown doubt;

        Write(VShardId vshard, Bytes payload, long endNanos) {
            this.vshard = vshard;
            this.payload = payload;
            this.endNanos = endNanos;
        }

        /// A short attempt: a leader that was cut off would keep a longer one waiting.
        void attempt() {
            long nanos = Math.clamp(endNanos - System.nanoTime(), 1, ATTEMPT_NANOS);
            var _ =
                    shards.submitOnce(vshard, payload, Duration.ofNanos(nanos), Reach.FORWARD)
                            .whenComplete(this::attempted);
        }

        private void attempted(@Nullable Outcome result, @Nullable Throwable failure) {
            switch (result) {
                case null -> {
                    outcome.complete(new Unknown("the node failed: " + failure));
                }
                case Applied applied -> {
                    seenMicros.accumulateAndGet(applied.stampMicros(), Math::max);
                    outcome.complete(applied);
                }
                case Unknown unknown -> {
                    doubt(unknown);
                    again(unknown);
                }
                case Rejected(_, Retry retry, _, _) when retry == Retry.NEVER -> end(result);
                case Rejected rejected -> again(rejected);
            }
        }

        private void doubt(Unknown unknown) {
            if (doubt == null) {
                doubt = unknown;
            }
        }

        private void again(Outcome last) {
            long leftMicros = (endNanos - System.nanoTime()) / 1_000;
            if (leftMicros <= 0 || !shards.isOpen()) {
                end(last);
                return;
            }
            long pause = ThreadLocalRandom.current().nextLong(pauseMicros / 2, pauseMicros);
            pauseMicros = Math.min(2 * pauseMicros, PAUSE_MICROS_MAX);
            Executor later =
                    CompletableFuture.delayedExecutor(
                            Math.min(pause, leftMicros), TimeUnit.MICROSECONDS);
            later.execute(this::attempt);
        }

        /// A refusal says only that the last attempt was not applied; and one that came too late
        /// may do so because an earlier one was applied and has been forgotten.
        private void end(Outcome last) {
            Unknown earlier = doubt;
            outcome.complete(
                    earlier == null || last instanceof Unknown
                            ? last
                            : new Unknown(
                                    earlier.sentence() + "; the last attempt: " + sentence(last)));
        }

        private static String sentence(Outcome refused) {
            return refused instanceof Rejected(Code code, _, _, String sentence)
                    ? code + ", " + sentence
                    : refused.toString();
        }
    }
}
