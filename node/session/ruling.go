package session

import (
	"fmt"
	"strings"

	"metanet/identity"
)

// Ruling is one decision of the operator's about who may get an account.
type Ruling struct {
	Action  string // "set registration", "approve account", "refuse account", "invite", "withdraw invitation", "list wallets" or "unlist wallets"
	Subject string // the mode, the DID, the invitations' ids, the wallets
	Reason  string
}

func (r *Registration) decided(action, subject, reason string) error {
	if r.cfg.Decided == nil {
		return nil
	}
	return wrap("write the decision down", r.cfg.Decided(Ruling{action, subject, reason}))
}

// maxRuled is how many wallets a ruling names; a script may list thousands.
const maxRuled = 100

func (r *Registration) decidedWallets(action string, wallets []identity.Address) error {
	if len(wallets) == 0 {
		return nil
	}
	var names []string
	for _, a := range wallets[:min(len(wallets), maxRuled)] {
		names = append(names, a.Checksum())
	}
	if more := len(wallets) - maxRuled; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return r.decided(action, strings.Join(names, " "), "")
}
