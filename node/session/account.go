package session

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/identity"
)

// Account is an identity that has signed in at this server.
type Account struct {
	DID     identity.DID    `json:"did"`
	Name    identity.ATName `json:"name"`
	Handle  syntax.Handle   `json:"handle"`
	Created time.Time       `json:"created"`

	// Binding is the value of net.metanet.identity.at/self, canonical DAG-CBOR:
	// the genesis operation that ties Name to DID, and the handle of today.
	Binding []byte `json:"binding"`

	// Former are handles under this server's domain that the person has given up
	// and nobody else may take yet.
	Former []FormerHandle `json:"former,omitempty"`
}

// Account returns the account of an identity, or ErrNoAccount.
func (s *Sessions) Account(_ context.Context, did identity.DID) (Account, error) {
	var a Account
	found, err := s.get(accountKey(did), &a)
	if err != nil {
		return Account{}, err
	}
	if !found {
		return Account{}, ErrNoAccount
	}
	return a, nil
}

// Accounts calls fn for each account, in no order that matters, until it
// returns an error.
func (s *Sessions) Accounts(ctx context.Context, fn func(Account) error) error {
	err := s.kv.Scan([]byte{tagAccount}, func(_, value []byte) error {
		var a Account
		if err := json.Unmarshal(value, &a); err != nil {
			return fmt.Errorf("corrupt account: %w", err)
		}
		return fn(a)
	})
	return wrap("scan accounts", err)
}
