package dev.quorate.sim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A smaller form of the run that a seed names: fewer groups, clients and kinds of faults, a
/// shorter storm. What is absent stays as drawn.
///
/// @param groups data groups at most
/// @param clients clients at most
/// @param faults the only kinds of faults that happen
/// @param stormMillis how long the storm lasts at most
record Variant(
        Optional<Integer> groups,
        Optional<Integer> clients,
        Optional<List<FaultKind>> faults,
        Optional<Integer> stormMillis) {
    /// Nothing smaller.
    static final Variant AS_DRAWN =
            new Variant(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    private static final String USAGE =
            "write groups=1,clients=2,faults=crash+cut,storm=500 (milliseconds), or faults=none";

    /// How large a run is.
    record Shape(SimConfig config, Faults faults, Duration storm) {
        /// The variant that would lead here from anything larger.
        Variant variant() {
            return new Variant(
                    Optional.of(config.groups()),
                    Optional.of(config.clients()),
                    Optional.of(faults.kinds()),
                    Optional.of((int) storm.toMillis()));
        }
    }

    Variant {
        faults = faults.map(List::copyOf);
    }

    /// The shape that is left of the one drawn.
    Shape of(Shape drawn) {
        SimConfig config = drawn.config();
        int fewerGroups = Math.min(groups.orElse(config.groups()), config.groups());
        int fewerClients = Math.min(clients.orElse(config.clients()), config.clients());
        long millis = drawn.storm().toMillis();
        return new Shape(
                config.sized(config.nodes(), fewerGroups).served(fewerClients, config.thinkMax()),
                faults.map(drawn.faults()::only).orElse(drawn.faults()),
                Duration.ofMillis(
                        Math.min(stormMillis.map(Integer::longValue).orElse(millis), millis)));
    }

    /// The next smaller forms, the boldest first.
    List<Variant> smaller() {
        List<Variant> next = new ArrayList<>();
        smaller(stormMillis, 250)
                .forEach(less -> next.add(new Variant(groups, clients, faults, Optional.of(less))));
        smaller(groups, 1)
                .forEach(less ->
                        next.add(new Variant(Optional.of(less), clients, faults, stormMillis)));
        smaller(clients, 1)
                .forEach(less ->
                        next.add(new Variant(groups, Optional.of(less), faults, stormMillis)));
        for (List<FaultKind> fewer : fewer(faults.orElse(List.of()))) {
            next.add(new Variant(groups, clients, Optional.of(fewer), stormMillis));
        }
        return next;
    }

    /// The least, a half, one less.
    private static List<Integer> smaller(Optional<Integer> number, int least) {
        List<Integer> candidates = new ArrayList<>();
        int now = number.orElse(least);
        for (int candidate : List.of(least, now / 2, least == 1 ? now - 1 : now * 3 / 4)) {
            if (candidate >= least && candidate < now && !candidates.contains(candidate)) {
                candidates.add(candidate);
            }
        }
        return candidates;
    }

    /// Either half of the kinds, then each one left out.
    private static List<List<FaultKind>> fewer(List<FaultKind> kinds) {
        List<List<FaultKind>> candidates = new ArrayList<>();
        if (kinds.size() > 2) {
            candidates.add(kinds.subList(0, kinds.size() / 2));
            candidates.add(kinds.subList(kinds.size() / 2, kinds.size()));
        }
        for (FaultKind left : kinds) {
            candidates.add(kinds.stream().filter(kind -> kind != left).toList());
        }
        return candidates;
    }

    // ---- words ---------------------------------------------------------------------------------

    /// The command that plays it again.
    String replay(String scenario, long seed) {
        String words = toString();
        return "./quorate sim --scenario %s --seed 0x%x%s"
                .formatted(scenario, seed, words.isEmpty() ? "" : " --with " + words);
    }

    /// Reads what [#toString()] wrote.
    ///
    /// @throws IllegalArgumentException with a sentence, if it makes no sense
    static Variant parse(String words) {
        Variant variant = AS_DRAWN;
        for (String word : words.split(",", -1)) {
            String[] sides = word.split("=", 2);
            if (sides.length != 2) {
                throw new IllegalArgumentException(word + " makes nothing smaller; " + USAGE);
            }
            variant = variant.with(sides[0], sides[1]);
        }
        return variant;
    }

    private Variant with(String what, String value) {
        return switch (what) {
            case "groups" -> new Variant(Optional.of(number(value)), clients, faults, stormMillis);
            case "clients" -> new Variant(groups, Optional.of(number(value)), faults, stormMillis);
            case "faults" -> new Variant(groups, clients, Optional.of(kinds(value)), stormMillis);
            case "storm" -> new Variant(groups, clients, faults, Optional.of(number(value)));
            default ->
                    throw new IllegalArgumentException(what + " cannot be made smaller; " + USAGE);
        };
    }

    private static int number(String text) {
        try {
            int number = Integer.parseInt(text);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException malformed) {
            throw new IllegalArgumentException(text + " is no number; " + USAGE, malformed);
        }
        throw new IllegalArgumentException(text + " is too few; " + USAGE);
    }

    private static List<FaultKind> kinds(String text) {
        List<FaultKind> kinds = new ArrayList<>();
        for (String label : text.equals("none") ? new String[0] : text.split("\\+", -1)) {
            kinds.add(
                    FaultKind.named(label)
                            .orElseThrow(() ->
                                    new IllegalArgumentException(
                                            "no kind of fault is called " + label + "; " + USAGE)));
        }
        return kinds;
    }

    @Override
    public String toString() {
        List<String> words = new ArrayList<>();
        groups.ifPresent(number -> words.add("groups=" + number));
        clients.ifPresent(number -> words.add("clients=" + number));
        faults.ifPresent(kinds ->
                words.add(
                        "faults="
                                + (kinds.isEmpty()
                                        ? "none"
                                        : String.join(
                                                "+",
                                                kinds.stream().map(FaultKind::label).toList()))));
        stormMillis.ifPresent(millis -> words.add("storm=" + millis));
        return String.join(",", words);
    }
}
