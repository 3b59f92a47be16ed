package dev.quorate.node.directory;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/// Fields that both files of a node's identity have; bounded by the file they are read from.
final class Fields {
    private Fields() {}

    static void write(Bytes bytes, DataOutputStream out) throws IOException {
        out.writeInt(bytes.length());
        out.write(bytes.toByteArray());
    }

    static Bytes read(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IOException(length + " bytes do not fit");
        }
        return Bytes.wrap(in.readNBytes(length));
    }

    static void write(ClusterId cluster, DataOutputStream out) throws IOException {
        out.writeLong(cluster.high());
        out.writeLong(cluster.low());
    }

    static ClusterId readCluster(DataInputStream in) throws IOException {
        return new ClusterId(in.readLong(), in.readLong());
    }

    static void end(DataInputStream in) throws IOException {
        if (in.available() > 0) {
            throw new IOException(in.available() + " bytes too many");
        }
    }
}
