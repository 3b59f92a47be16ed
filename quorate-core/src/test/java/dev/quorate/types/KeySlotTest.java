package dev.quorate.types;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Slots as Redis computes them (cluster specification, appendix A and "Hash tags").
class KeySlotTest {
    @Test
    void theChecksumOfTheSpecificationComesOut() {
        // CRC16("123456789") = 0x31C3
        assertThat(slot("123456789")).isEqualTo(0x31C3 % 16384);
    }

    @Test
    void knownKeysLieWhereRedisPutsThem() {
        assertThat(slot("foo")).isEqualTo(12182);
        assertThat(slot("bar")).isEqualTo(5061);
        assertThat(slot("")).isZero();
    }

    @Test
    void onlyAFilledTagCounts() {
        assertThat(slot("{user1000}.following")).isEqualTo(slot("{user1000}.followers"));
        assertThat(slot("foo{}{bar}")).isNotEqualTo(slot("bar"));
        assertThat(slot("foo{{bar}}zap")).isEqualTo(slot("{bar"));
        assertThat(slot("foo{bar}{zap}")).isEqualTo(slot("bar"));
    }

    @Test
    void sixteenSlotsAreAVshard() {
        assertThat(KeySlot.vshardOfSlot(0)).isEqualTo(new VShardId(0));
        assertThat(KeySlot.vshardOfSlot(15)).isEqualTo(new VShardId(0));
        assertThat(KeySlot.vshardOfSlot(16383)).isEqualTo(new VShardId(1023));
    }

    private static int slot(String key) {
        return KeySlot.of(key.getBytes(UTF_8));
    }
}
