package p2p

import (
	"crypto/ed25519"
	"fmt"
	"testing"
)

// Twenty peers that pass nothing on are there before anybody else and fill the meshes of the victim and of the only
// honest peer that reaches it; the author is known to that peer alone. The victim hears the author all the same: from
// the honest peer's mesh, or by its offers.
func TestSybilMesh(t *testing.T) {
	const sybils = 20
	a := newArena(t, sybils) // they and the arena's honest peer pass nothing on
	between := startNode(t)
	if err := between.Subscribe(newJudge(a.key.Public().(ed25519.PublicKey)).handle); err != nil {
		t.Fatal(err)
	}
	for _, n := range a.attackers {
		connect(t, n, between)
		follows(t, n, between)
	}
	connect(t, between, a.victim)
	follows(t, between, a.victim)
	a.honest = startNode(t) // who speaks
	subscribe(t, a.honest, func([]byte) Verdict { return Ignore })
	connect(t, a.honest, between)
	follows(t, a.honest, between)

	a.mustPass("through the siege")
	a.report(fmt.Sprintf("behind %d that swallow", sybils+1), a.speak("besieged", 100)) // catch-up brings what is lost
}
