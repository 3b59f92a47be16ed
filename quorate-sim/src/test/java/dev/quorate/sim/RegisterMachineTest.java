package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.api.StateMachine.Command;
import dev.quorate.api.StateMachine.QueryContext;
import dev.quorate.types.Bytes;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// The registers, and what they keep over a crash (rule R25).
class RegisterMachineTest {
    private static final QueryContext NOW = new QueryContext(0, 0, 0, Long.MAX_VALUE);

    @Test
    void writesAnswerWithTheValueBefore() {
        RegisterMachine machine = new RegisterMachine();
        assertThat(apply(machine, 1, RegisterState.write(5, 10))).isZero();
        assertThat(apply(machine, 2, RegisterState.compareAndSet(5, 9, 11))).isEqualTo(10);
        assertThat(apply(machine, 3, RegisterState.compareAndSet(5, 10, 12))).isEqualTo(10);
        assertThat(read(machine, 5)).isEqualTo(12);
    }

    @Test
    void aCrashKeepsAnyPrefixFromTheLastFlushOn() {
        TreeSet<Long> kept = new TreeSet<>();
        for (long seed = 1; seed <= 200; seed++) {
            RegisterMachine machine = new RegisterMachine();
            apply(machine, 1, RegisterState.write(0, 1));
            apply(machine, 2, RegisterState.write(0, 2));
            machine.flush();
            apply(machine, 3, RegisterState.write(0, 3));
            apply(machine, 5, RegisterState.write(0, 5));

            RegisterMachine after = machine.crashed(new Prng(seed));

            assertThat(read(after, 0)).as("seed %d", seed).isEqualTo(after.durableApplied());
            kept.add(after.durableApplied());
        }
        assertThat(kept).containsExactly(2L, 3L, 5L);
    }

    @Test
    void anEntryOutOfOrderIsRefused() {
        RegisterMachine machine = new RegisterMachine();
        apply(machine, 2, RegisterState.write(0, 1));
        assertThatThrownBy(() -> apply(machine, 2, RegisterState.write(0, 1)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() ->
                        machine.apply(List.of(new Command(3, 2_000, RegisterState.write(0, 1)))))
                .hasMessageContaining("2000 µs");
    }

    @Test
    void aTickIsWantedOnceAfterACommand() {
        RegisterMachine machine = new RegisterMachine();
        assertThat(machine.tickAtMicros()).isEqualTo(Long.MAX_VALUE);
        apply(machine, 1, RegisterState.write(0, 1));
        assertThat(machine.tickAtMicros()).isEqualTo(501_000);
        machine.apply(List.of(new Command(2, 501_000, Bytes.EMPTY)));
        assertThat(machine.tickAtMicros()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void equalCommandsGiveEqualStates() {
        RegisterMachine one = new RegisterMachine();
        RegisterMachine other = new RegisterMachine();
        apply(one, 1, RegisterState.write(1, 2));
        assertThat(one.stateHash()).isNotEqualTo(other.stateHash());
        apply(other, 1, RegisterState.write(1, 2));
        assertThat(one.stateHash()).isEqualTo(other.stateHash());
    }

    private static long apply(RegisterMachine machine, long index, Bytes command) {
        return RegisterState.number(
                machine.apply(List.of(new Command(index, index * 1_000, command))).getFirst());
    }

    private static long read(RegisterMachine machine, long register) {
        return RegisterState.number(machine.query(RegisterState.number(register), NOW));
    }
}
