package passkey

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/json"
	"strings"

	"metanet/identity"
)

const (
	codeCount = 10
	codeBytes = 10 // 80 bits, 16 characters
)

var codeText = base32.StdEncoding.WithPadding(base32.NoPadding)

// codes are what is kept of an account's recovery codes that weren't used.
type codes [][]byte // SHA-256 of the 16 characters

// NewCodes makes ten recovery codes, in place of those before. Their texts exist
// only in the answer.
func (p *Passkeys) NewCodes(did identity.DID) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	texts := make([]string, codeCount)
	hashes := make(codes, codeCount)
	for i := range texts {
		b := make([]byte, codeBytes)
		rand.Read(b) // never fails (crypto/rand)
		text := codeText.EncodeToString(b)
		hashes[i] = hashCode(text)
		texts[i] = strings.ToLower(text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:])
	}
	return texts, p.putCodes(did, hashes)
}

// CodesLeft is how many of an account's codes weren't used.
func (p *Passkeys) CodesLeft(did identity.DID) (int, error) {
	hashes, err := p.codes(did)
	return len(hashes), err
}

// Recover gives a new passkey to the account for one of its codes. The other
// passkeys stay: whether they are lost or stolen their owner says by removing them.
func (p *Passkeys) Recover(did identity.DID, code string, m Made, name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	hashes, err := p.codes(did)
	if err != nil {
		return err
	}
	given, found := hashCode(strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))), -1
	for i, h := range hashes {
		if subtle.ConstantTimeCompare(h, given) == 1 {
			found = i
		}
	}
	if found < 0 {
		return ErrCode
	}
	// The code first: after a crash in between it is spent, and never good twice.
	if err := p.putCodes(did, append(hashes[:found:found], hashes[found+1:]...)); err != nil {
		return err
	}
	return p.keep(did, m, name)
}

func (p *Passkeys) codes(did identity.DID) (hashes codes, err error) {
	value, found, err := p.kv.Get(codesKey(did))
	if err != nil || !found {
		return nil, wrap(err)
	}
	return hashes, wrap(json.Unmarshal(value, &hashes))
}

func (p *Passkeys) putCodes(did identity.DID, hashes codes) error {
	value, err := json.Marshal(hashes)
	if err != nil {
		return wrap(err)
	}
	return wrap(p.kv.Apply(map[string][]byte{string(codesKey(did)): value}, nil))
}

func hashCode(text string) []byte {
	h := sha256.Sum256([]byte(text))
	return h[:]
}
