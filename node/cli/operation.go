package cli

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/spf13/cobra"

	"metanet/chain"
	"metanet/contracts/bindings"
	"metanet/identity"
	"metanet/node/client"
)

// order is one identity operation that somebody at a terminal gives: through a
// server, which pays, or with --rpc by a transaction of the wallet's own, which
// needs nobody's help.
type order struct {
	dir, passFile *string

	server string // "" is the one signed in at
	rpc    string
	wallet string // a wallet file besides the person's own
	did    string
	yes    bool
}

// orderFlags adds what all commands that change an identity have in common.
func orderFlags(c *cobra.Command, dir, passFile *string) *order {
	o := &order{dir: dir, passFile: passFile}
	c.Flags().StringVar(&o.rpc, "rpc", "", "send the transaction from your own wallet over this RPC, without any server")
	c.Flags().StringVar(&o.server, "server", "", "server that relays it (default: where you signed in last)")
	c.Flags().StringVar(&o.wallet, "wallet", "", "another wallet than yours: a keystore file, or a file with the private key in hex")
	c.Flags().StringVar(&o.did, "did", "", "another identity than yours: its did:ethr")
	c.Flags().BoolVarP(&o.yes, "yes", "y", false, "don't ask before sending")
	return o
}

// give carries an order out. build makes the operation once it is known who signs.
func (o *order) give(c *cobra.Command, build func(did identity.DID, signer identity.Address) chain.Operation) error {
	wallet, err := o.open(c)
	if err != nil {
		return err
	}
	if o.rpc != "" {
		return o.direct(c, wallet, build)
	}
	return o.relayed(c, wallet, build)
}

// open reads the wallet: the person's, or the one that --wallet names.
func (o *order) open(c *cobra.Command) (walletKey, error) {
	if o.wallet == "" {
		p, err := openPerson(*o.dir)
		if err != nil {
			return walletKey{}, err
		}
		pass, err := readPassphrase(c, *o.passFile, "Wallet passphrase: ")
		if err != nil {
			return walletKey{}, err
		}
		key, err := p.wallet(pass)
		return walletKey{key}, err
	}
	data, err := os.ReadFile(o.wallet)
	if err != nil {
		return walletKey{}, err
	}
	if !strings.HasPrefix(strings.TrimSpace(string(data)), "{") {
		secret, err := readSecret(o.wallet)
		if err != nil {
			return walletKey{}, err
		}
		key, err := crypto.ToECDSA(secret)
		return walletKey{key}, err
	}
	pass, err := readPassphrase(c, *o.passFile, "Passphrase of "+o.wallet+": ")
	if err != nil {
		return walletKey{}, err
	}
	key, err := keystore.DecryptKey(data, pass)
	if err != nil {
		return walletKey{}, fmt.Errorf("%s: %w", o.wallet, err)
	}
	return walletKey{key.PrivateKey}, nil
}

// identityOf is the identity that the order is about: the one named, else the one
// signed in, else the wallet's own on that chain.
func (o *order) identityOf(w walletKey, chainID uint64) (identity.DID, error) {
	if o.did != "" {
		return identity.ParseDID(o.did)
	}
	if o.wallet == "" {
		p, err := openPerson(*o.dir)
		if err != nil {
			return "", err
		}
		if s, err := p.session(); err == nil {
			return s.DID, nil
		}
	}
	if chainID == 0 {
		return "", errors.New("say which identity (--did)")
	}
	return identity.NewDID(chainID, w.Address()), nil
}

// walletKey is a chain.Signer.
type walletKey struct{ key *ecdsa.PrivateKey }

func (w walletKey) Address() identity.Address {
	return identity.Address(crypto.PubkeyToAddress(w.key.PublicKey))
}

func (w walletKey) SignTransaction(_ context.Context, chainID *big.Int, tx *types.Transaction) (*types.Transaction, error) {
	return types.SignTx(tx, types.LatestSignerForChainID(chainID), w.key)
}

