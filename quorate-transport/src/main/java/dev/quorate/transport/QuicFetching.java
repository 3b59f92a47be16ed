package dev.quorate.transport;

import dev.quorate.types.NodeId;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Transfers over QUIC: one connection per peer, made when it is needed, and a stream each.
final class QuicFetching implements Fetching {
    private final LinkContext context;
    private final QuicDialler dialler;
    private final Map<NodeId, BulkLink> links = new TreeMap<>();

    QuicFetching(LinkContext context) {
        this.context = context;
        LinksOptions options = context.options();
        this.dialler = new QuicDialler(options, "quorate-bulk-dial-" + options.self(), 1);
    }

    @Override
    public EventLoop loop() {
        return dialler.loop();
    }

    @Override
    public void begin(NodeId peer, InetSocketAddress address, BulkFetch fetch) {
        links.computeIfAbsent(peer, _ -> new BulkLink(context, dialler, peer))
                .begin(address, fetch);
    }

    @Override
    public void peers(Set<NodeId> peers) {
        for (NodeId known : new TreeSet<>(links.keySet())) {
            BulkLink link = links.get(known);
            if (link != null && !peers.contains(known)) {
                links.remove(known);
                link.close(known + " is no peer of ours");
            } else if (link != null) {
                link.judgeAgain();
            }
        }
    }

    @Override
    public void judgeAgain() {
        links.values().forEach(BulkLink::judgeAgain);
    }

    @Override
    public void closeAll(String cause) {
        links.values().forEach(link -> link.close(cause));
        links.clear();
    }

    @Override
    public void end() {
        dialler.close();
    }
}
