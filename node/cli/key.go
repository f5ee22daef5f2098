package cli

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/spf13/cobra"

	"metanet/chain"
	"metanet/identity"
	"metanet/identity/siwe"
	"metanet/node/client"
)

func newKey() *cobra.Command {
	c := &cobra.Command{
		Use:   "key",
		Short: "Your wallet and keys, for people who prefer a terminal",
		Long: `Your wallet owns your identity; a device key, which the wallet authorises on-chain,
signs what you post. Both stay in a directory of your own (--keys), apart from any
node's home. The wallet is a standard encrypted keystore: its passphrase is asked
for, or taken from --passphrase-file or METANET_PASSPHRASE.`,
	}
	dir := personFlags(c)
	var passFile string
	c.PersistentFlags().StringVar(&passFile, "passphrase-file", "", "file that holds the wallet's passphrase")
	c.AddCommand(keyNew(dir, &passFile), keyEnrol(dir, &passFile), keyList(dir), keySessions(dir))
	c.AddCommand(rescueCommands(dir, &passFile)...)
	return c
}

func keyNew(dir, passFile *string) *cobra.Command {
	var walletKey string
	c := &cobra.Command{
		Use:   "new",
		Short: "Make a wallet, a device key and a recovery key",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			wallet, err := walletFrom(walletKey)
			if err != nil {
				return err
			}
			pass, err := readPassphrase(c, *passFile, "Passphrase for the new wallet: ")
			if err != nil {
				return err
			}
			p, err := newPerson(*dir, wallet, pass)
			if err != nil {
				return err
			}
			out := c.OutOrStdout()
			fmt.Fprintf(out, "wallet      %s\n", identity.Address(crypto.PubkeyToAddress(wallet.PublicKey)).Checksum())
			fmt.Fprintf(out, "device key  %s\n", p.Public())
			fmt.Fprintf(out, "kept in     %s\n", p.dir)
			fmt.Fprintf(out, "\nKeep a copy of %s and %s somewhere safe: whoever has lost both has lost\nthe identity. Next: metanet key enrol SERVER --handle NAME\n", walletFile, recoveryFile)
			return nil
		},
	}
	c.Flags().StringVar(&walletKey, "wallet-key", "", "file with an existing wallet's private key in hex, instead of a new one")
	return c
}

func walletFrom(file string) (*ecdsa.PrivateKey, error) {
	if file == "" {
		return crypto.GenerateKey()
	}
	secret, err := readSecret(file)
	if err != nil {
		return nil, err
	}
	return crypto.ToECDSA(secret)
}

func keyEnrol(dir, passFile *string) *cobra.Command {
	var who newcomer
	var hosted bool
	c := &cobra.Command{
		Use:   "enrol SERVER",
		Short: "Sign in at a server and authorise this device's key on-chain",
		Long: `Sign in with the wallet (EIP-4361). The first time, choose a handle; the wallet then
authorises this device's key and names the server as home, on-chain, with one
signature (EIP-712) that the server relays and pays for. With --hosted the server
also keeps a key of yours, for apps that cannot sign; you can revoke it any time.`,
		Example: "  metanet key enrol http://127.0.0.1:8080 --handle alice",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := openPerson(*dir)
			if err != nil {
				return err
			}
			pass, err := readPassphrase(c, *passFile, "Wallet passphrase: ")
			if err != nil {
				return err
			}
			wallet, err := p.wallet(pass)
			if err != nil {
				return err
			}
			return enrol(c, p, wallet, args[0], who, hosted)
		},
	}
	c.Flags().StringVar(&who.invitation, "invitation", "", "an invitation's code, where the server asks for one")
	c.Flags().StringVar(&who.note, "note", "", "who you are, where the server's operator decides")
	c.Flags().StringVar(&who.handle, "handle", "", "the name to take at the first sign-in, such as alice")
	c.Flags().BoolVar(&hosted, "hosted", false, "also let the server keep a key of yours, for apps that cannot sign")
	return c
}

// grant is the answer of net.metanet.auth.signIn, as far as a terminal needs it.
type grant struct {
	AccessToken  string       `json:"accessToken"`
	RefreshToken string       `json:"refreshToken"`
	DID          identity.DID `json:"did"`
	ATName       string       `json:"atName"`
	Handle       string       `json:"handle"`
	HostedKey    string       `json:"hostedKey"`
	Enrolled     bool         `json:"enrolled"`
	ATOperation  struct {
		Path  string          `json:"path"`
		Value json.RawMessage `json:"value"`
	} `json:"atOperation"`
}