// direct sends the wallet's own transaction.
func (o *order) direct(c *cobra.Command, w walletKey, build func(identity.DID, identity.Address) chain.Operation) error {
	ctx := c.Context()
	rpc, err := chain.Dial(chain.DialConfig{URLs: []string{o.rpc}})
	if err != nil {
		return err
	}
	defer rpc.Close()
	contracts, err := chain.Locate(ctx, rpc) // checks their code: the RPC cannot name others
	if err != nil {
		return err
	}
	did, err := o.identityOf(w, contracts.ChainID)
	if err != nil {
		return err
	}
	op := build(did, w.Address())
	call, err := directCall(chain.NewOperations(rpc, contracts, nil, nil), op)
	if err != nil {
		return err
	}
	tx, err := chain.PlanOwn(ctx, rpc, contracts, w.Address(), call)
	if tx != nil {
		fmt.Fprintf(c.OutOrStdout(), "order    %s\nfrom     %s, which has %s\ncosts    at most %s (%d gas) on chain %d\n",
			describe(op), w.Address().Checksum(), coins(tx.Balance), coins(tx.MaxCost), tx.Gas, contracts.ChainID)
	}
	if err != nil {
		return err
	}
	if err := o.agree(c, "Send it?"); err != nil {
		return err
	}
	receipt, err := tx.Send(ctx, w)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "done     in block %d, transaction %s\n", receipt.Block, receipt.Tx.Hex())
	return nil
}

func directCall(ops *chain.Operations, op chain.Operation) (chain.Call, error) {
	if op.Op == chain.OpFinishChange || op.Op == chain.OpFinishRecovery {
		return ops.FinishCall(op.Op, op.Identity)
	}
	return ops.Direct(op)
}

// coins writes wei in units of 10¹⁸, which every EVM chain's coin has.
func coins(wei *big.Int) string {
	f := new(big.Float).Quo(new(big.Float).SetInt(wei), big.NewFloat(params.Ether))
	return f.Text('g', 6) + " coins"
}

func (o *order) agree(c *cobra.Command, question string) error {
	if o.yes {
		return nil
	}
	return agree(c, question)
}

// agree asks before anything is sent; no answer is no.
func agree(c *cobra.Command, question string) error {
	fmt.Fprintf(c.ErrOrStderr(), "%s [y/N] ", question)
	var answer string
	if _, err := fmt.Fscanln(c.InOrStdin(), &answer); err != nil && !errors.Is(err, io.EOF) && answer != "" {
		return err
	}
	if answer != "y" && answer != "yes" {
		return errors.New("nothing was sent (say yes, or use --yes)")
	}
	return nil
}

// relayed has a server prepare the operation, checks that it is exactly the one
// that was ordered, signs it and has the server send it and pay.
func (o *order) relayed(c *cobra.Command, w walletKey, build func(identity.DID, identity.Address) chain.Operation) error {
	ctx := c.Context()
	cl, err := o.client()
	if err != nil {
		return err
	}
	did, err := o.identityOf(w, 0)
	if err != nil {
		return err
	}
	info, err := getIdentity(ctx, cl, did)
	if err != nil {
		return orAlone(err)
	}
	op := build(did, w.Address())
	if err := pendingFor(op, info.Pending); err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "order    %s\n", describe(op))
	if op.Op == chain.OpDeactivate || op.Op == chain.OpRevokeAllKeys || op.Op == chain.OpChangeOwner {
		if err := o.agree(c, "Sign and send it?"); err != nil {
			return err
		}
	}
	done, err := relay(ctx, cl, w, info.Owner, op)
	if err != nil {
		return orAlone(err)
	}
	fmt.Fprintf(c.OutOrStdout(), "done     in block %d, transaction %s\n", done.Block, done.Tx)
	return nil
}

// pendingFor refuses to carry out what nobody has begun.
func pendingFor(op chain.Operation, p *pendingInfo) error {
	switch {
	case op.Op == chain.OpFinishChange && (p == nil || p.Change == nil):
		return errors.New("no change is pending (see `metanet key list`)")
	case op.Op == chain.OpFinishRecovery && (p == nil || p.Recovery == nil):
		return errors.New("no takeover is pending (see `metanet key list`)")
	}
	return nil
}

