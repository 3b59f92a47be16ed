package dev.quorate.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who may know whom, across the modules.
class ArchitectureTest {
    private static final JavaClasses ALL =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("dev.quorate");

    /// From the bottom up; each may know those before it, with the exceptions tested below.
    private static final List<String> MODULES =
            List.of("storage", "transport", "node", "kv", "app");

    @Test
    void allModulesAreLookedAt() {
        for (String module : MODULES) {
            assertThat(ALL.stream())
                    .as("classes of " + module)
                    .anyMatch(type -> type.getPackageName().startsWith("dev.quorate." + module));
        }
    }

    @Test
    void onlyTransportKnowsQuicAndBouncyCastle() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.quorate.transport..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty.handler.codec.quic..", "org.bouncycastle..")
                .check(ALL);
    }

    @Test
    void onlyKvKnowsRocksDb() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.quorate.kv..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.rocksdb..")
                .check(ALL);
    }

    @Test
    void onlyTheAppKnowsItsLibraries() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.quorate.app..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.helidon..", "picocli..", "ch.qos.logback..")
                .check(ALL);
    }

    @Test
    void modulesDependOnlyOnThoseBelow() {
        for (int i = 0; i < MODULES.size(); i++) {
            String[] above =
                    MODULES.subList(i + 1, MODULES.size()).stream()
                            .map(module -> "dev.quorate." + module + "..")
                            .toArray(String[]::new);
            if (above.length > 0) {
                noClasses()
                        .that()
                        .resideInAPackage("dev.quorate." + MODULES.get(i) + "..")
                        .should(
                                ArchConditions.dependOnClassesThat(
                                        JavaClass.Predicates.resideInAnyPackage(above)))
                        .check(ALL);
            }
        }
    }

    @Test
    void storageAndTransportDoNotKnowEachOther() {
        noClasses()
                .that()
                .resideInAPackage("dev.quorate.transport..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.quorate.storage..")
                .check(ALL);
    }

    @Test
    void theSimulatorRunsWithoutTheShell() {
        noClasses()
                .that()
                .resideInAPackage("dev.quorate.sim..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.quorate.transport..",
                        "dev.quorate.node..",
                        "dev.quorate.kv..",
                        "dev.quorate.app..")
                .check(ALL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"storage", "transport", "node", "kv", "sim", "app"})
    void packagesOfAModuleFormNoCycle(String module) {
        slices().matching("dev.quorate." + module + ".(**)")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(ALL);
    }
}
