package session

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// A handle that we give out is one label under the server's domain: 3 to 20
// characters, letters, digits and inner hyphens. It is stricter than a DNS
// label (RFC 1035 §2.3.1) on purpose: no doubled hyphen, which also keeps
// "xn--" homographs out.
var handleLabel = regexp.MustCompile(`^[a-z0-9](?:-?[a-z0-9]){2,19}$`)

const maxHandleLabel = 20

// reservedLabels are names that a visitor would take for the server itself,
// that mail and web conventions give a meaning (RFC 2142), or that we may want
// to answer under one day.
var reservedLabels = makeSet(`
	about abuse account accounts admin administrator all anonymous api app apps at atproto auth
	blob blobs blog bot cdn chain contact dev dns docs download everyone feed feeds ftp gateway handle health help
	hostmaster here home host http https imap info invalid ipfs ipns livez localhost login logout
	mail mailer-daemon me media metanet metrics mod moderation moderator news nobody node noc node
	null official operator owner pds peer plc policy pop post postmaster privacy public readyz
	relay root rpc rules security server servers settings signin signout signup site smtp staff
	static status store support sync sys sysadmin system team terms test undefined usenet user
	username users verify wallet web webfinger webmaster well-known www xrpc you
`)

func makeSet(words string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// parseHandle takes "alice" or "alice.example.org" to the handle under domain.
func parseHandle(text, domain string) (syntax.Handle, error) {
	text = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "@")
	label := strings.TrimSuffix(text, "."+domain)
	if len(label) > maxHandleLabel || !handleLabel.MatchString(label) {
		return "", fmt.Errorf("%w: choose 3 to 20 letters, digits and inner hyphens", ErrInvalidHandle)
	}
	if reservedLabels[label] {
		return "", fmt.Errorf("%w: %q is reserved", ErrInvalidHandle, label)
	}
	h, err := syntax.ParseHandle(label + "." + domain)
	if err != nil {
		return "", fmt.Errorf("%w: %q is no host name", ErrInvalidHandle, label+"."+domain)
	}
	return h.Normalize(), nil
}
