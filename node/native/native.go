package native

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/index"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/carry"
	"metanet/node/ingest"
	"metanet/node/passkey"
	"metanet/node/quota"
	"metanet/node/session"
	"metanet/node/xrpc"
)

// Door is the one way in for records; *ingest.Door is it.
type Door interface {
	Submit(ctx context.Context, candidates []ingest.Candidate) ([]ingest.Result, error)
}

// Identities is what this node has followed of IdentityRegistry.
type Identities interface {
	Identity(ctx context.Context, did identity.DID) (Identity, error)
}

// Identity is one identity on-chain as of a block. An identity that the chain
// has never seen has its own address as owner, and nothing else.
type Identity struct {
	Owner       identity.Address // zero: deactivated
	Epoch       uint64
	Home        Home
	Recovery    identity.Address // zero: none
	Keys        []identity.KeyRecord
	AsOf        Block
	Final       uint64 // what blocks up to here say is not taken back any more
	Changed     uint64 // the last block that said something about it; 0: none
	Deactivated bool

	PendingChange   *PendingChange   // nil: none
	PendingRecovery *PendingRecovery // nil: none
}

// Home is the server that an identity names as its own; Server 0 is none.
type Home struct {
	Server uint64
	Domain string
}

// Block says up to where the chain has been followed.
type Block struct {
	Number uint64
	Hash   [32]byte
	Time   time.Time
}

// Relay turns operations into what a wallet signs and signatures into
// transactions that the server pays for. Its errors wrap this package's
// ErrOperation, ErrSigner, ErrReverted, ErrQuota or ErrChain.
type Relay interface {
	// Prepare returns EIP-712 typed data as eth_signTypedData_v4 takes it.
	Prepare(ctx context.Context, op Operation) (typedData json.RawMessage, deadline time.Time, err error)
	// Submit sends what Prepare made, and only for that identity. What cannot go
	// out now (the chain is away, or slow) is kept and answered as not done yet.
	Submit(ctx context.Context, did identity.DID, typedData json.RawMessage, signature []byte) (Receipt, error)
	// Outcome tells what became of one of that identity's submitted operations; a
	// refusal is no error here. ErrUnknownOperation: nothing is known of it.
	Outcome(ctx context.Context, did identity.DID, operation string) (Receipt, error)
}

// Receipt is how far a submitted operation has come.
type Receipt struct {
	Operation string // under which Outcome knows it
	Done      bool   // false: it is queued, and what follows is zero
	Refused   string // why the contract refused it; empty: it took effect
	Tx        [32]byte
	Block     uint64
}

// Names is the map of who is called what; *index.Index is it.
type Names interface {
	// Actor finds somebody by did:ethr, AT name or handle that is proved.
	Actor(ctx context.Context, identifier string) (*index.Actor, error)
}

// Feed is the store's change feed; *store.DB is it.
type Feed interface {
	ID() store.ID
	LastSeq() uint64
	Feed(after uint64, limit int) ([]store.Stored, error)
	Watch() (wake <-chan struct{}, stop func())
}

// Policies is PolicyRegistry's history as followed, and the texts at hand.
type Policies interface {
	Policies(ctx context.Context, server uint64) (History, error)
	// Document returns the canonical bytes with this digest, if they are here.
	Document(ctx context.Context, digest [32]byte) (canonical []byte, found bool, err error)
}

// History is all policy versions of one server, oldest first.
type History struct {
	Server   uint64
	Domain   string
	Head     [32]byte
	Final    uint64 // versions of blocks up to here are irreversible
	Versions []PolicyVersion
}

// PolicyVersion is one promise and where the chain holds it.
type PolicyVersion struct {
	Version     uint64
	Digest      [32]byte
	CID         cid.Cid
	EffectiveAt time.Time
	PublishedAt time.Time
	Block       uint64
	BlockHash   [32]byte
	Tx          [32]byte
	Head        [32]byte
}

// Operator is what the control token may ask of the whole node.
type Operator interface {
	Status(ctx context.Context) (any, error)
	PublishPolicy(ctx context.Context, yaml io.Reader) (any, error)
	// Checkpoint puts a copy of the home, as of now, beside it for a backup.
	Checkpoint(ctx context.Context) (any, error)
	Shutdown()
}

// Faucet gives coins on a development chain. Its refusal wraps ErrQuota.
type Faucet interface {
	Fund(ctx context.Context, to identity.Address) (tx [32]byte, err error)
}

