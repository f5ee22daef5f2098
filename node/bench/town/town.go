package town

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/identity/plc"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"
)

// Collections of what is made.
const (
	post    = "app.bsky.feed.post"
	like    = "app.bsky.feed.like"
	repost  = "app.bsky.feed.repost"
	follow  = "app.bsky.graph.follow"
	profile = "app.bsky.actor.profile"
)

// Town makes records. It may be used by many goroutines.
type Town struct {
	Plan
	key   nameKey
	names []identity.ATName // of those who write and the silent
	edges []edge            // readers' follows
	about cid.Cid           // what references say of their subject's version; nobody checks it
}

type edge struct{ reader, person int }

// New computes everybody's name, which takes some 0.1 ms each.
func New(ctx context.Context, p Plan) (*Town, error) {
	key, err := newNameKey()
	if err != nil {
		return nil, fmt.Errorf("town: %w", err)
	}
	t := &Town{Plan: p, key: key, names: make([]identity.ATName, p.People+p.Silent), about: record.Sum([]byte("a version"))}
	for n := range p.Readers {
		for _, person := range p.followed(n) {
			t.edges = append(t.edges, edge{n, person})
		}
	}
	if least := t.first(); p.Records < least {
		return nil, fmt.Errorf("town: names and readers alone are %d records", least)
	}
	return t, t.name(ctx)
}

// first is the first record of the stream, behind names, profiles and readers' follows.
func (t *Town) first() int { return 2*len(t.names) + len(t.edges) }

