package receiver

// maxGone bounds the peers that are remembered when their connections have ended.
const maxGone = 256

// gone are the peers whose connections ended last.
type gone struct {
	peers []string
	next  int // which of them is replaced when there are as many as may be
}

func (g *gone) add(peer string) {
	if len(g.peers) < maxGone {
		g.peers = append(g.peers, peer)
		return
	}
	g.peers[g.next] = peer
	g.next = (g.next + 1) % maxGone
}

// Peers returns the peers of connections of frames or lines, as their records have them: true for those that are
// open, false for the 256 that ended last. It says nothing of those that send datagrams and requests.
func (r *Receiver) Peers() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	peers := make(map[string]bool, len(r.conns)+len(r.gone.peers))
	for _, peer := range r.gone.peers {
		peers[peer] = false
	}
	for c := range r.conns {
		peers[c.peer] = true
	}
	return peers
}