// Config is what the face is given. All fields are required but Faucet, PrimaryNames, and
// Passkeys with Custody.
type Config struct {
	Sessions   *session.Sessions
	Names      Names
	Identities Identities
	Handles    Handles
	Relay      Relay
	Rescue     Rescue
	Moves      Moves
	Carrier    *carry.Carrier
	States     States
	Door       Door
	Hosted     *session.Hosted
	Passkeys   *passkey.Passkeys // nil: people have wallets
	Custody    Custody           // with Passkeys
	Clock      *syntax.TIDClock  // the node's one clock for revs
	Feed       Feed
	Policies   Policies
	Operator   Operator
	Blocker    Blocker
	Leaver     Leaver
	Quotas     *quota.Ledger // nil: there are none
	Faucet     Faucet        // nil: not a development chain
	// PrimaryNames; nil: the chain has no ENS.
	PrimaryNames PrimaryNames
	// About is the content of /.well-known/metanet.
	About   func(context.Context) (About, error)
	Network identity.Network
	ChainID uint64
	Server  func() uint64 // this server's id on-chain; 0: not registered yet
	Budgets Budgets
	Now     func() time.Time
	Logger  *slog.Logger
}

// Budgets are what strangers may spend; a nil one is unlimited.
type Budgets struct {
	Challenge *xrpc.Budget // by address: costs us a MAC
	SignIn    *xrpc.Budget // by address: may cost a call to the chain, a key and an account
	SignUp    *xrpc.Budget // by address: costs coins, and leaves an account; recovery codes are guessed at this pace
	Operate   *xrpc.Budget // by account: costs the operator's coins
	Rescue    *xrpc.Budget // by address: may cost a call to the chain
	ENS       *xrpc.Budget // by address: costs calls to the chain
	Handle    *xrpc.Budget // by account: asks strangers' domains
	Move      *xrpc.Budget // by account: reads and writes all of a person's records
	Export    *xrpc.Budget // by account: reads all of a person's records and blobs
	Upload    *xrpc.Budget // by account: parts of up to 16 MiB
	Put       *xrpc.Budget // by address: requests, of up to 256 records each
	Fund      *xrpc.Budget // by address
}

// DefaultBudgets suit one machine open to the Internet.
func DefaultBudgets(now func() time.Time) Budgets {
	return Budgets{
		Challenge: xrpc.NewBudget("challenge", xrpc.ByAddress, 2, 60, now),
		SignIn:    xrpc.NewBudget("signIn", xrpc.ByAddress, 0.5, 30, now),
		SignUp:    xrpc.NewBudget("signUp", xrpc.ByAddress, 1.0/600, 5, now),
		Operate:   xrpc.NewBudget("operate", xrpc.ByAccount, 0.2, 30, now),
		Rescue:    xrpc.NewBudget("rescue", xrpc.ByAddress, 0.1, 20, now),
		ENS:       xrpc.NewBudget("ens", xrpc.ByAddress, 0.5, 20, now),
		Handle:    xrpc.NewBudget("handle", xrpc.ByAccount, 0.05, 10, now),
		Move:      xrpc.NewBudget("move", xrpc.ByAccount, 0.5, 300, now),
		Export:    xrpc.NewBudget("export", xrpc.ByAccount, 1.0/120, 10, now),
		Upload:    xrpc.NewBudget("importUpload", xrpc.ByAccount, 16, 200, now),
		Put:       xrpc.NewBudget("put", xrpc.ByAddress, 200, 1000, now),
		Fund:      xrpc.NewBudget("fund", xrpc.ByAddress, 0.05, 10, now),
	}
}

// Face is the package's endpoints.
type Face struct {
	cfg Config
	log *slog.Logger
}

// New returns the face; Register puts it on a server.
func New(cfg Config) *Face { return &Face{cfg: cfg, log: cfg.Logger} }

// Register adds all endpoints to s.
func (f *Face) Register(s *xrpc.Server) {
	f.registerAuth(s)
	f.registerIdentity(s)
	f.registerInvitations(s)
	f.registerUsage(s)
	f.registerPasskeys(s)
	f.registerTakeOver(s)
	f.registerRescue(s)
	f.registerHandles(s)
	f.registerENS(s)
	f.registerMove(s)
	f.registerCarry(s)
	f.registerRecords(s)
	f.registerPolicy(s)
	f.registerOperator(s)
	xrpc.Query(s, xrpc.Route{Path: "/.well-known/metanet"}, f.about)
	if f.cfg.Faucet != nil {
		xrpc.Procedure(s, xrpc.Route{NSID: "net.metanet.dev.fund", Budget: f.cfg.Budgets.Fund, Strict: true}, f.fund)
	}
}
