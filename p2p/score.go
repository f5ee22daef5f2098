package p2p

import (
	"net"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
)

// GossipSub v1.1 peer scoring ("Peer Scoring" in the gossipsub-v1.1 specification; P1–P7 are its names).
//
// The scale: one rejected message costs a peer 10 points, and the square of their number counts, so that 2 cost 40,
// 5 cost 250 and 8 cost 640. Rejections are only for faults that show in the bytes alone, and every honest
// peer checks before it forwards, so a peer that sends some is broken or hostile. All that a peer can earn is
// 40 points, what two rejections cost.
var scoreThresholds = &pubsub.PeerScoreThresholds{
	// Four rejections in one topic (160): we neither offer it messages nor take its offers (IHAVE).
	GossipThreshold: -150,
	// Five (250): our own messages are not flooded to it.
	PublishThreshold: -250,
	// Eight (640): whatever it sends is dropped unread until the score has decayed.
	GraylistThreshold: -600,
	// Peer exchange is believed from peers that have served long and well only; nobody is born with this.
	AcceptPXThreshold: 20,
	// If the median of a mesh falls below this, better peers are grafted: a mesh of newcomers that deliver
	// nothing (the shape of an eclipse) is left again.
	OpportunisticGraftThreshold: 1,
}

// scoreDecay is the interval at which counters shrink and scores are looked at.
const scoreDecay = time.Second

func scoreParams(topics []string, isServer func(peer.ID) bool) *pubsub.PeerScoreParams {
	params := &pubsub.PeerScoreParams{
		Topics: make(map[string]*pubsub.TopicScoreParams, len(topics)),
		// What a peer can earn in all topics together.
		TopicScoreCap: 30,
		// P5: 10 points for a server that the registry names: it has paid for its place and can be found again.
		// Places cost little, so that is one rejection's worth; it lets a mesh prefer servers to newcomers.
		AppSpecificScore: func(p peer.ID) float64 {
			if isServer(p) {
				return 1
			}
			return 0
		},
		AppSpecificWeight: 10,
		// P6: more than 8 peers behind one address cost the square of the excess: 9 cost 5, 16 cost 320, which
		// cuts a cheap sybil off from gossip but not a household or an office. Loopback and private networks
		// are exempt, there the operator knows the peers.
		IPColocationFactorWeight:    -5,
		IPColocationFactorThreshold: 8,
		IPColocationFactorWhitelist: privateNetworks(),
		// P7: re-grafting during backoff, IWANT promises not kept; forgiven up to 6, then 10 times the square.
		BehaviourPenaltyWeight:    -10,
		BehaviourPenaltyThreshold: 6,
		BehaviourPenaltyDecay:     pubsub.ScoreParameterDecay(10 * time.Minute),
		DecayInterval:             scoreDecay,
		DecayToZero:               0.01,
		// A bad score outlives a reconnect.
		RetainScore: time.Hour,
	}
	for _, t := range topics {
		params.Topics[t] = topicScoreParams(len(topics))
	}
	return params
}

func topicScoreParams(topics int) *pubsub.TopicScoreParams {
	share := 1 / float64(topics)
	return &pubsub.TopicScoreParams{
		TopicWeight: share, // all topics are alike
		// P1: time in the mesh, up to 10 points after an hour in every mesh.
		TimeInMeshWeight:  10.0 / 3600,
		TimeInMeshQuantum: time.Second,
		TimeInMeshCap:     3600,
		// P2: being first with a message we accept, up to 30 points; forgotten within ten minutes.
		FirstMessageDeliveriesWeight: 0.3,
		FirstMessageDeliveriesCap:    100,
		FirstMessageDeliveriesDecay:  pubsub.ScoreParameterDecay(10 * time.Minute),
		// P3 and P3b, the duty to deliver, are off: shards are silent for hours in a young network, and a quiet
		// mesh must not punish everybody in it. Opportunistic grafting answers peers that never deliver.
		//
		// P4: rejected messages. The weight takes the topic's share out again: a fault weighs the same whatever
		// the number of shards. Ignored messages count nowhere.
		InvalidMessageDeliveriesWeight: -10 / share,
		InvalidMessageDeliveriesDecay:  pubsub.ScoreParameterDecay(time.Hour),

		SkipAtomicValidation: true, // for P3's zeros
	}
}

// privateNetworks: loopback, RFC 1918, RFC 6598 (carrier NAT: hundreds of homes behind one address), RFC 4193.
func privateNetworks() []*net.IPNet {
	var nets []*net.IPNet
	for _, s := range []string{
		"127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7",
	} {
		_, n, err := net.ParseCIDR(s)
		if err != nil {
			panic("p2p: constant network: " + err.Error())
		}
		nets = append(nets, n)
	}
	return nets
}
