package dev.quorate.metadata;

/// CONTRACT ONLY: replaced by the metadata package.
public interface MetadataEntry {}
