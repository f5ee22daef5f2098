package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ipfs/go-cid"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/chain/devchain"
	"metanet/content/policy"
	"metanet/identity"
)

// server is a scripted server: what it says can be bent in every way.
type server struct {
	about  About
	listed []Listed
	shown  map[uint64][]byte
	blocks map[cid.Cid][]byte
	owner  string
	keys   []Key
}

func (s *server) Policies(context.Context) ([]Listed, error) { return s.listed, nil }

func (s *server) Shown(_ context.Context, version uint64) ([]byte, error) {
	if text, ok := s.shown[version]; ok {
		return text, nil
	}
	return nil, fmt.Errorf("%w: no version %d", ErrNotServed, version)
}

func (s *server) Block(_ context.Context, c cid.Cid) ([]byte, error) {
	if b, ok := s.blocks[c]; ok {
		return b, nil
	}
	return nil, fmt.Errorf("%w: no block %s", ErrNotServed, c)
}

func (s *server) Keys(context.Context, identity.DID) (string, []Key, error) {
	return s.owner, s.keys, nil
}

// world is a chain on which a server published two policies, and the honest answers.
type world struct {
	client    *chain.Client
	url       string
	versions  []chain.PolicyVersion
	texts     [][]byte
	about     About
	contracts chain.Contracts
	person    identity.DID // has two keys, one of them revoked
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := t.Context()
	dev, err := devchain.Start(ctx, devchain.Config{Dir: t.TempDir(), RPC: "127.0.0.1:0", Ahead: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	w := &world{url: dev.URL()}
	w.client = dial(t, w.url)
	signer := chaintest.NewWallet()
	if _, err := dev.Fund(ctx, signer.Account(), big.NewInt(1e18)); err != nil {
		t.Fatal(err)
	}
	k, err := chain.Locate(ctx, w.client)
	if err == nil {
		t.Fatal("a fresh chain has our contracts")
	}
	sender := chain.NewSender(w.client, k, chaintest.NewStore(), signer, chain.SenderConfig{Poll: 20 * time.Millisecond})
	if k, err = chain.Deploy(ctx, w.client, sender); err != nil {
		t.Fatal(err)
	}
	registrar := chain.NewRegistrar(sender, k)
	id, _, err := registrar.RegisterServer(ctx, chain.Registration{Domain: "example.test", PeerID: []byte{1}, Roles: chain.RolePublisher})
	if err != nil {
		t.Fatal(err)
	}
	for i, title := range []string{"First", "Second"} {
		d := policy.Default()
		d.Title = title
		text, err := d.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		digest := policy.Digest(text)
		v, err := registrar.PublishPolicy(ctx, id, uint64(i+1), digest, policy.CID(digest).Bytes(), 0)
		if err != nil {
			t.Fatal(err)
		}
		w.versions, w.texts = append(w.versions, v), append(w.texts, text)
	}
	w.contracts = k
	w.person = enrol(t, w.client, k, sender, id)
	w.about.Network = k.Network()
	w.about.Chain.ID, w.about.Chain.Genesis = k.ChainID, k.Genesis.Hex()
	w.about.Chain.Contracts = map[string]string{
		"identityRegistry": k.IdentityRegistry.Hex(), "serverRegistry": k.ServerRegistry.Hex(),
		"policyRegistry": k.PolicyRegistry.Hex(), "logRegistry": k.LogRegistry.Hex(),
	}
	w.about.Server.ID, w.about.Server.Domain, w.about.Server.Owner = id, "example.test", signer.Address().Checksum()
	w.about.Policy.Count, w.about.Policy.Head = 2, w.versions[1].Head.Hex()
	return w
}

// enrol gives somebody two keys and revokes one.
func enrol(t *testing.T, c *chain.Client, k chain.Contracts, sender *chain.Sender, server uint64) identity.DID {
	t.Helper()
	wallet := chaintest.NewWallet()
	did := identity.NewDID(k.ChainID, wallet.Address())
	operations := chain.NewOperations(c, k, sender, nil)
	expiry := uint64(time.Now().Add(10_000 * time.Hour).Unix())
	for _, op := range []chain.Operation{
		{Op: chain.OpEnrol, Key: keyOf(t, 1), Purpose: identity.PurposeDevice, Expiry: expiry, HostedKey: keyOf(t, 2), HostedExpiry: expiry, Server: server},
		{Op: chain.OpRevokeKey, Key: keyOf(t, 1)},
	} {
		op.Identity = did
		td, err := operations.Prepare(t.Context(), op)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := wallet.SignTypedData(td)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := operations.Relay(t.Context(), td, sig); err != nil {
			t.Fatal(err)
		}
	}
	return did
}

// honest is a server that says exactly what the chain says.
func (w *world) honest() *server {
	s := &server{about: w.about, shown: make(map[uint64][]byte), blocks: make(map[cid.Cid][]byte)}
	s.about.Chain.Contracts = make(map[string]string)
	for name, address := range w.about.Chain.Contracts {
		s.about.Chain.Contracts[name] = address
	}
	for i, v := range w.versions {
		c := policy.CID(v.Digest)
		s.listed = append(s.listed, Listed{
			Version: v.Version, Digest: v.Digest.Hex(), CID: c.String(), Block: v.Block, Tx: v.Tx.Hex(), Head: v.Head.Hex(),
			EffectiveAt: time.Unix(int64(v.EffectiveAt), 0), PublishedAt: time.Unix(int64(v.PublishedAt), 0),
		})
		s.shown[v.Version], s.blocks[c] = w.texts[i], w.texts[i]
	}
	s.owner = identity.Address{9}.Checksum()
	return s
}

func TestAudit(t *testing.T) {
	w := newWorld(t)
	did := identity.NewDID(w.about.Chain.ID, identity.Address{9})
	key := keyOf(t, 5)
	for name, c := range map[string]struct {
		bend func(s *server)
		want []string // subject/check/verdict of everything not proven
	}{
		"honest": {func(*server) {}, nil},
		"text altered at its address": {
			func(s *server) { s.blocks[policy.CID(w.versions[0].Digest)] = w.texts[1] },
			[]string{"policy 1/text/false"},
		},
		"text altered where people read it": {
			func(s *server) { s.shown[2] = w.texts[0] },
			[]string{"policy 2/shown/false"},
		},
		"text lost": {
			func(s *server) { delete(s.blocks, policy.CID(w.versions[1].Digest)) },
			[]string{"policy 2/text/missing"},
		},
		"text not shown": {
			func(s *server) { delete(s.shown, 1) },
			[]string{"policy 1/shown/missing"},
		},
		"version dropped": {
			func(s *server) { s.listed = s.listed[1:] },
			[]string{"policy 1/listed/missing"},
		},
		"last version dropped": {
			func(s *server) { s.listed = s.listed[:1] },
			[]string{"policy 2/listed/missing"},
		},
		"version added": {
			func(s *server) {
				extra := s.listed[1]
				extra.Version = 3
				s.listed = append(s.listed, extra)
			},
			[]string{"policy 3/listed/false"},
		},
		"version listed twice": {
			func(s *server) { s.listed = append(s.listed, s.listed[1]) },
			[]string{"policy 2/listed/false"},
		},
		"digest replaced": {
			func(s *server) { s.listed[1].Digest = s.listed[0].Digest },
			[]string{"policy 2/listed/false"},
		},
		"date moved": {
			func(s *server) { s.listed[0].EffectiveAt = s.listed[0].EffectiveAt.Add(-time.Hour) },
			[]string{"policy 1/listed/false"},
		},
		"another chain claimed": {
			func(s *server) { s.about.Chain.ID++ },
			[]string{"chain/chain-id/false"},
		},
		"another genesis claimed": {
			func(s *server) { s.about.Chain.Genesis = common.Hash{1}.Hex() },
			[]string{"chain/genesis/false"},
		},
		"own contracts": {
			func(s *server) { s.about.Chain.Contracts["policyRegistry"] = common.Address{1}.Hex() },
			[]string{"chain/addresses/false"},
		},
		"another network claimed": {
			func(s *server) { s.about.Network[0]++ },
			[]string{"chain/network/false"},
		},
		"somebody else's domain": {
			func(s *server) { s.about.Server.Domain = "bank.example" },
			[]string{"server 1/domain/false"},
		},
		"somebody else's owner": {
			func(s *server) { s.about.Server.Owner = identity.Address{1}.Checksum() },
			[]string{"server 1/owner/false"},
		},
		"unregistered": {
			func(s *server) { s.about.Server.ID = 7 },
			[]string{"server 7/registered/false", "policies/head/false", "policy 1/listed/false", "policy 2/listed/false"},
		},
		"head of an earlier version": {
			func(s *server) { s.about.Policy.Head = w.versions[0].Head.Hex() },
			[]string{"policies/head/false"},
		},
		"key that was never authorised": {
			func(s *server) { s.keys = []Key{{Key: key.String(), Purpose: "device"}} },
			[]string{string(did) + "/key/false"},
		},
		"identity's owner misstated": {
			func(s *server) { s.owner = identity.Address{8}.Checksum() },
			[]string{string(did) + "/owner/false"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := w.honest()
			c.bend(s)
			r, err := Run(t.Context(), Config{About: s.about, Fetcher: s, Client: w.client, Identities: []identity.DID{did}})
			if err != nil {
				t.Fatal(err)
			}
			got := unproven(r)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) || r.OK() != (c.want == nil) {
				t.Errorf("found %q, ok %t; want %q", got, r.OK(), c.want)
			}
		})
	}
}

// shownKeys are the person's keys as an honest server shows them.
func (w *world) shownKeys(t *testing.T) (keys []Key) {
	t.Helper()
	r, err := Identities(t.Context(), Config{Client: w.client, Identities: []identity.DID{w.person}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := chain.ProveAt(t.Context(), w.client, r.Block.Hash)
	if err != nil {
		t.Fatal(err)
	}
	h, err := chain.IdentityHistory(t.Context(), p, w.contracts, w.person)
	if err != nil {
		t.Fatal(err)
	}
	moment := func(unix uint64) *time.Time {
		if unix == 0 {
			return nil
		}
		at := time.Unix(int64(unix), 0)
		return &at
	}
	for _, k := range h.Events.Keys {
		keys = append(keys, Key{
			Key: k.Key.String(), Purpose: k.Purpose.String(), AddedAt: time.Unix(int64(k.AddedAt), 0), AddedBlock: k.AddedBlock,
			ExpiresAt: moment(k.Expiry), EndedAt: moment(k.EndedAt),
		})
	}
	return keys
}

// call asks the chain's RPC directly.
func (w *world) call(t *testing.T, method string, args ...any) (result json.RawMessage) {
	t.Helper()
	c, err := rpc.DialContext(t.Context(), w.url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.CallContext(t.Context(), &result, method, args...); err != nil {
		t.Fatal(err)
	}
	return result
}

func dial(t *testing.T, url string) *chain.Client {
	t.Helper()
	c, err := chain.Dial(chain.DialConfig{URLs: []string{url}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// unproven lists subject/check/verdict of everything not proven, sorted.
func unproven(r *Report) (list []string) {
	for _, f := range r.Findings {
		if f.Verdict != Proven {
			list = append(list, fmt.Sprintf("%s/%s/%s", f.Subject, f.Check, f.Verdict))
		}
	}
	slices.Sort(list)
	return list
}

// A key's history as the chain has it, and every way of misstating it.
func TestCompareKeys(t *testing.T) {
	added := time.Unix(1_700_000_000, 0)
	live, ended := keyOf(t, 1), keyOf(t, 2)
	onChain := []identity.KeyRecord{
		{Key: live, Purpose: identity.PurposeDevice, AddedAt: uint64(added.Unix()), AddedBlock: 5, Expiry: uint64(added.Unix()) + 100},
		{Key: ended, Purpose: identity.PurposeHosted, AddedAt: uint64(added.Unix()), AddedBlock: 6, EndedAt: uint64(added.Unix()) + 50},
	}
	expiry, end := added.Add(100*time.Second), added.Add(50*time.Second)
	for name, c := range map[string]struct {
		bend func(keys []Key) []Key
		want Verdict
	}{
		"honest":            {func(k []Key) []Key { return k }, Proven},
		"revocation hidden": {func(k []Key) []Key { k[1].EndedAt = nil; return k }, False},
		"expiry moved":      {func(k []Key) []Key { k[0].ExpiresAt = &end; return k }, False},
		"purpose changed":   {func(k []Key) []Key { k[1].Purpose = "device"; return k }, False},
		"back-dated":        {func(k []Key) []Key { k[0].AddedAt = added.Add(-time.Hour); return k }, False},
		"key dropped":       {func(k []Key) []Key { return k[1:] }, Missing},
		"key added":         {func(k []Key) []Key { return append(k, Key{Key: keyOf(t, 3).String()}) }, False},
	} {
		t.Run(name, func(t *testing.T) {
			keys := c.bend([]Key{
				{Key: live.String(), Purpose: "device", AddedAt: added, AddedBlock: 5, ExpiresAt: &expiry},
				{Key: ended.String(), Purpose: "hosted", AddedAt: added, AddedBlock: 6, EndedAt: &end},
			})
			r := &Report{}
			r.compareKeys("did", onChain, keys)
			worst := Proven
			for _, f := range r.Findings {
				if f.Verdict != Proven {
					worst = f.Verdict
				}
			}
			if worst != c.want {
				t.Errorf("%v, want %s", r.Findings, c.want)
			}
		})
	}
}
