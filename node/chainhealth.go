package node

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"metanet/chain"
)

// ChainStatus tells how far the chain is followed, and by whose word.
type ChainStatus struct {
	ID       uint64      `json:"id"`
	RPC      string      `json:"rpc"` // that was asked last
	Head     uint64      `json:"head"`
	Followed uint64      `json:"followed"`
	Final    uint64      `json:"final"`    // up to here nothing is taken back any more
	Finality string      `json:"finality"` // by this rule
	Quorum   int         `json:"quorum"`   // how many RPCs must agree
	RPCs     []RPCStatus `json:"rpcs"`
	Queued   int         `json:"queued"`            // calls and operations not in a block yet
	Spent    string      `json:"spent"`             // since midnight UTC, in the chain's coin
	Budget   string      `json:"budget"`            // for one UTC day; "none" is no limit
	Sending  string      `json:"sending,omitempty"` // why what is queued does not go out
	// Resync is why the chain is being followed anew, and Resynced how far: what is
	// shown meanwhile is as of Followed.
	Resync   string `json:"resync,omitempty"`
	Resynced uint64 `json:"resynced,omitempty"`
	Error    string `json:"error,omitempty"`
}

// RPCStatus tells how one of the chain's RPCs fares.
type RPCStatus struct {
	RPC           string     `json:"rpc"`
	State         string     `json:"state"`
	Active        bool       `json:"active"`
	Head          uint64     `json:"head"`
	Calls         uint64     `json:"calls"`
	Failures      uint64     `json:"failures"`
	Disagreements uint64     `json:"disagreements"`
	Error         string     `json:"error,omitempty"`
	Since         *time.Time `json:"since,omitempty"`
	Disagreed     string     `json:"disagreed,omitempty"`
}

// status describes the chain as the node follows it.
func (a *anchor) status() ChainStatus {
	f := a.follower.Status()
	s := ChainStatus{
		ID: a.contracts.ChainID, Head: f.Head.Number, Followed: f.Followed.Number, Final: f.Final.Number,
		Finality: string(a.follower.Finality()), Quorum: a.client.Quorum(), Resync: f.Resync,
	}
	if f.Resync != "" {
		s.Resynced = f.Resynced.Number
	}
	if f.Err != nil {
		s.Error = f.Err.Error()
	}
	for _, e := range a.client.Endpoints() {
		r := RPCStatus{
			RPC: e.Name, State: string(e.State), Active: e.Active, Head: e.Head.Number,
			Calls: e.Calls, Failures: e.Failures, Disagreements: e.Disagreements,
		}
		if e.Err != nil {
			since := e.Since.UTC()
			r.Error, r.Since = e.Err.Error(), &since
		}
		if e.Disagreed != nil {
			r.Disagreed = e.Disagreed.Error()
		}
		if e.Active || s.RPC == "" {
			s.RPC = e.Name
		}
		s.RPCs = append(s.RPCs, r)
	}
	return s
}

// rpcMetrics are the endpoints' books as Prometheus reads them.
type rpcMetrics struct {
	client                             *chain.Client
	up, head, calls, failures, dissent *prometheus.Desc
}

func newRPCMetrics(c *chain.Client) rpcMetrics {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("metanet_chain_rpc_"+name, help, []string{"rpc"}, nil)
	}
	return rpcMetrics{
		client:   c,
		up:       desc("up", "1 if the RPC is well, or was not needed yet."),
		head:     desc("head_block", "The RPC's head as last seen."),
		calls:    desc("calls_total", "Requests made."),
		failures: desc("failures_total", "Requests that failed, pauses it wanted, other chains it served."),
		dissent:  desc("disagreements_total", "How often it contradicted a quorum, or itself."),
	}
}

func (m rpcMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.up, m.head, m.calls, m.failures, m.dissent} {
		to <- d
	}
}

func (m rpcMetrics) Collect(to chan<- prometheus.Metric) {
	for _, e := range m.client.Endpoints() {
		up := 0.0
		if e.State == chain.EndpointWell || e.State == chain.EndpointUntried {
			up = 1
		}
		to <- prometheus.MustNewConstMetric(m.up, prometheus.GaugeValue, up, e.Name)
		to <- prometheus.MustNewConstMetric(m.head, prometheus.GaugeValue, float64(e.Head.Number), e.Name)
		to <- prometheus.MustNewConstMetric(m.calls, prometheus.CounterValue, float64(e.Calls), e.Name)
		to <- prometheus.MustNewConstMetric(m.failures, prometheus.CounterValue, float64(e.Failures), e.Name)
		to <- prometheus.MustNewConstMetric(m.dissent, prometheus.CounterValue, float64(e.Disagreements), e.Name)
	}
}
