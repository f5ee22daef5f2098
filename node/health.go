package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"metanet/chain"
	"metanet/node/xrpc"
)

// staleChain is how long the chain may have been unreachable before the node
// calls itself not ready: it serves on, but a load balancer may prefer another.
const staleChain = 2 * time.Minute

// answerLive answers /livez: the process runs and its store reads.
func (n *Node) answerLive(w http.ResponseWriter, _ *http.Request) {
	if _, err := n.store.Cursor("health"); err != nil {
		http.Error(w, "store: "+err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, "ok")
}

// answerReady answers /readyz: the node follows the chain and has its place on
// it, with a policy that people can hold it to.
func (n *Node) answerReady(w http.ResponseWriter, r *http.Request) {
	if reason := n.notReady(r.Context()); reason != "" {
		http.Error(w, reason, http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

func (n *Node) notReady(ctx context.Context) string {
	if s := n.stalled.Load(); s != nil {
		return s.name + " waits for the disk: " + s.err.Error()
	}
	if reason := stale(n.anchor.follower.Status(), time.Now()); reason != "" {
		return reason
	}
	server := n.server.Load()
	if server == nil {
		return "server: not registered on-chain yet"
	}
	switch versions, err := n.anchor.follower.Policies(ctx, server.ID); {
	case err != nil:
		return "policy: " + err.Error()
	case len(versions) == 0:
		return "policy: none on-chain yet"
	}
	return ""
}

// stale says what has kept the node from following the chain for too long.
func stale(s chain.Status, now time.Time) string {
	if s.Err == nil || now.Sub(s.Since) <= staleChain {
		return ""
	}
	return "chain: " + s.Err.Error()
}

// metrics are the node's own; the parts register theirs.
func (n *Node) registerMetrics() {
	gauge := func(name, help string, f func() float64) {
		n.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f))
	}
	gauge("metanet_store_last_sequence", "Change sequence of the last durable record.", func() float64 { return float64(n.store.LastSeq()) })
	gauge("metanet_chain_followed_block", "Block whose state the node shows.", func() float64 { return float64(n.anchor.follower.Head().Number) })
	gauge("metanet_chain_final_block", "Highest block followed that is final.", func() float64 { return float64(n.anchor.follower.Final().Number) })
	gauge("metanet_chain_unfinalized_total", "Reorganisations below a final block since the start.", func() float64 { return float64(n.anchor.follower.Status().Unfinalized) })
	n.registry.MustRegister(newRPCMetrics(n.anchor.client))
	n.registerBlobMetrics()
	gauge("metanet_chain_behind_blocks", "Blocks that the RPC has and the node hasn't followed.", func() float64 { return float64(n.anchor.follower.Status().Behind) })
}

// answerMetrics is /metrics on the public listener: for the operator alone, as all
// of net.metanet.admin.
func (n *Node) answerMetrics(w http.ResponseWriter, r *http.Request, _ *xrpc.Call) error {
	n.metricsHandler().ServeHTTP(w, r)
	return nil
}

// listenForMetrics opens the listener of its own that the operator has named.
func (n *Node) listenForMetrics() error {
	if n.cfg.Metrics == "" {
		return nil
	}
	l, err := net.Listen("tcp", n.cfg.Metrics)
	if err != nil {
		return fmt.Errorf("metrics: %w (choose another with --metrics)", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", n.metricsHandler())
	n.metrics = &http.Server{Handler: mux, ReadHeaderTimeout: headPatience, IdleTimeout: idlePatience, MaxHeaderBytes: maxHeader}
	n.onClose(n.metrics.Close)
	go func() {
		if err := n.metrics.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			n.log.Error("metrics are not served any more", "error", err)
		}
	}()
	return nil
}

func (n *Node) metricsHandler() http.Handler {
	return promhttp.HandlerFor(n.registry, promhttp.HandlerOpts{})
}
