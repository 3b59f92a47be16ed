package dev.quorate.storage;

import dev.quorate.fuzz.FuzzTarget;
import dev.quorate.raft.HardState;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.ReplicaId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.zip.CRC32C;

/// What a node finds on its disk when it starts. Checksums are made right, or there would be
/// nothing behind them to find.
enum StorageFuzzTarget implements FuzzTarget {
    /// One record of the journal: [RecordDecoder].
    JOURNAL_RECORD {
        @Override
        public String run(byte[] input) {
            ByteBuffer in = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
            if (input.length < RecordFormat.HEADER_BYTES) {
                throw new IllegalArgumentException("no header");
            }
            int announced = RecordFormat.announcedBytes(in, 0);
            if (announced < 0 || announced > input.length) {
                // the scan never hands such a one on
                throw new IllegalArgumentException("no record");
            }
            JournalRecord record = RecordDecoder.decode(in, 0);
            ByteBuffer again =
                    ByteBuffer.allocate(RecordFormat.bytes(record)).order(ByteOrder.LITTLE_ENDIAN);
            RecordFormat.write(again, record);
            FuzzTarget.require(
                    record.equals(RecordDecoder.decode(again, 0)), "it means something else now");
            return record.getClass().getSimpleName();
        }

        @Override
        public List<byte[]> seeds() {
            List<byte[]> seeds = new ArrayList<>();
            for (JournalRecord record : records()) {
                ByteBuffer out =
                        ByteBuffer.allocate(RecordFormat.bytes(record))
                                .order(ByteOrder.LITTLE_ENDIAN);
                RecordFormat.write(out, record);
                seeds.add(out.array());
            }
            return seeds;
        }
    },

    /// A whole journal of one segment, with sound checksums as far as records follow each other:
    /// read for a report, and opened.
    JOURNAL {
        @Override
        public String run(byte[] input) {
            byte[] segment = Arrays.copyOf(HEADER, Math.max(4096, HEADER.length + input.length));
            System.arraycopy(input, 0, segment, HEADER.length, input.length);
            seal(segment);
            CrashDisk disk = new CrashDisk();
            disk.replace(Segment.fileName(1), segment);
            JournalReport report = JournalReport.of(disk);
            TreeSet<String> kinds = new TreeSet<>();
            JournalReport.dump(disk, line -> kinds.add(line.record().getClass().getSimpleName()));
            try (Journal journal = Journal.open(disk, Model.options())) {
                journal.recovered();
                journal.commit();
            }
            return kinds
                    + (report.damages().isEmpty() ? " sound" : " damaged")
                    + (report.replicas().isEmpty() ? "" : " hosting")
                    + (report.gone().isEmpty() ? "" : " without some");
        }

        @Override
        public List<byte[]> seeds() {
            List<byte[]> seeds = new ArrayList<>();
            for (int entries : new int[] {0, 3}) {
                CrashDisk disk = new CrashDisk();
                try (Journal journal = Journal.open(disk, Model.options())) {
                    journal.create(Model.replica(1));
                    journal.append(GROUP, new HardState(1, null, 0), List.of());
                    for (int i = 1; i <= entries; i++) {
                        journal.append(GROUP, null, List.of(Model.entry(1, i, "entry " + i)));
                    }
                    journal.commit();
                }
                int end = (int) JournalReport.of(disk).segments().getLast().endBytes();
                byte[] bytes = disk.bytes(Segment.fileName(1));
                seeds.add(Arrays.copyOfRange(bytes, Segment.HEADER_BYTES, end));
            }
            return seeds;
        }

        @Override
        public boolean refuses(Throwable thrown) {
            return thrown instanceof Disk.StorageFailure
                    || thrown instanceof JournalDamaged
                    || thrown instanceof Disk.DiskFull;
        }

        // buffers, a new segment on a disk that is memory, and holes in logs.
        @Override
        public long allocationMax(int inputBytes) {
            return (160L << 20) + 1024L * inputBytes;
        }
    };

    private static final GroupId GROUP = new GroupId(1);
    private static final SegmentHeader SEGMENT =
            new SegmentHeader(Model.CLUSTER, Model.NODE, 1, 0, 0, 1, 4096);
    private static final byte[] HEADER = SEGMENT.encode().array();

    @Override
    public boolean refuses(Throwable thrown) {
        return thrown instanceof IllegalArgumentException;
    }

    @Override
    public long allocationMax(int inputBytes) {
        return (64L << 10) + 64L * inputBytes;
    }

    private static void seal(byte[] segment) {
        ByteBuffer in = ByteBuffer.wrap(segment).order(ByteOrder.LITTLE_ENDIAN);
        CRC32C crc = new CRC32C();
        int at = Segment.HEADER_BYTES;
        while (at + RecordFormat.HEADER_BYTES <= segment.length) {
            int length = RecordFormat.announcedBytes(in, at);
            if (length < 0 || at + length > segment.length) {
                return;
            }
            in.putInt(
                    at + RecordFormat.CRC_AT,
                    RecordFormat.crc(in, at, length, SEGMENT.seed(), crc));
            at += length;
        }
    }

    private static List<JournalRecord> records() {
        Bytes digest = Bytes.wrap(new byte[SnapshotMeta.DIGEST_BYTES]);
        LogPosition at = new LogPosition(2, 9);
        return List.of(
                new JournalRecord.Batch(1, Segment.HEADER_BYTES),
                new JournalRecord.HardStateSet(GROUP, new HardState(2, new ReplicaId(8), 5)),
                new JournalRecord.EntryAppended(GROUP, Model.entry(2, 1, "hi")),
                new JournalRecord.EntryCopied(GROUP, Model.entry(2, 1, "")),
                new JournalRecord.LogBegins(
                        GROUP,
                        JournalRecord.Beginning.INSTALLED,
                        at,
                        1000,
                        Model.configuration(201)),
                new JournalRecord.ReplicaCreated(Model.replica(1), JournalRecord.Before.VOID),
                new JournalRecord.ReplicasGone(
                        GROUP,
                        List.of(new ReplicaId(3), new ReplicaId(5)),
                        JournalRecord.Before.STANDS),
                new JournalRecord.InstallBegun(
                        GROUP, new SnapshotMeta(at, 1000, Model.configuration(201), 77, digest)),
                new JournalRecord.SegmentsRetired(4),
                new JournalRecord.ReplicaQuarantined(
                        GROUP, new ReplicaId(3), "rot", JournalRecord.Before.STANDS),
                new JournalRecord.Account(
                        0, 0, 0, 9, List.of(new JournalRecord.Account.Line(1, 4, 101))));
    }
}
