package session

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/identity"
)

// FreshFor is how young a sign-in must be to delete its account: a token that was
// found somewhere is not enough, the wallet or the passkey has to have been there.
const FreshFor = 10 * time.Minute

// ErrNotFresh: the sign-in is older than FreshFor.
var ErrNotFresh = errors.New("session: sign in again first")

// ErrBarred: the operator has shut this identity out; its sign-ins have ended.
var ErrBarred = errors.New("session: the operator has blocked this identity")

// Fresh says whether a sign-in was proved a moment ago. Refreshing tokens doesn't
// make it younger.
func (s *Sessions) Fresh(_ context.Context, did identity.DID, familyID string) error {
	var f family
	found, err := s.get(familyKey(did, familyID), &f)
	if err != nil {
		return err
	}
	if !found {
		return ErrInvalidToken
	}
	if s.now().Sub(f.Created) > FreshFor {
		return ErrNotFresh
	}
	return nil
}

// leaving is what the nonces of DeletionToken are for.
const leaving act = "delete the account"

// DeletionToken is what AT's deleteAccount wants besides the account's name. It
// lives as long as a challenge does, and is good once.
func (s *Sessions) DeletionToken(ctx context.Context, did identity.DID) (token string, expires time.Time, err error) {
	owner, err := s.cfg.Owners.OwnerOf(ctx, did)
	if err != nil {
		return "", time.Time{}, wrap("owner", err)
	}
	token, expires = s.nonces.Issue(purpose{owner, did, "", leaving}.String())
	return token, expires, nil
}

// UseDeletionToken spends a token of DeletionToken.
func (s *Sessions) UseDeletionToken(ctx context.Context, did identity.DID, token string) error {
	owner, err := s.cfg.Owners.OwnerOf(ctx, did)
	if err != nil {
		return wrap("owner", err)
	}
	if err := s.nonces.Use(token, purpose{owner, did, "", leaving}.String()); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidToken, err)
	}
	return nil
}

// Leave removes an account: what it is called, its sign-ins, its keys of AT. Its
// handles stay kept from others for 30 days (handleRest), and then are free.
func (s *Sessions) Leave(ctx context.Context, did identity.DID) (Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.Account(ctx, did)
	if err != nil {
		return Account{}, err
	}
	w := s.batch()
	w.delete(accountKey(did))
	w.delete(applicationKey(did))
	for _, h := range append([]FormerHandle{{Handle: a.Handle}}, a.Former...) {
		if holder, held, err := s.handleHolder(h.Handle); err != nil {
			return a, err
		} else if held && holder == did {
			w.put(restKey(s.now().Add(handleRest), h.Handle), []byte(did))
		}
	}
	if err := s.registration.withdrawAll(w, did); err != nil {
		return a, err
	}
	if err := s.forgetSignIns(w, did); err != nil {
		return a, err
	}
	return a, w.commit()
}

func (s *Sessions) forgetSignIns(w *batch, did identity.DID) error {
	err := s.kv.Scan(familyPrefix(did), func(key, _ []byte) error {
		w.delete(bytes.Clone(key))
		return nil
	})
	if err != nil {
		return wrap("scan sign-ins", err)
	}
	return wrap("scan tokens", s.kv.Scan([]byte{tagToken}, func(key, value []byte) error {
		var t tokenRecord
		if err := decode(value, &t); err == nil && t.DID == did {
			w.delete(bytes.Clone(key))
		}
		return nil
	}))
}

// restKey orders handles of people who have left by when they are free again.
func restKey(at time.Time, h syntax.Handle) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{tagResting}, uint64(at.Unix())), h...)
}

// freeHandles gives back handles that have rested long enough, unless whoever left
// has come back to them.
func (s *Sessions) freeHandles(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.batch()
	err := s.kv.Scan([]byte{tagResting}, func(key, did []byte) error {
		if len(key) < 9 || binary.BigEndian.Uint64(key[1:]) > uint64(s.now().Unix()) {
			return nil
		}
		w.delete(bytes.Clone(key))
		_, err := s.Account(ctx, identity.DID(did))
		if errors.Is(err, ErrNoAccount) {
			w.delete(handleKey(syntax.Handle(key[9:])))
			return nil
		}
		return err
	})
	if err != nil {
		return wrap("scan resting handles", err)
	}
	return w.commit()
}
