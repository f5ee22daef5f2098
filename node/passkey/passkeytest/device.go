// Package passkeytest is an authenticator for tests: it makes passkeys and signs
// as a browser with a platform authenticator would, honestly or as it is told.
package passkeytest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// Flags of authenticator data (§6.1).
const (
	UserPresent  byte = 1 << 0
	UserVerified byte = 1 << 2
	attested     byte = 1 << 6
)

// Device holds passkeys. Its fields are what a test may change.
type Device struct {
	Origin      string // of the page that the browser shows
	CrossOrigin bool
	Flags       byte   // UserPresent | UserVerified unless changed
	Party       string // signs for this relying party in place of the one asked for
	Passkeys    []*Passkey
	t           testing.TB
}

// Passkey is a discoverable credential.
type Passkey struct {
	ID      []byte
	User    []byte
	Party   string
	Counter uint32
	key     *ecdsa.PrivateKey
}

// New is a device whose browser shows a page of origin.
func New(t testing.TB, origin string) *Device {
	return &Device{Origin: origin, Flags: UserPresent | UserVerified, t: t}
}

func (d *Device) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

var b64 = base64.RawURLEncoding

// Create answers creation options, and keeps the passkey.
func (d *Device) Create(options json.RawMessage) json.RawMessage {
	d.t.Helper()
	var o struct {
		Challenge string
		RP        struct{ ID string }
		User      struct{ ID string }
	}
	d.must(json.Unmarshal(options, &o))
	user, err := b64.DecodeString(o.User.ID)
	d.must(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	d.must(err)
	id := make([]byte, 32)
	rand.Read(id)
	pk := &Passkey{ID: id, User: user, Party: o.RP.ID, key: key}
	d.Passkeys = append(d.Passkeys, pk)
	object, err := webauthncbor.Marshal(map[string]any{
		"fmt": "none", "attStmt": map[string]any{}, "authData": d.data(pk, attested, d.attestedData(pk)),
	})
	d.must(err)
	return d.answer(pk, map[string]any{
		"clientDataJSON": b64.EncodeToString(d.client("webauthn.create", o.Challenge)), "attestationObject": b64.EncodeToString(object),
	})
}

// Get answers request options with a passkey.
func (d *Device) Get(options json.RawMessage, pk *Passkey) json.RawMessage {
	d.t.Helper()
	var o struct{ Challenge string }
	d.must(json.Unmarshal(options, &o))
	pk.Counter++
	client, data := d.client("webauthn.get", o.Challenge), d.data(pk, 0, nil)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(bytes.Clone(data), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, pk.key, digest[:])
	d.must(err)
	return d.answer(pk, map[string]any{
		"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data),
		"signature": b64.EncodeToString(sig), "userHandle": b64.EncodeToString(pk.User),
	})
}

func (d *Device) answer(pk *Passkey, response map[string]any) json.RawMessage {
	d.t.Helper()
	id := b64.EncodeToString(pk.ID)
	answer, err := json.Marshal(map[string]any{
		"id": id, "rawId": id, "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response,
	})
	d.must(err)
	return answer
}

func (d *Device) client(kind, challenge string) []byte {
	d.t.Helper()
	client, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": d.CrossOrigin})
	d.must(err)
	return client
}

// data is authenticator data (§6.1).
func (d *Device) data(pk *Passkey, flags byte, tail []byte) []byte {
	party := pk.Party
	if d.Party != "" {
		party = d.Party
	}
	hash := sha256.Sum256([]byte(party))
	data := append(hash[:], d.Flags|flags)
	data = binary.BigEndian.AppendUint32(data, pk.Counter)
	return append(data, tail...)
}

// attestedData is attested credential data (§6.5.1): AAGUID, id, COSE key (ES256).
func (d *Device) attestedData(pk *Passkey) []byte {
	d.t.Helper()
	data := binary.BigEndian.AppendUint16(make([]byte, 16), uint16(len(pk.ID)))
	point, err := pk.key.PublicKey.Bytes() // 0x04 ‖ x ‖ y
	d.must(err)
	cose, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	d.must(err)
	return append(append(data, pk.ID...), cose...)
}