// orAlone adds to an error that is no refusal what helps without the server.
func orAlone(err error) error {
	var refusal *client.Error
	if errors.As(err, &refusal) {
		return err
	}
	return fmt.Errorf("%w\nWithout a server: the same command with --rpc URL sends it from your own wallet", err)
}

// client is the server signed in at, or the one that --server names; signed in
// only if it is the same.
func (o *order) client() (*client.Client, error) {
	if o.wallet == "" {
		p, err := openPerson(*o.dir)
		if err != nil {
			return nil, err
		}
		s, err := p.session()
		if err == nil && (o.server == "" || strings.TrimRight(o.server, "/") == s.Server) {
			return p.client(s), nil
		}
		if err != nil && o.server == "" {
			return nil, err
		}
	}
	if o.server == "" {
		return nil, errors.New("name a server (--server URL) or an RPC (--rpc URL)")
	}
	return client.New(o.server)
}

// relay goes through the owner's door or the recovery address's.
func relay(ctx context.Context, cl *client.Client, w walletKey, owner identity.Address, op chain.Operation) (done relayed, err error) {
	prepare, submit := "net.metanet.identity.prepare", "net.metanet.identity.submit"
	in := prepareBody(op)
	switch {
	case op.Op == chain.OpFinishChange || op.Op == chain.OpFinishRecovery:
		return done, cl.Procedure(ctx, "net.metanet.recovery.finish", map[string]any{"did": op.Identity}, &done)
	case op.Op == chain.OpStartRecovery, (op.Op == chain.OpCancelChange || op.Op == chain.OpCancelRecovery) && w.Address() != owner:
		prepare, submit = "net.metanet.recovery.prepare", "net.metanet.recovery.submit"
		in = map[string]any{"did": op.Identity, "operation": op.Op, "address": op.NewOwner}
	}
	var prepared struct {
		TypedData apitypes.TypedData `json:"typedData"`
	}
	if err := cl.Procedure(ctx, prepare, in, &prepared); err != nil {
		return done, err
	}
	if err := checkOrder(prepared.TypedData, op, time.Now()); err != nil {
		return done, err
	}
	sig, err := signTyped(w.key, prepared.TypedData)
	if err != nil {
		return done, err
	}
	if err := cl.Procedure(ctx, submit, map[string]any{"typedData": prepared.TypedData, "signature": sig}, &done); err != nil {
		return done, err
	}
	return done.settled(ctx, cl)
}

// prepareBody is the order in net.metanet.identity.prepare's words.
func prepareBody(op chain.Operation) map[string]any {
	in := map[string]any{"operation": op.Op}
	if op.Key != (identity.Key{}) {
		in["key"] = op.Key.String()
	}
	if op.Purpose != 0 {
		in["purpose"] = op.Purpose.String()
	}
	if op.Expiry != 0 {
		in["expiresAt"] = time.Unix(int64(op.Expiry), 0).UTC().Format(time.RFC3339)
	}
	switch op.Op {
	case chain.OpSetHome:
		in["server"] = op.Server
	case chain.OpEnrol:
		if op.Server != 0 { // else the server that is asked
			in["server"] = op.Server
		}
	case chain.OpRevokeKeyFrom:
		in["server"], in["size"] = op.Server, op.Size
	case chain.OpChangeOwner:
		in["address"] = op.NewOwner
	case chain.OpSetRecovery:
		in["address"] = op.Recovery
	case chain.OpCancelChange, chain.OpCancelRecovery:
		in["address"] = op.Signer
	}
	return in
}

// longestDeadline is how long a signature may stay good: an hour is what servers
// ask for, and clocks differ.
const longestDeadline = 3 * time.Hour

