package quota

import (
	"errors"
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
)

// What is used up. An [Exceeded] wraps one of these.
var (
	ErrRecords     = errors.New("quota: no more records today")
	ErrRecordBytes = errors.New("quota: no more room for records")
	ErrBlobBytes   = errors.New("quota: no more room for blobs")
	ErrOperations  = errors.New("quota: no more operations at this server's cost today")
	ErrRescues     = errors.New("quota: no more operations of recovery at this server's cost today")
	ErrInvitations = errors.New("quota: no more invitations today")
	ErrAccounts    = errors.New("quota: no more accounts from this address today")
	// ErrLimits: a limit is not written NAME=NUMBER.
	ErrLimits = errors.New("quota: not a limit")
)

// Exceeded is the refusal of what a quota doesn't allow.
type Exceeded struct {
	Kind  Kind
	Limit uint64
	Until time.Time // when there is more; zero: when something was deleted
	Wait  time.Duration
}

func (e *Exceeded) Error() string {
	if e.Until.IsZero() {
		return fmt.Sprintf("%v: the limit is %s; delete something first", e.Unwrap(), humanize.IBytes(e.Limit))
	}
	return fmt.Sprintf("%v: the limit is %d, and there are more from %s", e.Unwrap(), e.Limit, e.Until.Format(time.RFC3339))
}

// Unwrap is the kind's sentinel.
func (e *Exceeded) Unwrap() error { return kinds[e.Kind].err }

// Code is the public error code, one for each quota.
func (e *Exceeded) Code() string { return kinds[e.Kind].code }
