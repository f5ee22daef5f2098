package quota

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is one quota, under the name that settings and answers give it.
type Kind string

const (
	Records     Kind = "records"      // written here by one identity in a day
	RecordBytes Kind = "record-bytes" // of one identity's visible records
	BlobBytes   Kind = "blob-bytes"   // uploaded by one identity, while they are held
	Operations  Kind = "operations"   // on-chain, by one identity in a day, at this server's cost
	Rescues     Kind = "rescues"      // on-chain, about one identity in a day, by whoever recovers it
	Invitations Kind = "invitations"  // made by one identity in a day
	Accounts    Kind = "accounts"     // opened from one IPv4 address or IPv6 /64 in a day
)

// trait is what is fixed about a kind.
type trait struct {
	daily bool // else it is what is kept now, in bytes
	limit uint64
	code  string
	err   error
	help  string
}

// The defaults suit a server whose people are strangers to its operator: far above
// what a person does, far below what fills a disk or empties an account.
var kinds = map[Kind]trait{
	Records:     {true, 10_000, "RecordsQuotaExceeded", ErrRecords, "records that one identity writes in a day"},
	RecordBytes: {false, 256 << 20, "RecordBytesQuotaExceeded", ErrRecordBytes, "bytes of one identity's records"},
	BlobBytes:   {false, 4 << 30, "BlobBytesQuotaExceeded", ErrBlobBytes, "bytes of blobs that one identity has uploaded"},
	Operations:  {true, 50, "OperationsQuotaExceeded", ErrOperations, "on-chain operations of one identity in a day"},
	// A recovery address can start and withdraw takeovers for ever. Six a day leave
	// room for a fight (a takeover takes three days) and bound what it costs.
	Rescues:     {true, 6, "RescuesQuotaExceeded", ErrRescues, "on-chain operations to recover one identity in a day"},
	Invitations: {true, 5, "InvitationsQuotaExceeded", ErrInvitations, "invitations that one identity makes in a day"},
	Accounts:    {true, 20, "AccountsQuotaExceeded", ErrAccounts, "accounts opened from one address in a day"},
}

// Kinds are all of them, in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{Records, RecordBytes, BlobBytes, Operations, Rescues, Invitations, Accounts}
}

// Unlimited is the limit that is none.
const Unlimited = math.MaxUint64

// Limits are what differs from the defaults.
type Limits map[Kind]uint64

// Of is the limit in force.
func (l Limits) Of(k Kind) uint64 {
	if n, said := l[k]; said {
		return n
	}
	return kinds[k].limit
}

// ParseLimits reads settings such as "records=500", "blob-bytes=2GiB" or
// "operations=none".
func ParseLimits(settings []string) (Limits, error) {
	l := make(Limits)
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		t, known := kinds[Kind(name)]
		if !known {
			return nil, fmt.Errorf("%w: %q: want NAME=NUMBER, of %v", ErrLimits, s, Kinds())
		}
		n, err := parseNumber(value, !t.daily)
		if err != nil {
			return nil, fmt.Errorf("%w: %q: want a number such as %d, or none", ErrLimits, s, t.limit)
		}
		l[Kind(name)] = n
	}
	return l, nil
}

var units = []struct {
	suffix string
	shift  uint
}{{"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}}

func parseNumber(text string, bytes bool) (uint64, error) {
	if text == "none" {
		return Unlimited, nil
	}
	shift := uint(0)
	for _, u := range units {
		if head, ok := strings.CutSuffix(text, u.suffix); ok && bytes {
			text, shift = head, u.shift
		}
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err == nil && n > math.MaxInt64>>shift {
		err = strconv.ErrRange
	}
	return n << shift, err
}

// Usage is one line of what somebody has used up.
type Usage struct {
	Kind  Kind
	Used  uint64
	Limit uint64    // Unlimited: none
	Daily bool      // else bytes kept
	Until time.Time // daily: when it begins anew
}

// Help is the kind in words.
func (k Kind) Help() string { return kinds[k].help }

// OfIdentity reports whether it is counted of identities, not of addresses.
func (k Kind) OfIdentity() bool { return k != Accounts && slices.Contains(Kinds(), k) }

// dayOf is the number of the UTC day, and when the next begins.
func dayOf(now time.Time) (day uint32, next time.Time) {
	today := now.UTC().Truncate(24 * time.Hour)
	return uint32(today.Unix() / 86400), today.Add(24 * time.Hour)
}
