package devchain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
)

// Limits of the RPC face.
const (
	batchItems     = 1_000    // calls in one batch
	batchBytes     = 25 << 20 // bytes of one batch's answers
	requestBytes   = 5 << 20  // bytes of one request
	headerTimeout  = 10 * time.Second
	idleTimeout    = 2 * time.Minute
	shutdownWindow = 2 * time.Second // for requests under way at Close
)

// rpcServer is the listener with its two protocols on one port.
type rpcServer struct {
	api    *rpc.Server
	http   *http.Server
	listen net.Listener
}

func newRPCServer(ctx context.Context, addr string, g *gate, backend *eth.Ethereum) (*rpcServer, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w: %s", ErrAddressInUse, addr)
	}
	if err != nil {
		return nil, fmt.Errorf("devchain: RPC address: %w", err)
	}
	api, err := newAPI(backend)
	if err != nil {
		l.Close()
		return nil, err
	}
	s := &rpcServer{api: api, listen: durableListener{l, g}}
	s.http = &http.Server{Handler: s.handler(), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout}
	return s, nil
}

// newAPI registers the public namespaces and nothing else; go-ethereum would
// also offer admin, debug, miner and txpool.
func newAPI(backend *eth.Ethereum) (*rpc.Server, error) {
	srv := rpc.NewServer()
	srv.SetBatchLimits(batchItems, batchBytes)
	srv.SetHTTPBodyLimit(requestBytes)
	srv.SetWebsocketReadLimit(requestBytes)
	apis := append(backend.APIs(),
		rpc.API{Namespace: "eth", Service: filters.NewFilterAPI(filters.NewFilterSystem(backend.APIBackend, filters.Config{}))},
		rpc.API{Namespace: "web3", Service: web3{}})
	for _, a := range apis {
		switch a.Namespace {
		case "eth", "net", "web3":
			if err := srv.RegisterName(a.Namespace, a.Service); err != nil {
				return nil, fmt.Errorf("devchain: %w", err)
			}
		}
	}
	return srv, nil
}

// handler refuses Host headers that are names other than localhost (DNS
// rebinding) and gives browsers no cross-origin rights: wallets' extensions do
// not need them.
func (s *rpcServer) handler() http.Handler {
	plain := node.NewHTTPHandlerStack(s.api, nil, []string{"localhost"}, nil, false)
	socket := s.api.WebsocketHandler(nil)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			socket.ServeHTTP(w, r)
			return
		}
		plain.ServeHTTP(w, r)
	})
}

func (s *rpcServer) serve() error {
	if err := s.http.Serve(s.listen); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("devchain: RPC: %w", err)
	}
	return nil
}

func (s *rpcServer) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownWindow)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	s.api.Stop() // ends WebSockets, which Shutdown does not know
	return err
}

// web3 is the namespace that clients ask for the node's name.
type web3 struct{}

func (web3) ClientVersion() string                  { return "metanet-devchain" }
func (web3) Sha3(input hexutil.Bytes) hexutil.Bytes { return crypto.Keccak256(input) }
