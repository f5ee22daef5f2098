package p2p

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// A stranger that begins questions and never ends them holds so many streams as the
// limits say, and no others' places.
func TestQuestionsNeverEnded(t *testing.T) {
	server, honest, stranger := startNode(t), startNode(t), plainHost(t)
	server.ServeAnswers(func(_ context.Context, _ peer.ID, question []byte, send func([]byte) error) error {
		return send(question)
	})
	connect(t, honest, server)
	if err := stranger.Connect(t.Context(), info(server)); err != nil {
		t.Fatal(err)
	}
	const tries = 100
	for range tries {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		s, err := stranger.NewStream(ctx, server.ID(), server.askProtocol())
		cancel()
		if err != nil {
			continue
		}
		if _, err := s.Write([]byte{0}); err != nil {
			continue // reset: too many
		}
	}
	held := func() (n int) {
		err := server.host.Network().ResourceManager().ViewProtocol(server.askProtocol(), func(s network.ProtocolScope) error {
			n = s.Stat().NumStreamsInbound
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return n
	}
	eventually(t, "the stranger's streams are there", func() bool { return held() > 0 })
	if n, most := held(), 4*asksMaxPeer; n > most {
		t.Errorf("%d streams held, limit %d", n, most)
	}
	var answer []byte
	eventually(t, "the honest peer is answered", func() bool {
		err := honest.Ask(t.Context(), server.ID(), []byte("?"), func(b []byte) error { answer = b; return nil })
		if err != nil && !errors.Is(err, ErrBusy) {
			t.Log(err)
		}
		return err == nil
	})
	if string(answer) != "?" {
		t.Errorf("answer %q", answer)
	}
	eventually(t, "the streams are let go", func() bool { return held() == 0 })
}
