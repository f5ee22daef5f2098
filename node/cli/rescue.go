package cli

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"metanet/chain"
	"metanet/identity"
)

// rescueHelp is what all these commands have in common.
const rescueHelp = `
Through the server where you signed in, this costs you nothing: it relays what your
wallet signs, after this program has checked that it is exactly what you ordered.
With --rpc URL your wallet sends the transaction itself and pays, without asking any
server; the cost is shown first.`

// command is an identity operation as a command.
type command struct {
	use, short, long string
	args             cobra.PositionalArgs
	flags            func(*cobra.Command)
	build            func(args []string) (chain.Operation, error)
	signs            bool // the operation names its signer
}

func (k command) cobra(dir, passFile *string) *cobra.Command {
	c := &cobra.Command{Use: k.use, Short: k.short, Long: k.short + ".\n" + k.long + rescueHelp, Args: k.args}
	if k.args == nil {
		c.Args = cobra.NoArgs
	}
	o := orderFlags(c, dir, passFile)
	if k.flags != nil {
		k.flags(c)
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		op, err := k.build(args)
		if err != nil {
			return err
		}
		return o.give(c, func(did identity.DID, signer identity.Address) chain.Operation {
			op.Identity = did
			if k.signs {
				op.Signer = signer
			}
			return op
		})
	}
	return c
}

// plain is an operation without arguments.
func plain(op chain.Op) func([]string) (chain.Operation, error) {
	return func([]string) (chain.Operation, error) { return chain.Operation{Op: op}, nil }
}

// rescueCommands are what a person can do with an identity, besides enrolling.
func rescueCommands(dir, passFile *string) []*cobra.Command {
	var all []*cobra.Command
	for _, k := range []command{revokeCommand(), revokeAllCommand(), renewCommand(), ownerCommand(), homeCommand(), skipNonceCommand(), deactivateCommand()} {
		all = append(all, k.cobra(dir, passFile))
	}
	recovery := &cobra.Command{
		Use: "recovery", Short: "The recovery address: set it, clear it, or take over with it",
		Long: `The recovery address is the deed to your identity: a cold wallet, or a contract of
several people. It can take the identity over when your wallet is lost or stolen.
Every takeover takes three days, in which the owner can cancel it; twice, not a third
time. So in the end the recovery address wins: never give one to a service, and never
use a wallet that you carry around. While there is one, changes of owner and of the
recovery address itself take three days, too, and the recovery address can cancel them.`,
	}
	for _, k := range recoveryCommands() {
		recovery.AddCommand(k.cobra(dir, passFile))
	}
	change := &cobra.Command{Use: "change", Short: "The owner's pending change of owner or recovery address, or deactivation"}
	change.AddCommand(
		command{use: "cancel", short: "Withdraw the pending change, as owner or as recovery address", build: plain(chain.OpCancelChange), signs: true}.cobra(dir, passFile),
		command{use: "finish", short: "Carry out the pending change, once it is due; anybody may", build: plain(chain.OpFinishChange)}.cobra(dir, passFile),
	)
	return append(all, recovery, change)
}

func revokeCommand() command {
	var server, size uint64
	from := false
	return command{
		use: "revoke KEY", short: "End a key on-chain; it can never be added again", args: cobra.ExactArgs(1),
		long: `With --from you also state on-chain, for good, that what the key signed from a position
of a server's log on is not yours but a thief's. Servers honour it once they keep such
logs; until then the key's records count as after a plain revocation.`,
		flags: func(c *cobra.Command) {
			c.Flags().Uint64Var(&server, "log", 0, "number of the server whose log --from counts in")
			c.Flags().Uint64Var(&size, "from", 0, "log position from which on the key's records are not yours")
			c.PreRun = func(c *cobra.Command, _ []string) { from = c.Flags().Changed("from") }
		},
		build: func(args []string) (chain.Operation, error) {
			key, err := identity.ParseKeyString(args[0])
			op := chain.Operation{Op: chain.OpRevokeKey, Key: key}
			if from {
				op.Op, op.Server, op.Size = chain.OpRevokeKeyFrom, server, size
				if server == 0 {
					err = errors.Join(err, errors.New("--from counts in a server's log: name it with --log"))
				}
			}
			return op, err
		},
	}
}

func revokeAllCommand() command {
	return command{
		use: "revoke-all", short: "End all keys at once and sign out everywhere; owner, home and recovery address stay",
		long: "For when you don't know which of your devices was stolen. Authorise new keys afterwards.", build: plain(chain.OpRevokeAllKeys),
	}
}

func renewCommand() command {
	days := 365
	return command{
		use: "renew KEY", short: "Let a key speak longer", args: cobra.ExactArgs(1),
		flags: func(c *cobra.Command) { c.Flags().IntVar(&days, "days", days, "for how many days from now") },
		build: func(args []string) (chain.Operation, error) {
			key, err := identity.ParseKeyString(args[0])
			return chain.Operation{Op: chain.OpRenewKey, Key: key, Expiry: uint64(time.Now().AddDate(0, 0, days).Unix())}, err
		},
	}
}

