package dev.quorate.kv.state;

import dev.quorate.api.StateMachine.Checkpoint;
import dev.quorate.api.StateMachine.SnapshotWriter;
import dev.quorate.kv.engine.Engine;
import dev.quorate.kv.engine.EngineHold;

/// A group's rows at one moment, in a view of the engine, which stays open for as long.
final class KvCheckpoint implements Checkpoint {
    private final EngineHold hold;
    private final Engine.View view;
    private final Rows rows;

    KvCheckpoint(EngineHold hold, Rows rows) {
        this.hold = hold;
        this.view = hold.engine().view();
        this.rows = rows;
    }

    @Override
    public void writeTo(SnapshotWriter out) {
        SnapshotRows.Writing writing = new SnapshotRows.Writing(out);
        view.scan(
                rows.first(),
                rows.end(),
                (row, value) -> {
                    writing.row(Rows.suffix(row), value);
                    return true;
                });
        writing.end();
    }

    @Override
    public void close() {
        view.close();
        hold.close();
    }
}
