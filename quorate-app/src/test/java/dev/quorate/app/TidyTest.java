package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// House rules that no compiler knows, for the whole tree.
class TidyTest {
    private static final int FILE_LINES_MAX = 500;
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /// Split, so that this file does not ban itself.
    private static final List<String> BANNED =
            List.of(
                    "FIX" + "ME",
                    "X" + "XX",
                    "TO" + "DO",
                    "print" + "StackTrace",
                    "System" + ".out",
                    "Thread" + ".sleep");

    /// What a program for the command line may do.
    private static final List<String> ALLOWED_IN_TOOLS =
            List.of("print" + "StackTrace", "System" + ".out");

    private static final List<String> BANNED_NAMES =
            List.of("Manager", "Helper", "Util", "Utils", "Impl", "Base");

    /// Copies whose order changes with every start of the JVM.
    private static final Pattern SALTED_LOOP =
            Pattern.compile("for \\(.* : (Set|Map)\\.(of|copyOf)\\(");

    private static final Pattern TYPE =
            Pattern.compile(
                    "^(?:public |final |abstract |sealed )*(?:class|record|enum|interface) (\\w+)");

    @Test
    void sourcesAreTidy() throws IOException {
        List<String> complaints = new ArrayList<>();
        List<Path> files = javaFiles();
        for (Path file : files) {
            complain(file, Files.readAllLines(file), complaints);
        }
        assertThat(files).hasSizeGreaterThan(100);
        assertThat(complaints).isEmpty();
    }

    @Test
    void everyMainPackageIsExplained() throws IOException {
        List<String> complaints = new ArrayList<>();
        for (Path file : javaFiles()) {
            if (!file.toString().contains("/src/main/") || file.endsWith("module-info.java")) {
                continue;
            }
            Path explained = file.resolveSibling("package-info.java");
            if (!Files.exists(explained)) {
                complaints.add(ROOT.relativize(file) + ": its package has no package-info.java");
            } else if (!Files.readString(explained).contains("@NullMarked")) {
                complaints.add(ROOT.relativize(explained) + ": not @NullMarked");
            }
        }
        assertThat(complaints.stream().distinct()).isEmpty();
    }

    private static List<Path> javaFiles() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(path -> path.toString().endsWith(".java"))
                    .filter(path -> !ROOT.relativize(path).toString().contains("target/"))
                    .sorted()
                    .toList();
        }
    }

    private static void complain(Path file, List<String> lines, List<String> complaints) {
        Path shown = ROOT.relativize(file);
        if (lines.size() > FILE_LINES_MAX) {
            complaints.add(shown + ": " + lines.size() + " lines, at most " + FILE_LINES_MAX);
        }
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            String where = shown + ":" + (i + 1) + ": ";
            for (String banned : BANNED) {
                boolean allowed = shown.startsWith("tools") && ALLOWED_IN_TOOLS.contains(banned);
                if (line.contains(banned) && !allowed) {
                    complaints.add(where + "'" + banned + "' is banned");
                }
            }
            if (SALTED_LOOP.matcher(line).find()) {
                complaints.add(where + "loops over a set or map in salted order");
            }
            Matcher type = TYPE.matcher(line);
            if (type.find() && BANNED_NAMES.stream().anyMatch(type.group(1)::endsWith)) {
                complaints.add(where + "a name that says nothing: " + type.group(1));
            }
        }
    }
}
