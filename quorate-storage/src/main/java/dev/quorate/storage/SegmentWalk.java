package dev.quorate.storage;

/// Reads all records of a segment that can be read, damaged or not, in order.
final class SegmentWalk {
    /// Where a segment's records end is known, or is for the walk to find out.
    enum End {
        /// A later segment's header says so: whatever is missing up to there is damage.
        KNOWN,
        /// It is the newest segment: what was never forced may be missing, as a torn tail.
        TORN,
        /// It was known once, and is not any more.
        LOST,
    }

    /// Who is told what the segment holds.
    interface Visitor {
        /// A record, at the scan's place.
        void record(SegmentScan scan, JournalRecord record);

        /// From `from` on up to `to` nothing can be read that was there once.
        void gap(long from, long to, String cause);
    }

    private final SegmentScan scan;
    private final long sequence;
    private final long limit;
    private final End end;
    private final long forced;

    /// Stale bytes may look like headers of long records: checking them all could take for ever.
    private long checkableBytes;

    /// @param limit where records end, if that is known, else the size of the file
    /// @param forced what is known to have been forced, in bytes; apart from what batches state
    SegmentWalk(Disk disk, SegmentHeader header, long limit, End end, long forced) {
        String file = Segment.fileName(header.sequence());
        scan = new SegmentScan(disk, file, header.seed(), Segment.HEADER_BYTES, limit);
        sequence = header.sequence();
        this.limit = limit;
        this.end = end;
        this.forced = forced;
        checkableBytes = 64 * limit;
    }

    /// Walks to the end.
    ///
    /// @return where that is, in bytes
    long walk(Visitor visitor) {
        while (true) {
            while (scan.next()) {
                visit(visitor);
            }
            long at = scan.offset();
            boolean isOver =
                    switch (end) {
                        case KNOWN -> at >= limit;
                        case TORN -> at >= forced && !isStatedBeyond(at);
                        case LOST -> false;
                    };
            if (isOver) {
                return at;
            }
            long resumed = at < limit ? resume(at) : -1;
            if (resumed < 0) {
                if (end == End.KNOWN) {
                    visitor.gap(at, limit, "no record can be read up to the end of the segment");
                    return limit;
                }
                visitor.gap(at, at, "records that followed may be missing");
                return at;
            }
            visitor.gap(at, resumed, "no readable record here");
            visit(visitor);
        }
    }

    private void visit(Visitor visitor) {
        JournalRecord record;
        try {
            record = scan.record();
        } catch (IllegalArgumentException e) {
            visitor.gap(
                    scan.offset(),
                    scan.offset() + scan.length(),
                    "sound checksum, but " + e.getMessage());
            return;
        }
        visitor.record(scan, record);
    }

    /// Batches land out of order, so a sound one after `at` proves nothing by itself; but one that
    /// says that `at` was forced before does.
    private boolean isStatedBeyond(long at) {
        for (long place = at; place + RecordFormat.BATCH_BYTES <= limit; place += 8) {
            scan.seek(place);
            if (scan.typeHere() == RecordFormat.BATCH
                    && scan.announcedHere() == RecordFormat.BATCH_BYTES
                    && scan.nextFrom(place)
                    && scan.recordIfAny() instanceof JournalRecord.Batch batch
                    && batch.forcedSequence() == sequence
                    && batch.forcedOffset() > at) {
                return true;
            }
        }
        return false;
    }

    /// Moves to the next sound record behind a place where none is. How long the one at that place
    /// says it is cannot be trusted: that may be what is wrong with it.
    private long resume(long at) {
        for (long place = at + 8; place < limit && checkableBytes > 0; place += 8) {
            if (scan.nextFrom(place)) {
                return place;
            }
            int announced = scan.announcedHere();
            checkableBytes -= 8 + (announced > 0 && place + announced <= limit ? announced : 0);
        }
        return -1;
    }
}
