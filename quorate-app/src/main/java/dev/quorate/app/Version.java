package dev.quorate.app;

import picocli.CommandLine.IVersionProvider;

/// Which version this is, as the build wrote it into the jar.
final class Version implements IVersionProvider {
    /// The version, or `development` when the classes do not come from a jar.
    static String current() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            "quorate " + current(), "Java ${java.version} (${java.vendor})",
        };
    }
}
