package dev.quorate.kv.engine;

import dev.quorate.types.Bytes;
import java.util.Comparator;

/// The order of rows: unsigned bytes, the shorter first.
enum RowOrder implements Comparator<Bytes> {
    UNSIGNED;

    @Override
    public int compare(Bytes a, Bytes b) {
        int shorter = Math.min(a.length(), b.length());
        for (int i = 0; i < shorter; i++) {
            int order = Byte.compareUnsigned(a.at(i), b.at(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(a.length(), b.length());
    }
}
