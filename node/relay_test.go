package node

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"metanet/chain"
	"metanet/identity"
	"metanet/node/native"
)

func TestOperationOf(t *testing.T) {
	device, hosted := identity.Key{1}, identity.Key{2}
	expires := time.Unix(2_000_000_000, 0)
	const unix = 2_000_000_000
	for name, row := range map[string]struct {
		asked native.Operation
		want  chain.Operation
	}{
		"enrol with a device": {
			native.Operation{Name: "enrol", Key: device, Server: 3, ExpiresAt: expires},
			chain.Operation{Op: chain.OpEnrol, Key: device, Purpose: identity.PurposeDevice, Expiry: unix, Server: 3},
		},
		"enrol with a hosted key, too": {
			native.Operation{Name: "enrol", Key: device, HostedKey: hosted, Server: 3, ExpiresAt: expires},
			chain.Operation{Op: chain.OpEnrol, Key: device, Purpose: identity.PurposeDevice, Expiry: unix, HostedKey: hosted, HostedExpiry: unix, Server: 3},
		},
		"move here, with the hosted key": {
			native.Operation{Name: "enrol", Purpose: identity.PurposeHosted, HostedKey: hosted, Server: 3, ExpiresAt: expires},
			chain.Operation{Op: chain.OpEnrol, Key: hosted, Purpose: identity.PurposeHosted, Expiry: unix, Server: 3},
		},
		"the hosted key alone": {
			native.Operation{Name: "addKey", HostedKey: hosted, ExpiresAt: expires},
			chain.Operation{Op: chain.OpAddKey, Key: hosted, Purpose: identity.PurposeHosted, Expiry: unix},
		},
		"a device": {
			native.Operation{Name: "addKey", Key: device, Purpose: identity.PurposeDevice, ExpiresAt: expires},
			chain.Operation{Op: chain.OpAddKey, Key: device, Purpose: identity.PurposeDevice, Expiry: unix},
		},
		"a new owner": {
			native.Operation{Name: "changeOwner", Address: identity.Address{9}, ExpiresAt: expires},
			chain.Operation{
				Op: chain.OpChangeOwner, Expiry: unix,
				NewOwner: identity.Address{9}, Recovery: identity.Address{9}, Signer: identity.Address{9},
			},
		},
	} {
		if got := (relay{}).operationOf(row.asked); !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, row.want)
		}
	}
	op := relay{}.operationOf(native.Operation{Name: "addKey", Key: device})
	if left := time.Until(time.Unix(int64(op.Expiry), 0)); left < keyLifetime-time.Minute || left > keyLifetime {
		t.Errorf("a key without an end ends in %v, want %v", left, keyLifetime)
	}
}

// What a server doesn't know how to fill in, it doesn't prepare.
func TestOffered(t *testing.T) {
	for _, op := range []chain.Op{"", "unknown", "recover", chain.Op("ENROL")} {
		if _, _, err := (relay{}).Prepare(t.Context(), native.Operation{Name: string(op)}); !errors.Is(err, native.ErrOperation) {
			t.Errorf("%q: %v, want %v", op, err, native.ErrOperation)
		}
	}
}

func TestDeadlineOf(t *testing.T) {
	for _, row := range []struct {
		deadline any
		want     int64 // 0: an error
	}{
		{"1767225600", 1767225600}, {big.NewInt(1767225600), 1767225600}, {uint64(1), 1},
		{nil, 0}, {"", 0}, {"-1", 0}, {"soon", 0}, {"18446744073709551615", 0},
	} {
		got, err := deadlineOf(apitypes.TypedData{Message: apitypes.TypedDataMessage{"deadline": row.deadline}})
		if err == nil && got.Unix() != row.want || (err == nil) != (row.want != 0) {
			t.Errorf("deadlineOf(%v) = %v, %v", row.deadline, got, err)
		}
	}
}

func TestNativeError(t *testing.T) {
	other := errors.New("other")
	for _, row := range []struct{ is, want error }{
		{chain.ErrInvalidSignature, native.ErrSigner}, {chain.ErrTypedData, native.ErrSigner},
		{chain.ErrInvalidOperation, native.ErrOperation}, {chain.ErrReverted, native.ErrReverted},
		{chain.ErrUnfunded, native.ErrQuota}, {chain.ErrFeeTooHigh, native.ErrQuota},
		{chain.ErrUnavailable, native.ErrChain}, {chain.ErrWrongChain, native.ErrChain}, {chain.ErrInconsistent, native.ErrChain},
		{context.DeadlineExceeded, native.ErrChain}, {other, other},
	} {
		err := nativeError(fmt.Errorf("wrapped: %w", row.is))
		if !errors.Is(err, row.want) || !errors.Is(err, row.is) {
			t.Errorf("%v became %v, want %v", row.is, err, row.want)
		}
	}
}

// treasury counts what a faucet gives; a caller may hang up.
type treasury struct{ given int }

func (t *treasury) Fund(ctx context.Context, _ common.Address, _ *big.Int) (common.Hash, error) {
	t.given++
	return common.Hash{1}, ctx.Err()
}

func TestFaucetGivesEnough(t *testing.T) {
	bank := &treasury{}
	f := &faucet{chain: bank, given: make(map[identity.Address]int)}
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	for i := range 10 * faucetTimes {
		if _, err := f.Fund(gone, identity.Address{1}); errors.Is(err, native.ErrQuota) != (i >= faucetTimes) {
			t.Fatalf("gift %d to somebody who hangs up: %v", i, err)
		}
	}
	if bank.given != faucetTimes {
		t.Errorf("gave %d times, want %d", bank.given, faucetTimes)
	}
	for i := range 2 * faucetAccounts {
		_, err := f.Fund(t.Context(), identity.Address{2, byte(i >> 8), byte(i)})
		if full := i+1 >= faucetAccounts; errors.Is(err, native.ErrQuota) != full {
			t.Fatalf("gift to account %d: %v", i, err)
		}
	}
}