func enrol(c *cobra.Command, p *person, wallet *ecdsa.PrivateKey, server string, who newcomer, hosted bool) error {
	ctx, out := c.Context(), c.OutOrStdout()
	cl, err := client.New(server)
	if err != nil {
		return err
	}
	g, err := signIn(ctx, cl, p, wallet, who)
	if err != nil {
		return err
	}
	s := session{Server: cl.Base, DID: g.DID, ATName: g.ATName, Handle: g.Handle, Access: g.AccessToken, Refresh: g.RefreshToken}
	if err := p.saveSession(s); err != nil {
		return err
	}
	fmt.Fprintf(out, "signed in   %s as %s\nAT name     %s\n", g.DID, g.Handle, g.ATName)
	live, err := p.keyIsLive(ctx, cl, g.DID)
	if err != nil {
		return err
	}
	if !live {
		op := chain.Operation{
			Op: chain.OpEnrol, Identity: g.DID, Key: p.Public(), Purpose: identity.PurposeDevice, Expiry: uint64(time.Now().AddDate(1, 0, 0).Unix()),
		}
		if g.Enrolled {
			op.Op, hosted = chain.OpAddKey, false
		}
		done, err := authorise(ctx, cl.With(g.AccessToken), wallet, op, hosted)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "key added   %s in block %d, transaction %s\n", p.Public(), done.Block, done.Tx)
	}
	return putATName(ctx, c, p, s, g)
}

// putATName publishes the record that binds the AT name, signed by this device.
func putATName(ctx context.Context, c *cobra.Command, p *person, s session, g *grant) error {
	var have json.RawMessage
	err := p.client(s).Query(ctx, "com.atproto.repo.getRecord", url.Values{
		"repo": {string(g.DID)}, "collection": {"net.metanet.identity.at"}, "rkey": {"self"},
	}, &have)
	if err == nil {
		return nil
	}
	var refusal *client.Error
	if !errors.As(err, &refusal) {
		return err
	}
	return p.putJSON(ctx, s, g.ATOperation.Path, g.ATOperation.Value, nil)
}

// newcomer is what a first sign-in may need.
type newcomer struct{ handle, invitation, note string }

func signIn(ctx context.Context, cl *client.Client, p *person, wallet *ecdsa.PrivateKey, who newcomer) (*grant, error) {
	address := identity.Address(crypto.PubkeyToAddress(wallet.PublicKey))
	var challenge struct {
		Message        string `json:"message"`
		HandleRequired bool   `json:"handleRequired"`
	}
	in := map[string]any{"address": address.Checksum()}
	if err := cl.Procedure(ctx, "net.metanet.auth.challenge", in, &challenge); err != nil {
		return nil, err
	}
	if challenge.HandleRequired && who.handle == "" {
		return nil, errors.New("this is your first sign-in here: choose a handle with --handle")
	}
	if err := checkChallenge(challenge.Message, cl.Base, address); err != nil {
		return nil, err
	}
	sig, err := signText(wallet, challenge.Message)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{"message": challenge.Message, "signature": sig, "invitation": who.invitation, "note": who.note}
	if challenge.HandleRequired {
		rotation, err := p.rotationKey()
		if err != nil {
			return nil, err
		}
		answer["handle"], answer["rotationKey"] = who.handle, rotation
	}
	var g grant
	if err := cl.Procedure(ctx, "net.metanet.auth.signIn", answer, &g); err != nil {
		return nil, err
	}
	return &g, nil
}

// checkChallenge refuses to sign in anywhere but at the server that was named:
// a server in the middle would pass on another's message.
func checkChallenge(text, base string, address identity.Address) error {
	m, err := siwe.Parse(text)
	if err != nil {
		return fmt.Errorf("the server's sign-in message: %w", err)
	}
	u, err := url.Parse(base)
	if err != nil {
		return err
	}
	if m.Domain != u.Host || m.Address != address {
		return fmt.Errorf("the server asks to sign in at %s as %s; this is %s as %s: not signed", m.Domain, m.Address, u.Host, address)
	}
	return nil
}

// relayed is how far an operation has come, as identity.submit and .operation answer.
type relayed struct {
	Operation string `json:"operation"`
	Status    string `json:"status"` // queued, confirmed or refused
	Tx        string `json:"tx"`
	Block     uint64 `json:"block"`
	Message   string `json:"message"`
}

// authorise has the server prepare the enrolment of a device key, checks that it
// is that and nothing else, signs it with the wallet and has it relayed.
func authorise(ctx context.Context, cl *client.Client, wallet *ecdsa.PrivateKey, op chain.Operation, hosted bool) (done relayed, err error) {
	var prepared struct {
		TypedData apitypes.TypedData `json:"typedData"`
	}
	in := prepareBody(op)
	in["hosted"] = hosted
	if err := cl.Procedure(ctx, "net.metanet.identity.prepare", in, &prepared); err != nil {
		return done, err
	}
	if op.Op == chain.OpEnrol {
		// Which server this is, and the key that it keeps, it alone can say.
		said, err := enrolment(prepared.TypedData, op.Identity)
		if err != nil {
			return done, err
		}
		if op.Server = said.Server; hosted {
			op.HostedKey, op.HostedExpiry = said.HostedKey, op.Expiry
		}
	}
	if err := checkOrder(prepared.TypedData, op, time.Now()); err != nil {
		return done, err
	}
	sig, err := signTyped(wallet, prepared.TypedData)
	if err != nil {
		return done, err
	}
	submit := map[string]any{"typedData": prepared.TypedData, "signature": sig}
	if err := cl.Procedure(ctx, "net.metanet.identity.submit", submit, &done); err != nil {
		return relayed{}, err
	}
	return done.settled(ctx, cl)
}

