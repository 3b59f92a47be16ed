package dev.quorate.kv.resp;

/// The protocol versions a connection may speak.
public enum Protocol {
    /// What every connection speaks until it says `HELLO 3`.
    RESP2,
    /// Has maps and a null of its own.
    RESP3,
}
