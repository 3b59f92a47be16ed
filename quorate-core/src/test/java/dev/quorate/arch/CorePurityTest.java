package dev.quorate.arch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// The core's promises, as tests.
class CorePurityTest {
    private static final JavaClasses CORE =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    // what only tests use
                    .withImportOption(location -> !location.contains("/dev/quorate/fuzz/"))
                    .importPackages("dev.quorate");

    @Test
    void theCoreIsLookedAtAtAll() {
        assertThat(CORE.size()).isGreaterThan(40);
    }

    @Test
    void coreDoesNoInputOrOutputAndKnowsNoThreads() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.io..",
                        "java.nio.file..",
                        "java.nio.channels..",
                        "java.net..",
                        "java.util.concurrent..",
                        "org.slf4j..",
                        "java.util.logging..")
                .because("the core decides; the shell acts")
                .check(CORE);
    }

    @Test
    void coreNeverAsksForTimeRandomnessOrThreads() {
        noClasses()
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callMethod(UUID.class, "randomUUID")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, SecureRandom.class, Random.class, Clock.class)
                .because("time and randomness come in as arguments")
                .check(CORE);
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching("dev.quorate.(*)..").should().beFreeOfCycles().check(CORE);
    }

    @Test
    void packagesDependOnlyOnThoseBelow() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .withOptionalLayers(true)
                .layer("types")
                .definedBy("dev.quorate.types..")
                .layer("raft")
                .definedBy("dev.quorate.raft..")
                .layer("swim")
                .definedBy("dev.quorate.swim..")
                .layer("metadata")
                .definedBy("dev.quorate.metadata..")
                .layer("placement")
                .definedBy("dev.quorate.placement..")
                .layer("enrolment")
                .definedBy("dev.quorate.enrolment..")
                .layer("session")
                .definedBy("dev.quorate.session..")
                .layer("api")
                .definedBy("dev.quorate.api..")
                .layer("wire")
                .definedBy("dev.quorate.wire..")
                .layer("core")
                .definedBy("dev.quorate.core..")
                .whereLayer("core")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("enrolment")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("wire")
                .mayOnlyBeAccessedByLayers("core")
                .whereLayer("api")
                .mayOnlyBeAccessedByLayers("session", "wire", "core")
                .whereLayer("placement")
                .mayOnlyBeAccessedByLayers("core")
                .whereLayer("metadata")
                .mayOnlyBeAccessedByLayers("placement", "enrolment", "wire", "core")
                .whereLayer("session")
                .mayOnlyBeAccessedByLayers("core")
                .whereLayer("raft")
                .mayOnlyBeAccessedByLayers("session", "wire", "core")
                .whereLayer("swim")
                .mayOnlyBeAccessedByLayers("wire", "core")
                .check(CORE);
    }
}
