package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"metanet/chain"
)

// chainDev stands for the embedded development chain where URLs stand otherwise.
const chainDev = "dev"

// chains is which chain a node is on: the embedded one, or the RPCs of another, the
// first being asked first.
type chains []string

func (c chains) dev() bool { return len(c) == 1 && c[0] == chainDev }

// check finds what is wrong with RPCs and their quorum.
func (c chains) check(quorum int) error {
	if c.dev() {
		if quorum > 1 {
			return errors.New("chain-quorum: the embedded chain is one RPC")
		}
		return nil
	}
	for i, u := range c {
		if u == chainDev {
			return errors.New("chain: `dev` stands alone")
		}
		if checkURL(u, "http", "https", "ws", "wss") != nil { // whose error tells the URL, which may hold a key
			return fmt.Errorf("chain: number %d is neither `dev` nor an http, https, ws or wss URL", i+1)
		}
		if slices.ContainsFunc(c[:i], func(before string) bool { return chain.SameURL(before, u) }) {
			return fmt.Errorf("chain: %s is given twice", chain.RedactURL(u))
		}
	}
	if quorum < 0 || quorum > max(1, len(c)) {
		return fmt.Errorf("chain-quorum: %d of %d RPCs cannot agree", quorum, len(c))
	}
	return nil
}

// loopback reports whether all RPCs are on this machine.
func (c chains) loopback() bool {
	return !slices.ContainsFunc(c, func(u string) bool { return !isLoopbackURL(u) })
}

// UnmarshalJSON takes a single text, too, as homes have that knew only one RPC.
func (c *chains) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*c = chains{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(c))
}