// outcomePoll is how often a queued operation is asked after.
const outcomePoll = 2 * time.Second

// settled waits for an operation that the server has only taken so far: it keeps
// it while the chain is away, and sends it by itself.
func (r relayed) settled(ctx context.Context, cl *client.Client) (relayed, error) {
	if r.Status == "queued" && r.Operation == "" { // of the recovery address, which has no account to ask with
		return r, errors.New("the chain is away; the server has stored it and sends it when the chain is back")
	}
	for r.Status == "queued" {
		select {
		case <-ctx.Done():
			return r, fmt.Errorf("operation %s is queued at the server and goes out by itself: %w", r.Operation, ctx.Err())
		case <-time.After(outcomePoll):
		}
		if err := cl.Query(ctx, "net.metanet.identity.operation", url.Values{"operation": {r.Operation}}, &r); err != nil {
			return r, err
		}
	}
	if r.Status == "refused" {
		return r, fmt.Errorf("the contract refused: %s", r.Message)
	}
	return r, nil
}

// identityInfo is net.metanet.identity.get's answer.
type identityInfo struct {
	DID    identity.DID     `json:"did"`
	Owner  identity.Address `json:"owner"`
	Epoch  uint32           `json:"epoch"`
	Status string           `json:"status"`
	ATName string           `json:"atName"`
	Handle string           `json:"handle"`
	Home   struct {
		Server uint64 `json:"server"`
		Domain string `json:"domain"`
	} `json:"home"`
	Recovery identity.Address `json:"recovery"`
	Pending  *pendingInfo     `json:"pending"`
	Keys     []struct {
		Key        string     `json:"key"`
		Purpose    string     `json:"purpose"`
		AddedAt    time.Time  `json:"addedAt"`
		AddedBlock uint64     `json:"addedBlock"`
		ExpiresAt  *time.Time `json:"expiresAt"`
		EndedAt    *time.Time `json:"endedAt"`
		Status     string     `json:"status"`
	} `json:"keys"`
	AsOf struct {
		Block uint64    `json:"block"`
		Hash  string    `json:"hash"`
		Time  time.Time `json:"time"`
	} `json:"asOf"`
}

func getIdentity(ctx context.Context, cl *client.Client, did identity.DID) (*identityInfo, error) {
	var info identityInfo
	return &info, cl.Query(ctx, "net.metanet.identity.get", url.Values{"did": {string(did)}}, &info)
}

func (p *person) keyIsLive(ctx context.Context, cl *client.Client, did identity.DID) (bool, error) {
	info, err := getIdentity(ctx, cl, did)
	if err != nil {
		return false, err
	}
	for _, k := range info.Keys {
		if k.Key == p.Public().String() {
			if k.Status != "live" {
				return false, fmt.Errorf("this device's key has ended and can never be added again: make new keys in another directory (--keys)")
			}
			return true, nil
		}
	}
	return false, nil
}

func keyList(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Show your identity and its keys, as the chain has them",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := openPerson(*dir)
			if err != nil {
				return err
			}
			s, err := p.session()
			if err != nil {
				return err
			}
			info, err := getIdentity(c.Context(), p.client(s), s.DID)
			if err != nil {
				return err
			}
			printIdentity(c, info, p.Public().String())
			return nil
		},
	}
}

func printIdentity(c *cobra.Command, info *identityInfo, own string) {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintf(w, "identity\t%s\nowner\t%s\nhandle\t%s\nAT name\t%s\nhome\tserver %d (%s)\nas of\tblock %d\n\n",
		info.DID, info.Owner.Checksum(), info.Handle, info.ATName, info.Home.Server, info.Home.Domain, info.AsOf.Block)
	if !info.Recovery.IsZero() {
		fmt.Fprintf(w, "recovery\t%s\n\n", info.Recovery.Checksum())
	}
	for _, line := range info.Pending.warn(time.Now()) {
		fmt.Fprintf(w, "%s\n\n", line)
	}
	fmt.Fprintln(w, "KEY\tPURPOSE\tSTATUS\tADDED\tBLOCK\tEXPIRES")
	for _, k := range info.Keys {
		expires, mark := "never", ""
		if k.ExpiresAt != nil {
			expires = k.ExpiresAt.Format(time.DateOnly)
		}
		if k.Key == own {
			mark = " (this device)"
		}
		fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\t%d\t%s\n", k.Key, mark, k.Purpose, k.Status, k.AddedAt.Format(time.DateTime), k.AddedBlock, expires)
	}
}
