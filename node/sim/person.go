package sim

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/content/record"
	"metanet/identity"
)

// person writes with one key, at a node of theirs.
type person struct {
	did     identity.DID
	key     ed25519.PrivateKey
	home    *site
	rev     int64                               // microseconds of the last one
	written map[syntax.RecordKey]*record.Bundle // the model: what stands under each key, tombstones too
	revoked bool
}

func (w *world) newPerson(n int) *person {
	seed := sha256.Sum256(fmt.Append(nil, w.plan.Seed, " person ", n))
	var address identity.Address
	binary.BigEndian.PutUint64(address[12:], uint64(n+1))
	return &person{
		did: identity.NewDID(chainID, address), key: ed25519.NewKeyFromSeed(seed[:]),
		home: w.sites[n%(w.honest()-w.plan.Late)], written: make(map[syntax.RecordKey]*record.Bundle),
	}
}

func (p *person) Public() identity.Key { return identity.Key(p.key.Public().(ed25519.PublicKey)) }

func (p *person) Sign(message []byte) ([]byte, error) { return ed25519.Sign(p.key, message), nil }

// sign makes a person's next record; without a text it deletes.
func (w *world) sign(p *person, key syntax.RecordKey, text string) (*record.Bundle, error) {
	var value []byte
	if text != "" {
		var err error
		value, err = drisl.Marshal(map[string]any{
			"$type": string(collection), "createdAt": "2026-01-01T00:00:00Z", "text": text,
			"net.metanet.salt": bytes.Repeat([]byte{7}, record.SaltSize),
		})
		if err != nil {
			return nil, err
		}
	}
	p.rev = max(p.rev+1, time.Now().UnixMicro())
	return record.Sign(w.network, p.did, record.Path{Collection: collection, Key: key}, syntax.NewTID(p.rev, 0), value, p)
}

const collection syntax.NSID = "app.bsky.feed.post"
