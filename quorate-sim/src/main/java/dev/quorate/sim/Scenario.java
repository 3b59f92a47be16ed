package dev.quorate.sim;

import dev.quorate.sim.Variant.Shape;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The stories that seeds are played in. Configuration and faults are drawn from the seed.
public enum Scenario {
    /// No faults, any configuration.
    CALM {
        @Override
        Simulation play(Draw draw) {
            return weather(draw, SimConfig.drawn(draw.random), Faults.NONE, 5);
        }
    },
    /// All faults at once.
    STORM {
        @Override
        Simulation play(Draw draw) {
            return weather(draw, SimConfig.drawn(draw.random), Faults.storm(draw.random), 10);
        }
    },
    /// Processes die at every kind of moment.
    CRASHES {
        @Override
        Simulation play(Draw draw) {
            return weather(draw, SimConfig.drawn(draw.random), Faults.crashes(draw.random), 10);
        }
    },
    /// The network splits, loses and delays.
    PARTITIONS {
        @Override
        Simulation play(Draw draw) {
            return weather(draw, SimConfig.drawn(draw.random), Faults.partitions(draw.random), 10);
        }
    },
    /// Disks hang while leaders change (rule R1).
    SLOW_DISK {
        @Override
        Simulation play(Draw draw) {
            return weather(draw, SimConfig.drawn(draw.random), Faults.slowDisk(draw.random), 10);
        }
    },
    /// Disks are full for a while, or fail and lose nothing that was durable (rule R8).
    FULL_DISK {
        @Override
        Simulation play(Draw draw) {
            return weather(draw, SimConfig.drawn(draw.random), Faults.fullDisks(draw.random), 10);
        }
    },
    /// Disks lose what was durable: rot, lost files, lies, wipes (rules R5, R7, R25).
    DAMAGE {
        @Override
        Simulation play(Draw draw) {
            SimConfig config = SimConfig.drawn(draw.random);
            return weather(draw, config, Faults.damage(draw.random, config.nodes()), 10);
        }
    },
    /// Clocks jump, drift as much as leases allow for, and stop with their machine (rules R11,
    /// R14).
    CLOCKS {
        @Override
        Simulation play(Draw draw) {
            return weather(draw, SimConfig.drawn(draw.random), Faults.badClocks(draw.random), 10);
        }
    },
    /// Every bound is 1, under load and faults (rule R10).
    TINY_LIMITS {
        @Override
        Simulation play(Draw draw) {
            Faults faults = draw.random.chance(0.4) ? Faults.NONE : Faults.storm(draw.random);
            return weather(draw, SimConfig.tiny(draw.random), faults, 5);
        }
    },
    /// All orders of first starts, with crashes between, and a wiped disk (rule R22).
    FOUNDING {
        @Override
        Simulation play(Draw draw) {
            return founding(draw);
        }
    },
    /// Replicas and leaders are moved about, with all faults.
    MEMBERSHIP {
        @Override
        Simulation play(Draw draw) {
            Prng random = draw.random;
            SimConfig drawn = SimConfig.drawn(random);
            SimConfig config = drawn.sized(5, 1 + random.nextInt(4)).replicated(3);
            Faults storm = random.chance(0.3) ? Faults.NONE : Faults.storm(random);
            // what is to be placed on a node that lost its data would wait for ever
            Faults faults = storm.losing(0);
            Duration every = Duration.ofMillis(random.pick(List.of(200, 1000, 3000)));
            Shape shape = draw.shape(config, faults, 10);
            return simulation(draw, shape.config())
                    .found()
                    .load()
                    .meddle(every)
                    .storm(shape.faults(), shape.storm())
                    .settle();
        }
    },
    /// Nodes join and leave while clients work: with all faults, or without any.
    GROWTH {
        @Override
        Simulation play(Draw draw) {
            return growth(draw);
        }
    },
    /// Twenty groups on five nodes.
    MANY_GROUPS {
        @Override
        Simulation play(Draw draw) {
            SimConfig config = SimConfig.ordinary(5, 20).replicated(5);
            return weather(draw, config, Faults.storm(draw.random), 10);
        }
    };

    /// Where a run comes from, and where its trace goes.
    static final class Draw {
        private final long seed;
        private final Prng random;
        private final TraceLog trace;
        private final Variant variant;
        private @Nullable Shape drawn;

