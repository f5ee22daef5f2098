package policy

import (
	_ "embed"
	"fmt"
)

//go:embed default.yaml
var defaultYAML []byte

// Default is the policy that a new server publishes as its first version: short,
// usual, and meant to be replaced by the server's own.
func Default() *Document {
	d, err := Parse(defaultYAML)
	if err != nil {
		panic(fmt.Sprintf("policy: the embedded default: %v", err)) // held by a test
	}
	return d
}

// DefaultYAML is the source of Default, to start one's own from.
func DefaultYAML() string { return string(defaultYAML) }
