package dev.quorate.node.identity;

import dev.quorate.enrolment.CertificateDesk;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.node.directory.KnownPeer;
import dev.quorate.transport.ClusterCa;
import dev.quorate.transport.Enrolment;
import dev.quorate.transport.NodeIdentity;
import dev.quorate.transport.Pins;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The enrolment doors of the other nodes: asks one after the other, those that hold group 0 first.
///
/// @param remembered the peers to ask while group 0 has said nothing yet
record Doors(NodeId self, Pins pins, List<KnownPeer> remembered) {
    private static final Logger LOG = LoggerFactory.getLogger(IdentityKeeper.class);

    private record Door(NodeId node, String address) {}

    private interface Question<T> {
        T ask(Door door) throws IOException;
    }

    /// The next certificate.
    ///
    /// @throws IOException if nobody gave one; the message is the last answer
    NodeIdentity renewal(MetadataView view, NodeIdentity now) throws IOException {
        return ask(view, door -> Enrolment.renew(now, pins, door.node(), door.address()));
    }

    /// An authority with its key, or null if no node has it, or none that answers.
    @Nullable ClusterCa issuer(MetadataView view, NodeIdentity now, Bytes root) {
        try {
            return ask(
                    view,
                    door -> Enrolment.fetchIssuer(now, pins, door.node(), door.address(), root));
        } catch (IOException e) {
            LOG.debug("nobody gave an authority's key", e);
            return null;
        }
    }

    private <T> T ask(MetadataView view, Question<T> question) throws IOException {
        IOException failure = new IOException("there is no other node that could be asked");
        for (Door door : doors(view)) {
            try {
                return question.ask(door);
            } catch (IOException e) {
                failure = new IOException(door.node() + " was asked: " + e.getMessage(), e);
            }
        }
        throw failure;
    }

    private List<Door> doors(MetadataView view) {
        List<Door> first = new ArrayList<>();
        List<Door> last = new ArrayList<>();
        for (NodeInfo node : view.topology().nodes()) {
            String address = RegistrationOffice.door(node);
            if (!node.id().equals(self) && !address.isEmpty() && !view.isRevoked(node.id())) {
                (CertificateDesk.holdsMetadata(view, node.id()) ? first : last)
                        .add(new Door(node.id(), address));
            }
        }
        first.addAll(last);
        if (first.isEmpty()) {
            for (KnownPeer peer : remembered) {
                if (!peer.id().equals(self) && !peer.linksAddress().isEmpty()) {
                    first.add(new Door(peer.id(), peer.linksAddress()));
                }
            }
        }
        return first;
    }
}
