package ingest

import (
	"context"
	"slices"

	"metanet/content/record"
)

// Verdict is what the mesh is told about a gossip message.
type Verdict uint8

const (
	Accept Verdict = iota // forward it to others
	Ignore                // don't forward, nobody is to blame
	Reject                // don't forward, the peer that sent it loses score
)

// Gossip takes a message from the mesh through the door. remainder is non-nil
// when a rejected message also held good records: they travel on, as a message
// of their own, so that one bad record cannot suppress the others beside it.
func (d *Door) Gossip(ctx context.Context, from string, message []byte) (verdict Verdict, remainder []byte, err error) {
	candidates, err := Decode(Gossip, from, message, true)
	if err != nil {
		return Reject, nil, nil // Rule: framing is in the bytes alone.
	}
	results, err := d.Submit(ctx, candidates)
	if err != nil {
		// Our own fault (disk full, shutting down): blame nobody, forward nothing
		// that we could not check to the end.
		return Ignore, nil, err
	}
	verdict = judge(results)
	if verdict == Reject || slices.ContainsFunc(results, func(r Result) bool { return r.Withheld }) {
		// Rule: what is withheld here (blocked by the operator, or of an account that
		// was deleted) is nobody's fault and isn't forwarded; what is new beside it
		// travels on without it, as with a fault.
		verdict = max(verdict, Ignore)
		remainder = goodOf(candidates, results)
	}
	return verdict, remainder, nil
}

// judge is the rule for a whole message.
func judge(results []Result) Verdict {
	faulty, news := false, false
	for _, r := range results {
		switch {
		case r.Faulty:
			// Rule: reject what is wrong in its bytes alone. Every honest node finds
			// the same fault, so an honest peer never forwards it.
			faulty = true
		case r.Status == Admitted:
			news = true
		}
		// Rule: duplicates and superseded records are ignored; an honest peer may
		// not have known. What waits depends on the chain, which we may have
		// followed less far than the sender: it isn't forwarded before we know.
	}
	switch {
	case faulty:
		return Reject
	case news:
		// Rule: a message with anything new is forwarded whole; what was old in it
		// costs the next peer one lookup.
		return Accept
	}
	return Ignore
}

func goodOf(candidates []Candidate, results []Result) []byte {
	var good [][]byte
	for i, r := range results {
		if r.Status == Admitted && !r.Withheld {
			good = append(good, candidates[i].bytes())
		}
	}
	if good == nil {
		return nil
	}
	return record.EncodeMessage(good)
}
