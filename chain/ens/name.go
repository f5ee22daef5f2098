package ens

import (
	"fmt"
	"strings"
	"sync"

	"github.com/adraffy/go-ens-normalize/ensip15"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Bounds of a name; the specifications have none but a label's 255 bytes, which
// ENSIP-10's encoding needs.
const (
	maxName   = 512
	maxLabel  = 255
	maxLabels = 16
)

// Name is a name in normal form, "alice.eth".
type Name string

// normalizer is the specification's data, unpacked once: about 20 ms.
var normalizer = sync.OnceValue(ensip15.New)

// Normalize gives the normal form (ENSIP-15) of what a person typed.
func Normalize(text string) (Name, error) {
	if len(text) > maxName {
		return "", fmt.Errorf("%w: %d bytes, at most %d", ErrInvalidName, len(text), maxName)
	}
	normal, err := normalizer().Normalize(text)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvalidName, err)
	}
	return Name(normal), nil
}

// Parse takes a name that is in normal form already, of at least one label.
func Parse(text string) (Name, error) {
	n, err := Normalize(text)
	if err != nil {
		return "", err
	}
	if string(n) != text || text == "" {
		return "", fmt.Errorf("%w: %q", ErrInvalidName, text)
	}
	labels := n.labels()
	if len(labels) > maxLabels {
		return "", fmt.Errorf("%w: %d labels, at most %d", ErrInvalidName, len(labels), maxLabels)
	}
	for _, label := range labels {
		if len(label) > maxLabel {
			return "", fmt.Errorf("%w: a label of %d bytes", ErrInvalidName, len(label))
		}
	}
	return n, nil
}

func (n Name) labels() []string { return strings.Split(string(n), ".") }

// node is EIP-137's namehash.
func (n Name) node() (node common.Hash) {
	if n == "" {
		return node
	}
	labels := n.labels()
	for i := len(labels) - 1; i >= 0; i-- {
		node = crypto.Keccak256Hash(node[:], crypto.Keccak256([]byte(labels[i])))
	}
	return node
}

// parent is the name without its first label, "" above the last.
func (n Name) parent() Name {
	_, rest, _ := strings.Cut(string(n), ".")
	return Name(rest)
}

// wire is the DNS encoding that ENSIP-10 passes on.
func (n Name) wire() (b []byte) {
	for _, label := range n.labels() {
		b = append(append(b, byte(len(label))), label...)
	}
	return append(b, 0)
}
