package dev.quorate.metadata;

/// placeholder
public record MetadataView(long index) {}
