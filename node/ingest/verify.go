package ingest

import (
	"crypto/sha256"
	"errors"
	"runtime"
	"sync"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/identity/plc"
)

// checked is a candidate on its way through the door. result.Status stays zero
// until something decides about it.
type checked struct {
	Candidate
	result Result
	flags  store.Flags
	remark error
	// withheld: not to be given to anybody.
	withheld bool
	digest   [sha256.Size]byte // of the bundle's bytes
}

func (c *checked) decided() bool { return c.result.Status != 0 }

func (c *checked) decide(r Result) {
	if c.Bundle != nil {
		r.ID = c.Bundle.ID
	}
	c.result = r
}

// largeChunk is how many candidates one goroutine verifies at a time: large enough
// for the gain of batch verification, small enough to keep all cores busy. A call
// of fewer is shared out, so that a message of 256 doesn't wait for one core; of
// fewer than smallChunk the gain would be lost.
const (
	largeChunk = 256
	smallChunk = 64
)

func chunkOf(candidates int) int {
	cores := runtime.GOMAXPROCS(0)
	return min(largeChunk, max(smallChunk, (candidates+cores-1)/cores))
}

// verify does all that needs neither the chain nor the clock, in the caller's
// goroutine, so that callers pay for what they bring.
func (d *Door) verify(candidates []Candidate) []checked {
	all := make([]checked, len(candidates))
	for i, c := range candidates {
		all[i].Candidate = c
	}
	chunk := chunkOf(len(all))
	if len(all) <= chunk {
		d.verifyChunk(all)
		return all
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for rest := all; len(rest) > 0; {
		n := min(chunk, len(rest))
		part := rest[:n]
		rest = rest[n:]
		slots <- struct{}{}
		wg.Go(func() { d.verifyChunk(part); <-slots })
	}
	wg.Wait()
	return all
}

func (d *Door) verifyChunk(part []checked) {
	pending := make([]*checked, 0, len(part))
	for i := range part {
		c := &part[i]
		if d.known(c) {
			continue
		}
		if err := c.read(); err != nil {
			c.decide(refuse(err, true))
			continue
		}
		if c.Welcome != nil {
			if err := c.Welcome(c.Bundle); err != nil {
				c.decide(refuse(err, false))
				continue
			}
		}
		if err := d.checkBytes(c); err != nil {
			c.decide(refuse(err, true))
			continue
		}
		pending = append(pending, c)
	}
	d.verifySignatures(pending)
	for _, c := range pending {
		if !c.decided() {
			d.checkSchema(c)
		}
	}
}

// known decides about what was stored a while ago.
func (d *Door) known(c *checked) bool {
	c.digest = sha256.Sum256(c.bytes())
	id, seq, ok := d.recent.find(&c.digest)
	if ok {
		c.result = Result{ID: id, Seq: seq, Status: Duplicate}
	}
	return ok
}

func (d *Door) verifySignatures(pending []*checked) {
	if len(pending) == 0 {
		return
	}
	batch := identity.NewBatch(len(pending))
	for _, c := range pending {
		batch.Add(c.Bundle.Key, c.Bundle.SigningBytes(d.cfg.Network), c.Bundle.Sig[:])
	}
	for i, ok := range batch.Verify() {
		if !ok {
			pending[i].decide(refuse(ErrSignature, true))
		}
	}
}

// read takes the bundle's bytes apart, if the caller hasn't.
func (c *checked) read() (err error) {
	if c.Bundle == nil {
		c.Bundle, err = record.Decode(c.Raw)
	}
	return err
}

// checkBytes finds faults that no chain and no time can mend.
func (d *Door) checkBytes(c *checked) error {
	if got := c.Bundle.DID.ChainID(); got != d.cfg.ChainID {
		return wrapf(ErrWrongChain, "%s is on chain %d, this network is on %d", c.Bundle.DID, got, d.cfg.ChainID)
	}
	if c.Bundle.Path == record.DeparturePath {
		if err := record.CheckDeparture(c.Bundle); err != nil {
			return wrapf(ErrDeparture, "%v", err)
		}
	}
	if c.Bundle.Path != record.ATNamePath || c.Bundle.Value == nil {
		return nil
	}
	// DESIGN, Identity: the AT name is the hash of an operation that lists the
	// did:ethr, so every peer verifies the binding itself.
	if _, _, err := plc.Verify(c.Bundle.Value, c.Bundle.DID); err != nil {
		return wrapf(ErrBinding, "%v", err)
	}
	return nil
}

// checkSchema holds a local writer to the published schema of a known type. A
// stranger's or an imported value that doesn't fit is kept, with a flag: peers
// with older or newer schemas must still converge on the same records.
func (d *Door) checkSchema(c *checked) {
	if c.Bundle.Value == nil {
		return
	}
	err := d.cfg.Schemas.Check(c.Bundle.Path, c.Bundle.Value)
	switch {
	case err == nil || errors.Is(err, record.ErrUnknownType):
	case c.Origin == Local:
		c.decide(refuse(wrapf(ErrSchema, "%v", err), false))
	default:
		c.flags |= store.FlagSchema
		c.remark = wrapf(ErrSchema, "%v", err)
	}
	if c.Origin == Import {
		c.flags |= store.FlagImported
	}
}