// checkOrder refuses to sign anything but exactly what was ordered: the protocol's
// contract on the identity's chain, the operation with every argument, and not for
// longer than it takes to send it.
func checkOrder(t apitypes.TypedData, want chain.Operation, now time.Time) error {
	k := chain.Contracts{ChainID: want.Identity.ChainID(), IdentityRegistry: bindings.DeployedAddresses().IdentityRegistry}
	ops := chain.NewOperations(nil, k, nil, nil)
	got, err := ops.Parse(t)
	if err != nil {
		return fmt.Errorf("the server prepared something else than ordered; not signed: %w", err)
	}
	wantCall, err := ops.Direct(want)
	if err != nil {
		return err
	}
	gotCall, err := ops.Direct(got)
	if err != nil || got.Op != want.Op || got.Signer != want.Signer || string(gotCall.Data) != string(wantCall.Data) {
		return fmt.Errorf("the server prepared something else than ordered; not signed: %s, not %s", describe(got), describe(want))
	}
	var deadline json.Number
	if s, ok := t.Message["deadline"].(string); ok {
		deadline = json.Number(s)
	}
	if at, err := deadline.Int64(); err != nil || time.Unix(at, 0).After(now.Add(longestDeadline)) {
		return fmt.Errorf("the server wants a signature that stays good until %v; not signed", t.Message["deadline"])
	}
	return nil
}

// enrolment reads what a server prepared as one.
func enrolment(t apitypes.TypedData, did identity.DID) (chain.Operation, error) {
	k := chain.Contracts{ChainID: did.ChainID(), IdentityRegistry: bindings.DeployedAddresses().IdentityRegistry}
	op, err := chain.NewOperations(nil, k, nil, nil).Parse(t)
	if err != nil || op.Op != chain.OpEnrol {
		return op, fmt.Errorf("the server prepared something else than an enrolment; not signed (%v)", err)
	}
	return op, nil
}

// describe says in words what an order does.
func describe(op chain.Operation) string {
	switch op.Op {
	case chain.OpRevokeKey:
		return fmt.Sprintf("end the key %s of %s for ever", op.Key, op.Identity)
	case chain.OpRevokeKeyFrom:
		return fmt.Sprintf("end the key %s of %s, and disown what it signed from position %d of server %d's log on", op.Key, op.Identity, op.Size, op.Server)
	case chain.OpRevokeAllKeys:
		return fmt.Sprintf("end all keys of %s, and sign it out everywhere", op.Identity)
	case chain.OpRenewKey:
		return fmt.Sprintf("let the key %s of %s speak until %s", op.Key, op.Identity, time.Unix(int64(op.Expiry), 0).UTC().Format(time.DateOnly))
	case chain.OpSetHome:
		return fmt.Sprintf("make server %d the home of %s", op.Server, op.Identity)
	case chain.OpEnrol:
		return fmt.Sprintf("make server %d the home of %s, and let the %s key %s sign for it", op.Server, op.Identity, op.Purpose, op.Key)
	case chain.OpSkipNonce:
		return fmt.Sprintf("void what %s has signed and not sent", op.Identity)
	case chain.OpChangeOwner:
		return fmt.Sprintf("give %s to %s, for good", op.Identity, op.NewOwner.Checksum())
	case chain.OpSetRecovery:
		if op.Recovery.IsZero() {
			return fmt.Sprintf("leave %s without a recovery address", op.Identity)
		}
		return fmt.Sprintf("make %s the recovery address of %s: in the end it decides whose the identity is", op.Recovery.Checksum(), op.Identity)
	case chain.OpDeactivate:
		return fmt.Sprintf("end %s for ever; nobody can bring it back", op.Identity)
	case chain.OpCancelChange:
		return fmt.Sprintf("withdraw the pending change of %s", op.Identity)
	case chain.OpStartRecovery:
		return fmt.Sprintf("start to take %s over for %s, which takes three days", op.Identity, op.NewOwner.Checksum())
	case chain.OpCancelRecovery:
		return fmt.Sprintf("withdraw the takeover of %s", op.Identity)
	case chain.OpFinishChange:
		return fmt.Sprintf("carry out the pending change of %s", op.Identity)
	case chain.OpFinishRecovery:
		return fmt.Sprintf("carry out the takeover of %s", op.Identity)
	}
	return fmt.Sprintf("%s on %s", op.Op, op.Identity)
}
