package dev.quorate.fuzz;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Feeds a decoder with mutations of what it knows, and keeps those that made it answer something
/// new: they are where the next mutations begin.
///
/// A finding is anything thrown that a decoder must not throw, more allocated than it may, or an
/// input on which it stands still.
public final class Fuzzer {
    private static final int INPUT_BYTES_MAX = 8 << 10;
    private static final int CORPUS_MAX = 4_096;
    private static final int AGAIN = 5;
    private static final int ANSWER_CHARS_MAX = 160;
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final Duration STILL = Duration.ofSeconds(20);
    private static final Path KEPT = Path.of("src/test/resources/fuzz");
    private static final long[] NUMBERS = {
        0,
        1,
        -1,
        2,
        127,
        128,
        255,
        256,
        32_767,
        32_768,
        65_535,
        65_536,
        4_194_304,
        4_194_305,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final FuzzTarget target;
    private final Random random;
    private final List<byte[]> corpus = new ArrayList<>();
    private final Set<String> answers = new HashSet<>();
    private final AtomicReference<byte @Nullable []> atHand = new AtomicReference<>();

    /// @param seed of the mutations
    public Fuzzer(FuzzTarget target, long seed) throws Exception {
        this.target = target;
        this.random = new Random(seed);
        corpus.addAll(target.seeds());
        corpus.addAll(kept(target));
    }

    /// Inputs that were findings once, or reach far; one hex line each, `#` begins a remark.
    public static List<byte[]> kept(FuzzTarget target) throws IOException {
        Path file = KEPT.resolve(target.name().toLowerCase(Locale.ROOT) + ".hex");
        List<byte[]> kept = new ArrayList<>();
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    kept.add(HexFormat.of().parseHex(line.strip()));
                }
            }
        }
        return kept;
    }

    /// Tries everything that is known, unchanged.
    public void replay() {
        for (byte[] input : List.copyOf(corpus)) {
            attempt(input);
        }
    }

    /// Mutates for a while.
    ///
    /// @return how many inputs were tried
    public long run(Duration time) throws InterruptedException {
        AtomicReference<@Nullable Throwable> finding = new AtomicReference<>();
        AtomicLong tried = new AtomicLong();
        long until = System.nanoTime() + time.toNanos();
        Thread worker =
                Thread.ofPlatform()
                        .daemon()
                        .name("fuzz-" + target)
                        .uncaughtExceptionHandler((thread, thrown) -> finding.set(thrown))
                        .start(() -> {
                            while (System.nanoTime() - until < 0) {
                                attempt(mutate(corpus.get(random.nextInt(corpus.size()))));
                                tried.incrementAndGet();
                            }
                        });
        long before = -1;
        while (!worker.join(STILL)) {
            if (tried.get() == before) {
                // it is left behind: nothing else ends a loop without an end
                throw new AssertionError(target + " stands still at " + hex(atHand.get()));
            }
            before = tried.get();
        }
        if (finding.get() != null) {
            throw new AssertionError(finding.get().getMessage(), finding.get());
        }
        return tried.get();
    }

    /// How many different answers there were so far.
    int answers() {
        return answers.size();
    }

    private void attempt(byte[] input) {
        atHand.set(input);
        long allocated = measured(input);
        // the first times, classes may be loaded and providers looked up
        for (int i = 0; i < AGAIN && allocated > target.allocationMax(input.length); i++) {
            allocated = Math.min(allocated, measured(input));
        }
        if (allocated > target.allocationMax(input.length)) {
            throw new AssertionError(
                    target + " allocated " + allocated + " bytes at " + hex(input));
        }
    }

    /// Runs the target.
    ///
    /// @return how many bytes it allocated
    private long measured(byte[] input) {
        String answer;
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            answer = "taken " + target.run(input);
        } catch (Throwable thrown) {
            if (!target.refuses(thrown)) {
                throw new AssertionError(target + " threw " + thrown + " at " + hex(input), thrown);
            }
            answer = where(thrown) + thrown.getMessage();
        }
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        if (corpus.size() < CORPUS_MAX && answers.add(kind(answer))) {
            corpus.add(input);
        }
        return allocated;
    }

    private static String where(Throwable refused) {
        StackTraceElement[] stack = refused.getStackTrace();
        return stack.length == 0 ? "" : stack[0].toString();
    }

    /// The answer without its numbers: two lengths that are too long are one answer.
    private static String kind(String answer) {
        String start = answer.substring(0, Math.min(ANSWER_CHARS_MAX, answer.length()));
        return NUMBER.matcher(start).replaceAll("#");
    }

    private byte[] mutate(byte[] original) {
        byte[] input = original.clone();
        for (int i = random.nextInt(5); i >= 0; i--) {
            input = mutateOnce(input);
        }
        return input.length > INPUT_BYTES_MAX ? Arrays.copyOf(input, INPUT_BYTES_MAX) : input;
    }

    private byte[] mutateOnce(byte[] input) {
        if (input.length == 0) {
            return new byte[] {(byte) random.nextInt()};
        }
        int at = random.nextInt(input.length);
        return switch (random.nextInt(8)) {
            case 0 -> with(input, at, (byte) random.nextInt());
            case 1 -> with(input, at, (byte) (input[at] ^ (1 << random.nextInt(8))));
            case 2 -> number(input, at);
            case 3 -> Arrays.copyOf(input, at);
            case 4 -> Arrays.copyOf(input, input.length + 1 + random.nextInt(64));
            case 5 -> splice(input, at, corpus.get(random.nextInt(corpus.size())));
            case 6 -> repeat(input, at);
            default -> without(input, at);
        };
    }

    private static byte[] with(byte[] input, int at, byte value) {
        input[at] = value;
        return input;
    }

    /// Writes a number that is at some edge, of some width, little-endian.
    private byte[] number(byte[] input, int at) {
        long value = NUMBERS[random.nextInt(NUMBERS.length)] + random.nextInt(3) - 1;
        int width = 1 << random.nextInt(4);
        for (int i = 0; i < width && at + i < input.length; i++) {
            input[at + i] = (byte) (value >>> (8 * i));
        }
        return input;
    }

    private byte[] splice(byte[] input, int at, byte[] other) {
        int from = other.length == 0 ? 0 : random.nextInt(other.length);
        byte[] spliced = Arrays.copyOf(input, at + other.length - from);
        System.arraycopy(other, from, spliced, at, other.length - from);
        return spliced;
    }

    private byte[] repeat(byte[] input, int at) {
        int length = Math.min(input.length - at, 1 + random.nextInt(32));
        byte[] longer = Arrays.copyOf(input, input.length + length);
        System.arraycopy(input, at, longer, at + length, input.length - at);
        return longer;
    }

    private byte[] without(byte[] input, int at) {
        int length = Math.min(input.length - at, 1 + random.nextInt(16));
        byte[] shorter = Arrays.copyOf(input, input.length - length);
        System.arraycopy(input, at + length, shorter, at, input.length - at - length);
        return shorter;
    }

    private static String hex(byte @Nullable [] input) {
        return input == null ? "nothing" : HexFormat.of().formatHex(input);
    }
}
