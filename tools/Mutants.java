import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/// Tests the tests: applies known-bad changes to the sources, one at a time and never in place, and
/// lets the tests of the module and the simulator attack each. A change that nobody notices has
/// *survived*: a test is missing.
///
/// Run by `./dev mutants`, which builds first. The changes are listed in `tools/mutants/*.txt`.
final class Mutants {
    private static final int SOFTWARE_ERROR = 70;

    /// A change of one place.
    private record Hunk(String before, String after) {}

    /// A known-bad change.
    ///
    /// @param module the Maven module it belongs to
    /// @param file the source, below the repository's root
    private record Mutant(
            String name, String module, Path file, String sentence, List<Hunk> hunks) {
        /// The package of the source, below `dev.quorate`.
        String packageName() {
            return file.getName(file.getNameCount() - 2).toString();
        }
    }

    /// How an attack ended.
    ///
    /// @param killer what noticed the change; empty if it survived
    private record Verdict(Mutant mutant, String killer, double seconds) {
        boolean survived() {
            return killer.isEmpty();
        }

        @Override
        public String toString() {
            return survived()
                    ? "%-45s SURVIVED %.1f s: %s"
                            .formatted(mutant.name(), seconds, mutant.sentence())
                    : "%-45s killed by %s in %.1f s".formatted(mutant.name(), killer, seconds);
        }
    }

    /// What was asked for on the command line.
    ///
    /// @param only parts of the names of the changes to try; one empty part for all
    /// @param rounds seeds that every scenario of the simulator plays
    /// @param jobs changes attacked at once
    private record Options(
            List<String> only, long firstSeed, int rounds, int jobs, boolean fitOnly) {
        static Options parse(String[] arguments) {
            Map<String, String> given = new TreeMap<>();
            for (int at = 0; at + 1 < arguments.length; at += 2) {
                given.put(arguments[at], arguments[at + 1]);
            }
            Options options =
                    new Options(
                            List.of(given.getOrDefault("--only", "").split(",")),
                            Long.parseLong(given.getOrDefault("--seed", "1")),
                            Integer.parseInt(given.getOrDefault("--seeds", "30")),
                            Integer.parseInt(given.getOrDefault("--jobs", "2")),
                            given.containsKey("--fit"));
            given.keySet().removeAll(List.of("--only", "--seed", "--seeds", "--jobs", "--fit"));
            if (!given.isEmpty() || arguments.length % 2 != 0) {
                throw new IllegalArgumentException(
                        "usage: ./dev mutants [--only PART_OF_NAME,...] [--seeds ROUNDS]"
                                + " [--seed FIRST] [--jobs N] [--fit only]");
            }
            return options;
        }

        boolean wants(Mutant mutant) {
            return only.stream().anyMatch(mutant.name()::contains);
        }
    }

    private final Path root;
    private final Path work;
    private final Options options;
    private List<String> excluded = List.of();
    private long patienceSeconds = 600;

    private Mutants(Path root, Options options) {
        this.root = root;
        this.work = root.resolve("target/mutants");
        this.options = options;
    }

    /// Ends with 0 only if every change was noticed, and nothing failed without one.
    public static void main(String[] arguments) throws Exception {
        Mutants mutants = new Mutants(Path.of("").toAbsolutePath(), Options.parse(arguments));
        System.exit(mutants.hunt());
    }

