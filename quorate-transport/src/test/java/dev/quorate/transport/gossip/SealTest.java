package dev.quorate.transport.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What the seal lets through, and what it keeps out.
class SealTest {
    private static final ClusterId CLUSTER = new ClusterId(1, 2);
    private static final NodeId N1 = new NodeId(1);
    private static final NodeId N2 = new NodeId(2);
    private static final KeyRing.Key OLD = key(1);
    private static final KeyRing.Key NEW = key(2);

    private static KeyRing.Key key(int number) {
        byte[] secret = new byte[KeyRing.KEY_BYTES];
        Arrays.fill(secret, (byte) number);
        return new KeyRing.Key(number, secret);
    }

    private static Seal seal(NodeId node, ClusterId cluster, KeyRing.Key... keys) {
        return new Seal(new KeyRing(List.of(keys)), cluster, node, new SecureRandom());
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatOneSealsTheOtherOpens() {
        Seal sender = seal(N1, CLUSTER, OLD);
        Seal receiver = seal(N2, CLUSTER, OLD);
        for (int i = 0; i < 200; i++) {
            ByteBuffer sealed = sender.seal(text("hello " + i));
            assertThat(sealed.remaining()).isEqualTo(("hello " + i).length() + Seal.OVERHEAD_BYTES);

            assertThat(receiver.open(sealed)).isEqualTo(new Seal.Opened(N1, text("hello " + i)));
        }
    }

    @Test
    void aRepeatedDatagramIsRefusedAndALateOneIsNot() {
        Seal sender = seal(N1, CLUSTER, OLD);
        Seal receiver = seal(N2, CLUSTER, OLD);
        ByteBuffer first = sender.seal(text("first"));
        ByteBuffer second = sender.seal(text("second"));

        assertThat(receiver.open(second)).isNotNull();
        assertThat(receiver.open(first)).isNotNull();
        assertThat(receiver.open(first)).isNull();
        assertThat(receiver.open(second)).isNull();
    }

    @Test
    void aSenderThatStartsAgainIsHeardAtOnce() {
        Seal receiver = seal(N2, CLUSTER, OLD);
        Seal former = seal(N1, CLUSTER, OLD);
        for (int i = 0; i < 1_000; i++) {
            receiver.open(former.seal(text("former life")));
        }

        assertThat(receiver.open(seal(N1, CLUSTER, OLD).seal(text("new life")))).isNotNull();
    }

    @Test
    void aKeyIsReplacedWithoutAGap() {
        Seal before = seal(N1, CLUSTER, OLD);
        Seal during = seal(N1, CLUSTER, OLD, NEW);
        Seal after = seal(N1, CLUSTER, NEW, OLD);
        Seal done = seal(N1, CLUSTER, NEW);

        assertThat(during.open(before.seal(text("x")))).isNotNull();
        assertThat(before.open(during.seal(text("x")))).isNotNull();
        assertThat(during.open(after.seal(text("x")))).isNotNull();
        assertThat(after.open(done.seal(text("x")))).isNotNull();
        assertThat(done.open(before.seal(text("x")))).isNull();
    }

    @Test
    void anotherClusterWithTheSameKeyIsNotHeard() {
        ByteBuffer sealed = seal(N1, new ClusterId(9, 9), OLD).seal(text("x"));

        assertThat(seal(N2, CLUSTER, OLD).open(sealed)).isNull();
    }

    @Test
    void aChangedBitAnywhereIsNoticed() {
        Seal sender = seal(N1, CLUSTER, OLD, NEW);
        Seal receiver = seal(N2, CLUSTER, OLD, NEW);
        byte[] sealed = sender.seal(text("payload")).array();
        for (int bit = 0; bit < sealed.length * 8; bit++) {
            byte[] forged = sealed.clone();
            forged[bit / 8] ^= (byte) (1 << bit % 8);

            assertThat(receiver.open(ByteBuffer.wrap(forged))).as("bit %d", bit).isNull();
        }
        assertThat(receiver.open(ByteBuffer.wrap(sealed))).isNotNull();
    }

    @Test
    void rubbishIsRefused() {
        Random random = new Random(5);
        Seal receiver = seal(N2, CLUSTER, OLD);
        for (int i = 0; i < 5_000; i++) {
            byte[] rubbish = new byte[random.nextInt(120)];
            random.nextBytes(rubbish);
            if (rubbish.length > 1) {
                rubbish[0] = 1;
                rubbish[1] = 1;
            }
            assertThat(receiver.open(ByteBuffer.wrap(rubbish))).isNull();
        }
    }

    @Test
    void keysAreCheckedAndNeverShown() {
        assertThat(OLD).hasToString("key 1");
        assertThatThrownBy(() -> new KeyRing.Key(1, new byte[31]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new KeyRing(List.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new KeyRing(List.of(OLD, OLD)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theWindowAdmitsEachNumberOnce() {
        ReplayWindow window = new ReplayWindow();
        assertThat(window.admit(-1)).isFalse();
        assertThat(window.admit(0)).isTrue();
        assertThat(window.admit(0)).isFalse();
        assertThat(window.admit(63)).isTrue();
        assertThat(window.admit(1)).isTrue();
        assertThat(window.admit(1)).isFalse();
        assertThat(window.admit(1_000)).isTrue();
        assertThat(window.admit(936)).isFalse();
        assertThat(window.admit(937)).isTrue();
        assertThat(window.admit(937)).isFalse();
        assertThat(window.admit(Long.MAX_VALUE)).isTrue();
        assertThat(window.admit(1_001)).isFalse();
    }
}