func (t *Town) name(ctx context.Context) error {
	var wg sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	for w := range errs {
		wg.Go(func() {
			for n := w; n < len(t.names) && errs[w] == nil && ctx.Err() == nil; n += len(errs) {
				op, err := t.operation(n)
				if err != nil {
					errs[w] = err
					return
				}
				t.names[n] = op.Name()
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("town: %w", err)
		}
	}
	return ctx.Err()
}

func (t *Town) operation(person int) (*plc.Operation, error) {
	handle := syntax.Handle(fmt.Sprintf("p%d.example.org", person))
	op, err := plc.New([]string{t.key.did}, t.key.did, handle, DID(person), "https://example.org")
	if err != nil {
		return nil, err
	}
	return op, op.Sign(t.key)
}

// Time is when record i is written.
func (t *Town) Time(i int) time.Time {
	return epoch.Add(time.Duration(float64(t.Span) * float64(i) / float64(t.Records))).Truncate(time.Microsecond)
}

func (t *Town) key13(i int) syntax.RecordKey {
	return syntax.RecordKey(syntax.NewTID(t.Time(i).UnixMicro(), uint(i%1024)))
}

// Record makes record i.
func (t *Town) Record(i int) (*record.Bundle, error) {
	names := len(t.names)
	switch {
	case i < names:
		return t.nameRecord(i)
	case i < 2*names:
		n := i - names
		return t.write(i, n, profile, "self", map[string]any{"displayName": fmt.Sprint("Person ", n), "description": text(draws(3, i), 12)})
	case i < t.first():
		e := t.edges[i-2*names]
		return t.write(i, t.reader(e.reader), follow, t.key13(i), map[string]any{"subject": string(t.names[e.person])})
	default:
		return t.streamed(i)
	}
}

func (t *Town) nameRecord(person int) (*record.Bundle, error) {
	op, err := t.operation(person)
	if err != nil {
		return nil, fmt.Errorf("town: %w", err)
	}
	value, err := plc.Value(op, t.Time(person))
	if err != nil {
		return nil, fmt.Errorf("town: %w", err)
	}
	return t.sign(person, person, plc.Collection, plc.RecordKey, value)
}

// act is what a record of the stream is.
type act int

const (
	posts act = iota
	replies
	reposts
	likes
	follows
	joins // a new identity follows Celebrity
)

// act says what record i is and who wrote it.
func (t *Town) act(i int) (act, int) {
	r := draws(4, i)
	u := r.IntN(100)
	who := rank(r.Float64(), t.People)
	switch {
	case u < 11:
		return joins, t.follower(i)
	case u < 18:
		return follows, who
	case u < 50:
		return posts, who
	case u < 64:
		return replies, who
	case u < 72:
		return reposts, who
	default:
		return likes, who
	}
}

func (t *Town) streamed(i int) (*record.Bundle, error) {
	what, who := t.act(i)
	r := draws(5, i)
	subject, found := 0, false
	if what == replies || what == reposts || what == likes {
		if subject, found = t.subject(r, i); !found {
			what = posts
		}
	}
	switch what {
	case joins:
		return t.write(i, who, follow, t.key13(i), map[string]any{"subject": string(t.names[Celebrity])})
	case follows:
		return t.write(i, who, follow, t.key13(i), map[string]any{"subject": string(t.names[t.popular(r)])})
	case reposts:
		return t.write(i, who, repost, t.key13(i), map[string]any{"subject": t.ref(subject)})
	case likes:
		return t.write(i, who, like, t.key13(i), map[string]any{"subject": t.ref(subject)})
	}
	fields := map[string]any{"text": text(r, 4+r.IntN(30)), "langs": []any{"en"}}
	if what == replies {
		fields["reply"] = map[string]any{"root": t.ref(subject), "parent": t.ref(subject)}
	}
	return t.write(i, who, post, t.key13(i), fields)
}

// recentRecords is how far back people look, on average.
const recentRecords = 20_000

// subject is the record of a post that is answered, reposted or liked: of a few
// recent ones that of the most active author.
func (t *Town) subject(r *rand.Rand, i int) (best int, found bool) {
	least := math.MaxInt
	for range 8 {
		j := i - 1 - int(r.ExpFloat64()*recentRecords)
		if j < t.first() {
			continue
		}
		if what, who := t.act(j); (what == posts || what == replies) && who < least {
			best, least, found = j, who, true
		}
	}
	return best, found
}

func (t *Town) ref(j int) map[string]any {
	return map[string]any{"uri": string(t.URI(j)), "cid": t.about}
}

// URI is that of record j of the stream, which must be a post.
func (t *Town) URI(j int) syntax.ATURI {
	_, who := t.act(j)
	return syntax.ATURI("at://" + string(t.names[who]) + "/" + post + "/" + string(t.key13(j)))
}

// write makes a record of fields.
func (t *Town) write(i, person int, collection syntax.NSID, key syntax.RecordKey, fields map[string]any) (*record.Bundle, error) {
	fields["$type"] = string(collection)
	fields["createdAt"] = t.Time(i).Format(time.RFC3339Nano)
	fields[record.FieldSalt] = filler(draws(6, i), 16)
	value, err := record.EncodeValue(fields)
	if err != nil {
		return nil, fmt.Errorf("town: %w", err)
	}
	return t.sign(i, person, collection, key, value)
}

func (t *Town) sign(i, person int, collection syntax.NSID, key syntax.RecordKey, value []byte) (*record.Bundle, error) {
	rev := syntax.NewTID(t.Time(i).UnixMicro(), uint(i%1024))
	return record.Sign(identity.Network{}, DID(person), record.Path{Collection: collection, Key: key}, rev, value, signer{person, i})
}

// signer gives the person's key and a signature that is none.
type signer struct{ person, record int }

func (s signer) Public() identity.Key {
	return identity.Key(filler(draws(7, s.person), len(identity.Key{})))
}

func (s signer) Sign([]byte) ([]byte, error) { return filler(draws(8, s.record), 64), nil }

func filler(r *rand.Rand, n int) []byte {
	b := make([]byte, 0, n)
	for len(b) < n {
		b = binary.LittleEndian.AppendUint64(b, r.Uint64())
	}
	return b[:n]
}

var words = strings.Fields(`the a of and to in is it that was for on with as they at be this have from
or one had by word but not what all were we when your can said there use an each which she do how their
if will up other about out many then them these so some her would make like him into time has look two
more write go see number no way could people my than first water been call who oil its now find long down`)

// vocabulary is how many words there are, used by a power law.
const vocabulary = 50_000

// Word is one of the words by how often it is used, the most used first.
func Word(rank int) string {
	if rank < len(words) {
		return words[rank]
	}
	return "w" + strconv.FormatInt(int64(rank), 36)
}

func text(r *rand.Rand, n int) string {
	var b strings.Builder
	for k := range n {
		if k > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(Word(rank(r.Float64(), vocabulary)))
	}
	return b.String()
}

// Posts is some posts from all over the first records, recent ones most.
func (t *Town) Posts(n, records int) (uris []syntax.ATURI) {
	r := draws(9, 0)
	for len(uris) < n {
		back := math.Pow(float64(records-t.first()), r.Float64())
		i := max(t.first(), records-int(back))
		if what, _ := t.act(i); what == posts || what == replies {
			uris = append(uris, t.URI(i))
		}
	}
	return uris
}

// Extra is a post that is not of the plan, as its author's newest.
func (t *Town) Extra(person, i int) (*store.Visible, error) {
	b, err := t.write(t.Records+i, person, post, t.key13(t.Records+i), map[string]any{"text": text(draws(10, i), 20)})
	if err != nil {
		return nil, err
	}
	return &store.Visible{Stored: store.Stored{Bundle: b}, Refs: record.Inspect(b.Value)}, nil
}
