package dev.quorate.app;

import dev.quorate.app.admin.SecurityDocument;
import dev.quorate.app.admin.SecurityDocument.Done;
import dev.quorate.app.admin.SecurityDocument.NewToken;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `quorate token`: the right to join, handed out one node at a time.
@Command(
        name = "token",
        description = "Makes, lists and withdraws join tokens; each lets one node in.",
        subcommands = {
            TokenCommand.Create.class,
            TokenCommand.ListTokens.class,
            TokenCommand.Revoke.class,
        })
final class TokenCommand {
    private TokenCommand() {}

    /// `quorate token create`.
    @Command(
            name = "create",
            description = {
                "Makes a join token and prints it: this is the only time that it is shown.",
                "Whoever has it may join once, so treat it like a password.",
            })
    static final class Create implements Callable<Integer> {
        @Mixin private AdminOptions options = new AdminOptions();

        @Option(
                names = "--ttl",
                defaultValue = "PT1H",
                paramLabel = "DURATION",
                description = "How long it may be used, such as PT1H or PT15M (default: one hour).")
        private Duration ttl = Duration.ofHours(1);

        @Override
        public Integer call() {
            NewToken made = options.first((client, door) -> client.createToken(door, ttl));
            options.print(made, made.token() + "\n");
            return 0;
        }
    }

    /// `quorate token list`.
    @Command(name = "list", description = "Lists join tokens and what became of them.")
    static final class ListTokens implements Callable<Integer> {
        @Mixin private AdminOptions options = new AdminOptions();

        @Override
        public Integer call() {
            List<SecurityDocument.Token> tokens =
                    options.first((client, door) -> client.look(door)).tokens();
            options.print(tokens, SecurityTables.tokens(tokens));
            return 0;
        }
    }

    /// `quorate token revoke`.
    @Command(
            name = "revoke",
            description =
                    "Withdraws a join token; a node that holds it and has not arrived is out.")
    static final class Revoke implements Callable<Integer> {
        @Mixin private AdminOptions options = new AdminOptions();

        @Parameters(paramLabel = "ID", description = "The first digits of the token's id.")
        private String id = "";

        @Override
        public Integer call() {
            Done done =
                    options.first((client, door) ->
                            client.change(door, "/tokens/revoke", Map.of("id", id)));
            options.print(done, done.done() + "\n");
            return 0;
        }
    }
}
