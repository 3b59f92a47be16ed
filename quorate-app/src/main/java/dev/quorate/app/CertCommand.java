package dev.quorate.app;

import dev.quorate.app.admin.SecurityDocument;
import dev.quorate.app.admin.SecurityDocument.Done;
import dev.quorate.app.cluster.CommandFailure;
import dev.quorate.transport.ClusterCa;
import dev.quorate.transport.NodeIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `quorate cert`: certificates of nodes, and the authority that signs them.
@Command(
        name = "cert",
        description = {
            "Shows and changes the certificates that nodes know each other by.",
            "They renew themselves; these commands are for looking, and for what people decide.",
        },
        subcommands = {
            CertCommand.Show.class,
            CertCommand.Renew.class,
            CertCommand.RotateCa.class,
            CertCommand.Revoke.class,
        })
final class CertCommand {
    private CertCommand() {}

    /// `quorate cert show`.
    @Command(name = "show", description = "Shows the certificate of every node that answers.")
    static final class Show implements Callable<Integer> {
        @Mixin private AdminOptions options = new AdminOptions();

        @Override
        public Integer call() {
            List<String> complaints = new ArrayList<>();
            List<SecurityDocument> documents =
                    options.all((client, door) -> client.look(door), complaints);
            options.print(documents, SecurityTables.certificates(documents, complaints));
            return 0;
        }
    }

    /// `quorate cert renew`.
    @Command(
            name = "renew",
            description = {
                "Renews certificates now: of every node of a dev cluster, or of the node named.",
                "With --ca, renews the files of a node that is stopped, without the cluster.",
            })
    static final class Renew implements Callable<Integer> {
        @Mixin private AdminOptions options = new AdminOptions();

        @Option(
                names = "--ca",
                paramLabel = "DIR",
                description = "An authority's directory, with ca.key and ca.pem.")
        private @Nullable Path authority;

        @Option(
                names = "--days",
                defaultValue = "30",
                paramLabel = "N",
                description = "With --ca: how long it lasts (default: ${DEFAULT-VALUE}).")
        private int days;

        @Override
        public Integer call() {
            Path ca = authority;
            if (ca != null) {
                Done done = offline(ca);
                options.print(done, done.done() + "\n");
                return 0;
            }
            List<String> complaints = new ArrayList<>();
            List<Done> done =
                    options.all(
                            (client, door) -> client.change(door, "/renew", Map.of()), complaints);
            StringBuilder lines = new StringBuilder();
            done.forEach(one -> lines.append(one.done()).append('\n'));
            complaints.forEach(one -> lines.append("note: ").append(one).append('\n'));
            options.print(done, lines.toString());
            return complaints.isEmpty() ? 0 : 1;
        }

        private Done offline(Path ca) {
            Path directory = options.directory();
            if (directory == null || days < 1) {
                throw new CommandFailure("--ca needs --dir DIR of a node, and --days above 0.");
            }
            try {
                NodeIdentity old = NodeIdentity.loadOfAnyAge(directory);
                ClusterCa signer = ClusterCa.load(ca, old.name().cluster());
                NodeIdentity next =
                        old.with(
                                List.of(
                                        signer.issue(
                                                old.name().node(),
                                                old.request().key(),
                                                Duration.ofDays(days))),
                                old.roots());
                next.save(directory);
                return new Done("Renewed: " + next);
            } catch (IOException | IllegalArgumentException e) {
                throw new CommandFailure("Nothing was renewed: " + e.getMessage() + ".", e);
            }
        }
    }

    /// `quorate cert rotate-ca`.
    @Command(
            name = "rotate-ca",
            description = {
                "Replaces the authority: stage the next one, wait until every node uses it"
                        + " (status), then finalize. abandon goes back.",
            })
    static final class RotateCa implements Callable<Integer> {
        /// The steps.
        enum Step {
            STAGE,
            STATUS,
            FINALIZE,
            ABANDON
        }

        @Mixin private AdminOptions options = new AdminOptions();

        @Parameters(paramLabel = "STEP", description = "stage, status, finalize or abandon.")
        private Step step = Step.STATUS;

        @Option(
                names = "--ca",
                paramLabel = "DIR",
                description =
                        "With stage: your own authority's directory on the node's machine, with"
                                + " ca.key and ca.pem. Without it, a new one is made.")
        private @Nullable Path authority;

        @Override
        public Integer call() {
            switch (step) {
                case STATUS -> {
                    SecurityDocument document = options.first((client, door) -> client.look(door));
                    options.print(document.trust(), SecurityTables.trust(document.trust()));
                }
                case STAGE ->
                        change(
                                "/ca/stage",
                                authority == null
                                        ? Map.of()
                                        : Map.of(
                                                "directory",
                                                authority.toAbsolutePath().toString()));
                case FINALIZE -> change("/ca/finalize", Map.of());
                case ABANDON -> change("/ca/abandon", Map.of());
            }
            return 0;
        }

        private void change(String path, Map<String, Object> said) {
            Done done = options.first((client, door) -> client.change(door, path, said));
            options.print(done, done.done() + "\n");
        }
    }

    /// `quorate cert revoke`.
    @Command(
            name = "revoke",
            description = {
                "Denies a node's key for ever: its links end at once, and no other node lets it"
                        + " in.",
                "Its data stays where it is; replace the node afterwards.",
            })
    static final class Revoke implements Callable<Integer> {
        @Mixin private AdminOptions options = new AdminOptions();

        @Parameters(paramLabel = "NODE", description = "The node's number.")
        private long node;

        @Option(
                names = "--reason",
                defaultValue = "revoked by an operator",
                paramLabel = "TEXT",
                description = "For the record.")
        private String reason = "";

        @Option(
                names = "--force",
                description =
                        "Even if groups are left without a majority: for a key in wrong hands.")
        private boolean force;

        @Override
        public Integer call() {
            Map<String, Object> said = Map.of("node", node, "reason", reason, "force", force);
            Done done =
                    options.first((client, door) -> {
                        if (client.look(door).nodeId() == node) {
                            throw new IOException("node " + node + " is to be revoked");
                        }
                        return client.change(door, "/revoke", said);
                    });
            options.print(done, done.done() + "\n");
            return 0;
        }
    }
}
