package conformance

import (
	"math/big"
	"testing"

	"metanet/chain"
	"metanet/chain/chaintest"
)

var ether = big.NewInt(1e18)

// suite is what package chain must do on every chain. The tests run one after
// the other on one chain, each with accounts and a store of its own; the first
// finds it bare.
var suite = []struct {
	name string
	test func(*testing.T, *site)
}{
	{"deploy", deploys},
	{"registries", registries},
	{"identity", identityLife},
	{"operations", everyOperation},
	{"reverts", reverts},
	{"wallets", contractWallets},
	{"socket", overSocket},
	{"proofs", proofs},
	{"failover", failover},
	{"quorum", quorum},
	{"restart/follower", followerRestarts},
	{"restart/sender", senderRestarts},
	{"send/crash", crashBetweenSteps},
	{"send/pressure", feePressure},
	{"send/nonce", nonceTaken},
	{"send/unfunded", outOfFunds},
	{"faults/cut", answersCutOff},
	{"faults/slow", slowAnswers},
	{"faults/away", awayAtStart},
	{"faults/lies", lies},
	{"faults/clock", clockSkew},
	{"finality", finality},
	{"reorg/branch", branches},
	{"reorg/depth", reorgs},
	{"reorg/while down", reorgWhileDown},
	{"reorg/beyond", beyondKept},
	{"reorg/dropped", droppedIsSentAgain},
	{"reorg/behind", rpcBehind},
}

// site is a backend and, once the first test has put them there, our contracts.
type site struct {
	Backend
	contracts chain.Contracts
}

func conform(t *testing.T, b Backend) {
	s := &site{Backend: b}
	for _, c := range suite {
		ok := t.Run(c.name, func(t *testing.T) { c.test(t, s) })
		if s.contracts.ChainID == 0 {
			t.Fatalf("%v: without contracts nothing else can work", ok)
		}
	}
}

func deploys(t *testing.T, s *site) {
	client := dial(t, s.URL())
	operator := chaintest.NewWallet()
	s.Fund(t, operator.Account())
	k, err := chain.Locate(t.Context(), client)
	wantError(t, "a bare chain", err, chain.ErrNoContracts)
	sender := chain.NewSender(client, k, chaintest.NewStore(), operator, sending)
	if s.contracts, err = chain.Deploy(t.Context(), client, sender); err != nil {
		t.Fatal(err)
	}
	if err := chain.Verify(t.Context(), client, s.contracts); err != nil {
		t.Error(err)
	}
	if s.contracts.Network() != k.Network() {
		t.Error("the network's name depends on whether the contracts are there")
	}
	head := height(t, s)
	again, err := chain.Deploy(t.Context(), client, sender)
	if err != nil || again.Network() != s.contracts.Network() || height(t, s) != head {
		t.Errorf("deployed twice: %+v, %v, %d blocks more", again, err, height(t, s)-head)
	}
	found, err := chain.Locate(t.Context(), client)
	if err != nil || found.Network() != s.contracts.Network() {
		t.Errorf("located %+v, %v", found, err)
	}
	other := s.contracts
	other.ChainID++
	wantError(t, "another chain id", chain.Verify(t.Context(), client, other), chain.ErrWrongChain)
	other = s.contracts
	other.Genesis[0]++
	wantError(t, "another genesis", chain.Verify(t.Context(), client, other), chain.ErrWrongChain)
}