    private int hunt() throws Exception {
        long began = System.nanoTime();
        List<Mutant> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(root.resolve("tools/mutants"))) {
            for (Path file : files.sorted().toList()) {
                all.addAll(read(file));
            }
        }
        all.removeIf(mutant -> !options.wants(mutant));
        if (!fit(all)) {
            return SOFTWARE_ERROR;
        }
        if (options.fitOnly()) {
            return 0;
        }
        if (!attackUnchanged(all)) {
            return SOFTWARE_ERROR;
        }
        List<Verdict> verdicts = attackAll(all);
        List<Verdict> survivors = verdicts.stream().filter(Verdict::survived).toList();
        System.out.printf("in %.0f s%n", (System.nanoTime() - began) / 1e9);
        survivors.forEach(System.out::println);
        System.out.printf(
                "%d mutants killed, %d survived%n",
                verdicts.size() - survivors.size(), survivors.size());
        return survivors.isEmpty() && excluded.isEmpty() ? 0 : 1;
    }

    /// Whether every change can be made, and compiles: that is seen to at once if nothing else is
    /// asked for.
    private boolean fit(List<Mutant> all) throws IOException {
        int misfits = 0;
        for (Mutant mutant : all) {
            try {
                mutate(mutant);
                if (options.fitOnly()) {
                    compile(mutant);
                }
            } catch (IllegalStateException misfit) {
                misfits++;
                System.out.println(misfit.getMessage());
            }
        }
        System.out.printf("%d changes, %d do not fit the sources%n", all.size(), misfits);
        return misfits == 0;
    }

    // ---- the list ------------------------------------------------------------------------------

    private List<Mutant> read(Path list) throws IOException {
        List<Mutant> mutants = new ArrayList<>();
        String[] blocks = ("\n" + Files.readString(list)).split("\n=== ");
        for (int i = 1; i < blocks.length; i++) {
            String[] parts = blocks[i].split("\n---(?:\n|$)");
            String[] head = parts[0].split("\n", 2);
            String[] words = head[0].split(" +");
            List<Hunk> hunks = new ArrayList<>();
            for (int part = 1; part < parts.length; part++) {
                String[] sides = (parts[part] + "\n").split("\n\\+\\+\\+\n", 2);
                if (sides.length != 2) {
                    throw new IllegalArgumentException(words[0] + ": a change without +++");
                }
                hunks.add(new Hunk(sides[0], sides[1].strip()));
            }
            if (words.length != 3 || hunks.isEmpty()) {
                throw new IllegalArgumentException(list + ": malformed: " + head[0]);
            }
            Path file = Path.of(words[1], "src/main/java/dev/quorate", words[2]);
            mutants.add(new Mutant(words[0], words[1], file, head[1].strip(), hunks));
        }
        return mutants;
    }

    // ---- changing ------------------------------------------------------------------------------

    /// The changed source.
    ///
    /// @throws IllegalStateException if the text is not there, or there more than once
    private String mutate(Mutant mutant) throws IOException {
        String source = Files.readString(root.resolve(mutant.file()));
        String changed = source;
        for (Hunk hunk : mutant.hunks()) {
            changed = replace(mutant, changed, hunk);
        }
        return changed;
    }

    /// White space does not matter, so that a formatter may break lines elsewhere.
    private static String replace(Mutant mutant, String source, Hunk hunk) {
        StringBuilder dense = new StringBuilder();
        List<Integer> places = new ArrayList<>();
        for (int at = 0; at < source.length(); at++) {
            if (!Character.isWhitespace(source.charAt(at))) {
                dense.append(source.charAt(at));
                places.add(at);
            }
        }
        String wanted = hunk.before().replaceAll("\\s", "");
        int found = dense.indexOf(wanted);
        if (wanted.isEmpty() || found < 0 || dense.indexOf(wanted, found + 1) >= 0) {
            throw new IllegalStateException(
                    "%s: its text is %s in %s; bring tools/mutants up to date:%n%s"
                            .formatted(
                                    mutant.name(),
                                    found < 0 ? "not there" : "there more than once",
                                    mutant.file(),
                                    hunk.before()));
        }
        return source.substring(0, places.get(found))
                + hunk.after()
                + source.substring(places.get(found + wanted.length() - 1) + 1);
    }

    private Path compile(Mutant mutant) throws IOException {
        Path home = work.resolve(mutant.name());
        Path source = home.resolve("src").resolve(mutant.file().getFileName());
        Path classes = home.resolve("classes");
        Files.createDirectories(source.getParent());
        Files.createDirectories(classes);
        Files.writeString(source, mutate(mutant));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        int errors =
                compiler.run(
                        null,
                        null,
                        null,
                        "-nowarn",
                        "-proc:none",
                        "-parameters",
                        "-cp",
                        classPath(""),
                        "-d",
                        classes.toString(),
                        source.toString());
        if (errors != 0) {
            throw new IllegalStateException(mutant.name() + " does not compile");
        }
        return classes;
    }

    private String classPath(String first) {
        StringBuilder path = new StringBuilder(first);
        for (String module : List.of("quorate-core", "quorate-storage", "quorate-sim")) {
            for (String classes : List.of("test-classes", "classes")) {
                Path directory = root.resolve(module).resolve("target").resolve(classes);
                path.append(path.isEmpty() ? "" : ":").append(directory);
            }
        }
        for (String own : System.getProperty("java.class.path").split(":")) {
            path.append(':').append(root.resolve(own)); // the tests run in their module's folder
        }
        return path.toString();
    }

    // ---- attacking -----------------------------------------------------------------------------

    /// Lets everything attack the sources as they are. What fails there proves nothing: it is left
    /// out, loudly.
    private boolean attackUnchanged(List<Mutant> mutants) throws Exception {
        long began = System.nanoTime();
        List<String> failing = new ArrayList<>();
        for (String module : mutants.stream().map(Mutant::module).distinct().toList()) {
            Path output = attack("unchanged-" + module, "", module, "none", Attack.REPORT_ALL);
            List<String> lines = Files.readAllLines(output);
            if (!lines.contains(Attack.SURVIVED)) {
                System.out.println("the attack itself fails: see " + output);
                return false;
            }
            lines.stream()
                    .filter(line -> line.startsWith(Attack.KILLED))
                    .map(line -> line.substring(Attack.KILLED.length()))
                    .forEach(failing::add);
        }
        excluded = failing.stream().distinct().toList();
        double seconds = (System.nanoTime() - began) / 1e9;
        patienceSeconds = 60 + (long) (seconds * 5);
        System.out.printf("unchanged, all attacks together last %.1f s%n", seconds);
        excluded.forEach(test -> System.out.println("FAILS UNCHANGED, left out: " + test));
        return true;
    }

    private List<Verdict> attackAll(List<Mutant> mutants) throws Exception {
        List<Verdict> verdicts = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(options.jobs())) {
            List<Future<Verdict>> running = new ArrayList<>();
            for (Mutant mutant : mutants) {
                Callable<Verdict> attack = () -> attack(mutant);
                running.add(pool.submit(attack));
            }
            for (Future<Verdict> verdict : running) {
                verdicts.add(verdict.get());
                System.out.println(verdicts.getLast());
            }
        } catch (ExecutionException failed) {
            throw new IllegalStateException(failed.getCause());
        }
        return verdicts;
    }

    private Verdict attack(Mutant mutant) throws Exception {
        long began = System.nanoTime();
        String classes = compile(mutant).toString();
        Path output =
                attack(
                        mutant.name(),
                        classes,
                        mutant.module(),
                        mutant.packageName(),
                        Attack.STOP_AT_FIRST);
        double seconds = (System.nanoTime() - began) / 1e9;
        for (String line : Files.readAllLines(output)) {
            if (line.startsWith(Attack.KILLED)) {
                return new Verdict(mutant, line.substring(Attack.KILLED.length()), seconds);
            }
            if (line.equals(Attack.SURVIVED)) {
                return new Verdict(mutant, "", seconds);
            }
            if (line.equals(Attack.HANGS)) {
                return new Verdict(mutant, "never coming to an end", seconds);
            }
        }
        throw new IllegalStateException(mutant.name() + ": the attack failed, see " + output);
    }

    /// One process per change.
    private Path attack(String name, String classes, String module, String first, String mode)
            throws IOException, InterruptedException {
        Path home = work.resolve(name);
        Files.createDirectories(home);
        Path skipped = home.resolve("skipped");
        Files.write(skipped, excluded);
        Path output = home.resolve("output");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-Xmx768m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=4",
                                "-Djava.io.tmpdir=" + Files.createDirectories(home.resolve("tmp")),
                                "-cp",
                                classPath(classes),
                                "Attack",
                                module,
                                first,
                                String.valueOf(options.firstSeed()),
                                String.valueOf(options.rounds()),
                                mode,
                                skipped.toString())
                        .directory(root.resolve(module).toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        if (!process.waitFor(patienceSeconds, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            Files.write(
                    output,
                    (System.lineSeparator() + Attack.HANGS + System.lineSeparator())
                            .getBytes(StandardCharsets.UTF_8),
                    java.nio.file.StandardOpenOption.APPEND);
        }
        return output;
    }
}
