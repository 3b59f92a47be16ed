import dev.quorate.sim.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// What `Mutants` starts in a process of its own: the tests of a module, the nearest first, then
/// the simulator, until something fails.
final class Attack {
    static final String KILLED = "KILLED ";
    static final String SURVIVED = "SURVIVED";
    static final String HANGS = "HANGS";
    static final String STOP_AT_FIRST = "stop";
    static final String REPORT_ALL = "report";

    /// Packages with tests worth running, per module.
    private static final Map<String, List<String>> PACKAGES =
            Map.of(
                    "quorate-core", List.of("raft", "session", "core", "placement"),
                    "quorate-storage", List.of("storage"));

    private final boolean stopAtFirst;
    private final Set<String> skipped;

    private Attack(boolean stopAtFirst, Set<String> skipped) {
        this.stopAtFirst = stopAtFirst;
        this.skipped = skipped;
    }

    public static void main(String[] arguments) throws IOException {
        String module = arguments[0];
        String first = arguments[1];
        long firstSeed = Long.parseLong(arguments[2]);
        int rounds = Integer.parseInt(arguments[3]);
        Attack attack =
                new Attack(
                        arguments[4].equals(STOP_AT_FIRST),
                        new HashSet<>(Files.readAllLines(Path.of(arguments[5]))));
        List<String> packages = PACKAGES.get(module);
        if (packages.contains(first)) {
            attack.test(first);
        }
        packages.stream().filter(name -> !name.equals(first)).forEach(attack::test);
        attack.simulate(firstSeed, rounds);
        System.out.println(SURVIVED);
        Runtime.getRuntime().halt(0);
    }

    private void killed(String killer) {
        if (skipped.contains(killer)) {
            return;
        }
        System.out.println(KILLED + killer);
        System.out.flush();
        if (stopAtFirst) {
            Runtime.getRuntime().halt(1);
        }
    }

    private void test(String packageName) {
        Launcher launcher = LauncherFactory.create();
        launcher.execute(
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(DiscoverySelectors.selectPackage("dev.quorate." + packageName))
                        .filters(ClassNameFilter.includeClassNamePatterns(".*Test"))
                        .build(),
                new TestExecutionListener() {
                    @Override
                    public void executionFinished(
                            TestIdentifier test, TestExecutionResult result) {
                        if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                            result.getThrowable().ifPresent(Throwable::printStackTrace);
                            killed(name(test));
                        }
                    }
                });
    }

    private static String name(TestIdentifier test) {
        return switch (test.getSource().orElse(null)) {
            case MethodSource method ->
                    simple(method.getClassName()) + "." + method.getMethodName();
            case ClassSource of -> simple(of.getClassName());
            case null, default -> test.getDisplayName();
        };
    }

    private static String simple(String className) {
        return className.substring(className.lastIndexOf('.') + 1);
    }

    private void simulate(long firstSeed, int rounds) throws IOException {
        Path kept = Path.of("../quorate-sim/src/test/resources/regressions.txt");
        for (String line : Files.readAllLines(kept)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                String[] words = line.split(" +", 3);
                long seed = Long.parseUnsignedLong(words[1].substring(2), 16);
                play(Scenario.named(words[0]).orElseThrow(), seed);
            }
        }
        for (long seed = firstSeed; seed < firstSeed + rounds; seed++) {
            for (Scenario scenario : Scenario.values()) {
                play(scenario, seed);
            }
        }
    }

    private void play(Scenario scenario, long seed) {
        String name = "sim " + scenario.label() + " 0x" + Long.toHexString(seed);
        if (skipped.contains(name)) {
            return;
        }
        try {
            scenario.run(seed);
        } catch (RuntimeException | Error violation) {
            violation.printStackTrace();
            killed(name);
        }
    }
}
