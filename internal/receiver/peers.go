package receiver

// Peers returns the peers whose connections of frames or lines are open, as their records have them. It says
// nothing of those that send datagrams and requests.
func (r *Receiver) Peers() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	peers := make(map[string]bool, len(r.conns))
	for c := range r.conns {
		peers[c.peer] = true
	}
	return peers
}
