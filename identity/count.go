package identity

import (
	"fmt"
	"slices"
	"time"
)

// Purpose says who holds a key's private half. The values equal the contract's.
type Purpose uint8

const (
	// PurposeDevice is a key made by the user's browser or app, which never
	// leaves it.
	PurposeDevice Purpose = 1
	// PurposeHosted is a key that the home server keeps for clients that cannot
	// sign; it ends when the home changes.
	PurposeHosted Purpose = 2
)

// ParsePurpose reads "device" or "hosted".
func ParsePurpose(s string) (Purpose, error) {
	switch s {
	case "device":
		return PurposeDevice, nil
	case "hosted":
		return PurposeHosted, nil
	}
	return 0, fmt.Errorf("%w: want device or hosted", ErrInvalidPurpose)
}

func (p Purpose) String() string {
	switch p {
	case PurposeDevice:
		return "device"
	case PurposeHosted:
		return "hosted"
	}
	return fmt.Sprintf("purpose(%d)", uint8(p))
}

// KeyRecord is what the chain says of one key of one identity. There is one
// record per (identity, key): a key that has ended is never added again.
type KeyRecord struct {
	Key     Key
	Purpose Purpose
	AddedAt uint64 // block time, Unix seconds
	Expiry  uint64 // Unix seconds; 0: none
	EndedAt uint64 // block time at which it was revoked, its epoch ended or, if hosted, the home changed; 0: has not
	Revoked bool   // by the owner, who named this key; it did not just lapse
	CutOff  CutOff
	// The blocks of AddedAt and EndedAt.
	AddedBlock, EndedBlock uint64
}

// CutOff disowns what a key signed from a position in a server's log on: what a
// thief did between the theft and the revocation. It is set together with the
// revocation or after it.
type CutOff struct {
	Server uint64 // whose log
	Size   uint64 // the first leaf that is disowned
	SetAt  uint64 // block time; 0: there is none
	// Since is the position as a time, for records in other servers' logs: that of
	// the block that first anchored the log beyond Size, or SetAt if none had by
	// then. A log that grows later thus takes nothing back that was proven.
	Since uint64
}

// disowns reports whether a record with this evidence is cut off.
func (c CutOff) disowns(e Evidence) bool {
	switch {
	case c.SetAt == 0:
		return false
	case e.Server == c.Server:
		return e.Leaf >= c.Size
	default:
		return e.AnchoredAt >= c.Since
	}
}

// End is min(expiry, endedAt), the last second at which an anchor may still
// prove the key's records; ok is false if neither is set.
func (k KeyRecord) End() (end uint64, ok bool) {
	switch {
	case k.Expiry == 0:
		end = k.EndedAt
	case k.EndedAt == 0:
		end = k.Expiry
	default:
		end = min(k.Expiry, k.EndedAt)
	}
	return end, end != 0
}

// Live reports whether the key may still sign. An ending that the chain has
// shown counts at once, even where the block's time is ahead of our clock.
func (k KeyRecord) Live(now time.Time) bool {
	return k.EndedAt == 0 && (k.Expiry == 0 || now.Before(unix(k.Expiry)))
}

// Params are what all peers of a network share. They belong to the network and
// not to a node: peers that differ here judge differently.
type Params struct {
	// Skew is how far clocks (an author's, a node's, the chain's) may be apart.
	Skew time.Duration
}

// DefaultParams are those of every network so far: ten minutes of skew.
func DefaultParams() Params { return Params{Skew: 10 * time.Minute} }

// Evidence is the proof that a record existed at a time: a server's log holds it,
// and that server anchored a head of the log that covers it. A log only grows, so
// every later head covers the record, too; of several, the earliest that is not
// more than the skew before the record's rev is given.
type Evidence struct {
	Server     uint64 // whose log, and who anchored
	Leaf       uint64 // the record's position in the log, from 0
	AnchoredAt uint64 // block time T, Unix seconds
	Home       uint64 // the author's home server at that block; 0: none
}

// Standing is what a record's signature is worth, given what the chain and the
// log say today. It may change in every direction as they grow or reorganise.
type Standing uint8

const (
	// NotYet: nothing can be said; the record waits. Never a fault of the record.
	NotYet Standing = iota
	// Provisional: the key lives, and the record counts.
	Provisional
	// Proven: an anchor shows the record from before the key's end; it counts
	// for ever.
	Proven
	// Unproven: the key has ended and nothing shows the record from before; it
	// is kept and hidden.
	Unproven
	// Withheld: whatever its key is worth, nobody is to see it or be given it: its
	// author has left, or this node's operator has blocked it. Count never answers
	// it; it is kept so that both can be undone where that is still possible.
	Withheld
)

func (s Standing) String() string {
	switch s {
	case NotYet:
		return "not yet"
	case Provisional:
		return "provisional"
	case Proven:
		return "proven"
	case Unproven:
		return "unproven"
	case Withheld:
		return "withheld"
	}
	return fmt.Sprintf("standing(%d)", uint8(s))
}

// Counts reports whether people see a record of this standing.
func (s Standing) Counts() bool { return s == Provisional || s == Proven }

// Count is the law of counting. k is the record of the key that signed (known is
// false if the identity has none as far as we follow the chain), rev the time in
// the record's TID, evidence what there is of it, in any order, now our clock. In
// this order:
//
//	| case                                             | standing    |
//	|--------------------------------------------------|-------------|
//	| the key is unknown                               | not yet     |
//	| rev < addedAt − skew                             | not yet     |
//	| evidence that proves                             | proven      |
//	| rev > now + skew                                 | not yet     |
//	| the key lives: not ended, and now < expiry       | provisional |
//	| otherwise                                        | unproven    |
//
// Evidence proves if the server that anchored was the author's home at that block,
// rev ≤ T + skew, T ≤ end, where end = min(expiry, endedAt), without limit if
// neither is set, and the key's cut-off does not disown the record. Evidence that
// fails a condition is as none. It is looked at before our own clock, so that what
// is proven is proven at every node, whatever its clock.
func Count(k KeyRecord, known bool, rev time.Time, evidence []Evidence, now time.Time, p Params) Standing {
	switch {
	case !known:
		return NotYet
	case rev.Before(unix(k.AddedAt).Add(-p.Skew)):
		return NotYet
	case slices.ContainsFunc(evidence, func(e Evidence) bool { return k.proves(rev, e, p.Skew) }):
		return Proven
	case rev.After(now.Add(p.Skew)):
		return NotYet
	case k.Live(now):
		return Provisional
	default:
		return Unproven
	}
}

func (k KeyRecord) proves(rev time.Time, e Evidence, skew time.Duration) bool {
	end, ends := k.End()
	return e.Server != 0 && e.Server == e.Home &&
		!rev.After(unix(e.AnchoredAt).Add(skew)) && (!ends || e.AnchoredAt <= end) && !k.CutOff.disowns(e)
}

// latest bounds times from the chain, whose 64 bits exceed what time.Time can
// compare; a rev cannot be later than the year 2255.
const latest = 253402300799 // 9999-12-31T23:59:59Z

func unix(seconds uint64) time.Time { return time.Unix(int64(min(seconds, latest)), 0) }
