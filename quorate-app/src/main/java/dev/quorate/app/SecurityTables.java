package dev.quorate.app;

import dev.quorate.app.admin.SecurityDocument;
import java.util.ArrayList;
import java.util.List;

/// Renders [SecurityDocument]s for people.
final class SecurityTables {
    private static final int BRIEF = 16;

    private SecurityTables() {}

    /// One line per node.
    static String certificates(List<SecurityDocument> documents, List<String> complaints) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NODE", "AUTHORITY", "EXPIRES", "RENEWS", "SERIAL", "ISSUES", "TROUBLE"));
        for (SecurityDocument document : documents) {
            SecurityDocument.Certificate used = document.certificate();
            rows.add(
                    List.of(
                            Long.toString(document.nodeId()),
                            brief(used.issuerSha256()),
                            minutes(used.notAfter()),
                            minutes(used.renewAt()),
                            brief(used.serial()),
                            document.trust().keysHere().isEmpty() ? "no" : "yes",
                            document.trouble()));
        }
        StringBuilder text = new StringBuilder(table(rows));
        for (SecurityDocument.Revoked revoked : documents.getFirst().revoked()) {
            text.append("revoked: key ")
                    .append(brief(revoked.spkiSha256()))
                    .append(" of node ")
                    .append(revoked.node())
                    .append(" (")
                    .append(revoked.reason())
                    .append(")\n");
        }
        complaints.forEach(one -> text.append("note: ").append(one).append('\n'));
        return text.toString();
    }

    /// How far a change of the authority has come.
    static String trust(SecurityDocument.Trust trust) {
        StringBuilder text = new StringBuilder();
        text.append("authority  ").append(trust.issuer()).append('\n');
        text.append("staged     ").append(trust.staged().isEmpty() ? "none" : trust.staged());
        text.append("\nphase      ").append(trust.phase()).append('\n');
        if (!trust.staged().isEmpty()) {
            text.append("reissued   ").append(trust.reissued()).append('\n');
            text.append("waiting    ").append(trust.waitingFor()).append('\n');
        }
        return text.toString();
    }

    /// One line per token.
    static String tokens(List<SecurityDocument.Token> tokens) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ID", "STATE", "EXPIRES", "NODE", "STEPS"));
        for (SecurityDocument.Token token : tokens) {
            rows.add(
                    List.of(
                            brief(token.id()),
                            token.state(),
                            minutes(token.expiry()),
                            token.node() == 0 ? "" : Long.toString(token.node()),
                            Integer.toString(token.history().size())));
        }
        return table(rows);
    }

    static String table(List<List<String>> rows) {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                line.append(row.get(column));
                line.repeat(' ', width(rows, column) - row.get(column).length() + 2);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static int width(List<List<String>> rows, int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }

    private static String brief(String hash) {
        return hash.length() <= BRIEF ? hash : hash.substring(0, BRIEF);
    }

    /// Seconds and less are of no interest.
    private static String minutes(String instant) {
        int end = instant.indexOf(':', instant.indexOf(':') + 1);
        return end < 0 ? instant : instant.substring(0, end) + "Z";
    }
}