func ownerCommand() command {
	return command{
		use: "owner ADDRESS", short: "Give the identity to another wallet", args: cobra.ExactArgs(1),
		long: `All keys end and all sign-ins with them: the new owner signs in and authorises keys
anew. If there is a recovery address it takes three days, and "metanet key change
finish" carries it out.`,
		build: func(args []string) (chain.Operation, error) {
			a, err := identity.ParseAddress(args[0])
			return chain.Operation{Op: chain.OpChangeOwner, NewOwner: a}, err
		},
	}
}

func homeCommand() command {
	return command{
		use: "home NUMBER", short: "Name a server as home, by its number on-chain; 0 is none", args: cobra.ExactArgs(1),
		long: `The key that the former home keeps for you ends. To move with all that you have
written, use "metanet move".`,
		build: func(args []string) (chain.Operation, error) {
			n, err := strconv.ParseUint(args[0], 10, 64)
			return chain.Operation{Op: chain.OpSetHome, Server: n}, err
		},
	}
}

func skipNonceCommand() command {
	return command{
		use: "skip-nonce", short: "Void what your wallet has signed and nobody has sent yet", build: plain(chain.OpSkipNonce),
		long: "For when you signed something at a server that you don't trust any more.",
	}
}

func deactivateCommand() command {
	return command{
		use: "deactivate", short: "End the identity for ever; nobody can bring it back", build: plain(chain.OpDeactivate),
		long: "With a recovery address it takes three days.",
	}
}

func recoveryCommands() []command {
	return []command{
		{
			use: "set ADDRESS", short: "Name the recovery address", args: cobra.ExactArgs(1),
			build: func(args []string) (chain.Operation, error) {
				a, err := identity.ParseAddress(args[0])
				if a.IsZero() {
					err = errors.Join(err, errors.New("that is no address (see `metanet key recovery clear`)"))
				}
				return chain.Operation{Op: chain.OpSetRecovery, Recovery: a}, err
			},
		},
		{use: "clear", short: "Be without a recovery address; takes three days", build: plain(chain.OpSetRecovery)},
		{
			use: "start NEW-OWNER", short: "Start to take an identity over, as its recovery address (--wallet, --did)", args: cobra.ExactArgs(1),
			build: func(args []string) (chain.Operation, error) {
				a, err := identity.ParseAddress(args[0])
				return chain.Operation{Op: chain.OpStartRecovery, NewOwner: a}, err
			},
		},
		{use: "cancel", short: "Withdraw the takeover, as owner or as recovery address", build: plain(chain.OpCancelRecovery), signs: true},
		{use: "finish", short: "Carry out the takeover, once it is due; anybody may", build: plain(chain.OpFinishRecovery)},
	}
}

// pendingInfo is what identity.get says waits to happen.
type pendingInfo struct {
	Change *struct {
		Kind    string           `json:"kind"`
		Target  identity.Address `json:"target"`
		ReadyAt time.Time        `json:"readyAt"`
		Due     bool             `json:"due"`
	} `json:"change"`
	Recovery *struct {
		NewOwner    identity.Address `json:"newOwner"`
		ReadyAt     time.Time        `json:"readyAt"`
		Due         bool             `json:"due"`
		Cancellable bool             `json:"cancellable"`
	} `json:"recovery"`
}

// warn says what is about to happen to an identity, and what helps.
func (p *pendingInfo) warn(now time.Time) (lines []string) {
	if p == nil {
		return nil
	}
	when := func(at time.Time, due bool) string {
		if due {
			return "is due: anybody can carry it out"
		}
		return fmt.Sprintf("takes effect in %s, at %s", at.Sub(now).Round(time.Minute), at.UTC().Format(time.RFC3339))
	}
	if r := p.Recovery; r != nil {
		help := "if that isn't you: metanet key recovery cancel"
		if !r.Cancellable {
			help = "the owner has cancelled twice and cannot any more"
		}
		lines = append(lines, fmt.Sprintf("TAKEOVER by the recovery address, for %s: %s (%s)", r.NewOwner.Checksum(), when(r.ReadyAt, r.Due), help))
	}
	if c := p.Change; c != nil {
		what := map[string]string{"owner": "CHANGE OF OWNER to " + c.Target.Checksum(), "recovery": "CHANGE OF RECOVERY ADDRESS to " + c.Target.Checksum(), "deactivation": "DEACTIVATION"}[c.Kind]
		lines = append(lines, fmt.Sprintf("%s: %s (if that isn't you: metanet key change cancel)", what, when(c.ReadyAt, c.Due)))
	}
	return lines
}