        Draw(long seed, Variant variant, TraceLog trace) {
            this.seed = seed;
            this.variant = variant;
            this.trace = trace;
            // not the simulation's own sequence: what is drawn here must not repeat inside
            random = new Prng(seed ^ 0x5CE7A210L);
        }

        /// How large the run is: as drawn, but for what the variant makes smaller.
        Shape shape(SimConfig config, Faults faults, int seconds) {
            Shape shape = variant.of(new Shape(config, faults, Duration.ofSeconds(seconds)));
            drawn = shape;
            return shape;
        }

        /// What [#shape] said; null if it was not asked yet.
        @Nullable Shape drawn() {
            return drawn;
        }
    }

    abstract Simulation play(Draw draw);

    /// Plays the story that a seed names.
    ///
    /// @throws Violation if something happened that must not, or did not happen that must
    public Report run(long seed) {
        return run(new Draw(seed, Variant.AS_DRAWN, new TraceLog()));
    }

    Report run(Draw draw) {
        return play(draw).report();
    }

    /// The name for command lines, such as `slow-disk`.
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The scenario of that name.
    public static Optional<Scenario> named(String label) {
        for (Scenario scenario : values()) {
            if (scenario.label().equals(label)) {
                return Optional.of(scenario);
            }
        }
        return Optional.empty();
    }

    Simulation weather(Draw draw, SimConfig config, Faults faults, int seconds) {
        Shape shape = draw.shape(config, faults, seconds);
        return simulation(draw, shape.config())
                .found()
                .load()
                .storm(shape.faults(), shape.storm())
                .settle();
    }

    Simulation growth(Draw draw) {
        Prng random = draw.random;
        SimConfig drawn = SimConfig.drawn(random);
        SimConfig config = drawn.sized(3, 1 + random.nextInt(4)).replicated(3);
        Faults storm =
                random.pick(
                        List.of(
                                Faults.NONE,
                                Faults.crashes(random),
                                Faults.partitions(random),
                                Faults.storm(random)));
        Shape shape = draw.shape(config, storm.losing(0), 8);
        Simulation simulation = simulation(draw, shape.config());
        simulation.found().load();
        List<NodeId> all = new ArrayList<>(List.of(new NodeId(1), new NodeId(2), new NodeId(3)));
        for (int joiners = 1 + random.nextInt(3); joiners > 0; joiners--) {
            simulation.storm(shape.faults(), Duration.ofMillis(random.nextInt(3000)));
            all.add(simulation.join());
        }
        simulation.storm(shape.faults(), Duration.ofMillis(random.nextInt(8000)));
        boolean patient = random.chance(0.5);
        if (patient) {
            simulation.arrange().load();
        }
        NodeId leaver = random.pick(all);
        simulation.leave(leaver);
        simulation.storm(shape.faults(), Duration.ofMillis(random.nextInt(5000)));
        return simulation.arrange();
    }

    Simulation simulation(Draw draw, SimConfig config) {
        return new Simulation(label(), draw.seed, draw.variant, config, draw.trace);
    }

    Simulation founding(Draw draw) {
        Prng random = draw.random;
        SimConfig drawn = SimConfig.drawn(random);
        SimConfig sized = drawn.sized(drawn.nodes(), 1 + random.nextInt(4));
        SimConfig config = draw.shape(sized, Faults.NONE, 1).config();
        Simulation simulation = simulation(draw, config);
        List<NodeId> order = new ArrayList<>();
        for (int id = 1; id <= config.nodes(); id++) {
            order.add(random.nextInt(order.size() + 1), new NodeId(id));
        }
        boolean wiped = random.chance(0.3);
        NodeId last = order.getLast();
        for (NodeId id : order) {
            simulation.restart(id);
            simulation.run(Duration.ofMillis(random.pick(List.of(0, 5, 100, 1500))));
            if (random.chance(0.4)) {
                NodeId victim = random.pick(order.subList(0, order.indexOf(id) + 1));
                simulation.crash(victim);
                simulation.run(Duration.ofMillis(random.pick(List.of(0, 5, 300))));
                simulation.restart(victim);
            }
        }
        simulation.settle();
        if (wiped) {
            // the others go on; it must not found, vote or serve
            simulation.wipe(last).restart(last).run(Duration.ofSeconds(3));
            return simulation.requireStranger(last);
        }
        return simulation.load().run(Duration.ofSeconds(1)).settle();
    }
}
