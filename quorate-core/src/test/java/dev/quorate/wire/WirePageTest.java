package dev.quorate.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.wire.FrameType.LaneClass;
import dev.quorate.wire.FrameType.Resend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The table in `docs/formats/wire.md` says what the code does.
class WirePageTest {
    private static final Path PAGE = Path.of("../docs/formats/wire.md");
    // number, name, lane, longest, again, needs
    private static final Pattern ROW =
            Pattern.compile(
                    "\\| (\\d+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\| (yes|no) \\|([^|]*)\\|");

    @Test
    void everyFrameTypeIsInTheTableAsItIs() throws IOException {
        Map<Integer, String> documented = new TreeMap<>();
        for (String line : Files.readAllLines(PAGE)) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                documented.put(
                        Integer.valueOf(row.group(1)),
                        String.join(
                                ", ",
                                row.group(3).strip(),
                                row.group(4).strip(),
                                row.group(5),
                                row.group(6).strip()));
            }
        }
        Map<Integer, String> known = new TreeMap<>();
        for (FrameType type : FrameType.values()) {
            known.put(type.number(), said(type));
        }
        assertThat(documented).isEqualTo(known);
    }

    private static String said(FrameType type) {
        String lane =
                switch (type.laneClass()) {
                    case LaneClass.URGENT -> "0";
                    case LaneClass.BY_GROUP -> "by group";
                    case LaneClass.BY_REQUEST -> "by request";
                };
        String longest =
                type.bytesMax() == PeerCodec.FRAME_BYTES_MAX
                        ? "4 MiB"
                        : String.format(Locale.ROOT, "%,d", type.bytesMax());
        Feature gate = type.gate();
        return String.join(
                ", ",
                lane,
                longest,
                type.resend() == Resend.SAFE ? "yes" : "no",
                gate == null ? "" : "feature " + Long.numberOfTrailingZeros(gate.bit()));
    }
}
