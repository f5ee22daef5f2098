package record

import (
	"fmt"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/record/dagcbor"
)

// DeparturePath is where an identity says that it has left: the one record there
// takes with it every other record of the author whose rev is not above its own.
var DeparturePath = Path{Collection: "net.metanet.account.status", Key: "self"}

const (
	fieldStatus   = "status"
	statusDeleted = "deleted"
)

// DepartureValue is the value of a departure, canonical DAG-CBOR.
func DepartureValue(now time.Time) ([]byte, error) {
	json := fmt.Sprintf(`{"$type":%q,"status":%q,"createdAt":%q}`,
		DeparturePath.Collection, statusDeleted, now.UTC().Format(syntax.AtprotoDatetimeLayout))
	return JSONToValue([]byte(json))
}

// CheckDeparture wants a record at DeparturePath to be a departure. Nothing else
// may stand there, no tombstone either: in its place the departure would be lost,
// and with it what keeps the old records from coming back (docs/protocol.md,
// Leaving).
func CheckDeparture(b *Bundle) error {
	if b.Value == nil {
		return fmt.Errorf("%w: a departure cannot be deleted", ErrValue)
	}
	if status := string(dagcbor.Node(b.Value).Get(fieldStatus).Text()); status != statusDeleted {
		return fmt.Errorf("%w: the status of an account is %q or nothing, not %q", ErrValue, statusDeleted, status)
	}
	return nil
}
