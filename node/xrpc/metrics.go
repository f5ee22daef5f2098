package xrpc

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the counters of all routes. Labels are route names and status
// codes only: nothing a caller chooses, so their number is bounded.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
	streams  prometheus.Gauge
	panics   prometheus.Counter
	limited  *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "metanet_xrpc_requests_total", Help: "Calls answered, by method and status."}, []string{"method", "status"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "metanet_xrpc_seconds", Help: "Time to answer a call.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15)}, []string{"method"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "metanet_xrpc_in_flight", Help: "Calls being answered, streams included."}),
		streams:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "metanet_xrpc_streams", Help: "Open WebSocket streams."}),
		panics:   prometheus.NewCounter(prometheus.CounterOpts{Name: "metanet_xrpc_panics_total", Help: "Handlers that panicked; each is a defect."}),
		limited:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "metanet_xrpc_limited_total", Help: "Calls refused because a budget was spent."}, []string{"budget"}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.inFlight, m.streams, m.panics, m.limited} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("xrpc: register metrics: %w", err)
		}
	}
	return m, nil
}

// routeMetrics are one route's, looked up once.
type routeMetrics struct {
	requests *prometheus.CounterVec
	seconds  prometheus.Observer
}

func (m *metrics) forRoute(name string) routeMetrics {
	return routeMetrics{
		requests: m.requests.MustCurryWith(prometheus.Labels{"method": name}),
		seconds:  m.seconds.WithLabelValues(name),
	}
}

func (m routeMetrics) observe(status int, took time.Duration) {
	m.requests.WithLabelValues(strconv.Itoa(status)).Inc()
	if status != http.StatusSwitchingProtocols { // a stream's hours say nothing about answering
		m.seconds.Observe(took.Seconds())
	}
}
