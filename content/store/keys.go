package store

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"metanet/content/record"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// SchemaVersion is the version of the key space below, kept under
// FamilyMeta/"schema". A change that old code would misread raises it.
const SchemaVersion = 3

// Family is the one-byte tag that opens every key. A tag that was once used is
// never given another meaning: retired ones stay in the list, marked so.
//
// 0x01–0x0f the store itself, 0x10–0x1f records, 0x20–0x2f blobs, 0x30–0x3f
// other packages' state, 0x40–0x5f the index (all of it can be rebuilt from
// records), 0x60–0x67 what the index was told and cannot be rebuilt, 0x68–0x6f
// what is counted of people (from records, too), 0x70–0x7f the views that follow the feed (each can be dropped, and makes itself anew).
type Family byte

const (
	FamilyMeta Family = 0x01

	FamilyRecord     Family = 0x10
	FamilyFeed       Family = 0x11
	FamilyCursor     Family = 0x12
	FamilyValue      Family = 0x13
	FamilyBuried     Family = 0x14
	FamilyShred      Family = 0x15
	FamilyItem       Family = 0x16
	FamilySum        Family = 0x17
	FamilyWaiting    Family = 0x18
	FamilyWaitingDue Family = 0x19
	FamilyWaitingAge Family = 0x1a

	FamilyBlock       Family = 0x20
	FamilyBlockOwner  Family = 0x21
	FamilyBlockIdle   Family = 0x22
	FamilyBlob        Family = 0x23
	FamilyBlobRef     Family = 0x24
	FamilyBlobMissing Family = 0x25
	FamilyBlobIdle    Family = 0x26
	FamilyBlobHold    Family = 0x27
	FamilyBlobBy      Family = 0x28
	FamilyBlobUsed    Family = 0x29
	FamilyBlobTotal   Family = 0x2a
	FamilyBlobRemote  Family = 0x2b
	FamilyDerived     Family = 0x2c
	FamilyDerivedAge  Family = 0x2d
	FamilyBlobEvicted Family = 0x2e

	FamilySpace Family = 0x30

	FamilyAuthorAll   Family = 0x40
	FamilyAuthorPosts Family = 0x41
	// 0x42 was the posts that are no replies, by time; FamilyRecent has them.
	FamilyReplies   Family = 0x43
	FamilyQuotes    Family = 0x44
	FamilyEdge      Family = 0x45
	FamilyEdgeExtra Family = 0x46
	FamilyEdgesTo   Family = 0x47
	FamilyEdgesFrom Family = 0x48
	FamilyCount     Family = 0x49
	FamilyNameOf    Family = 0x4a
	FamilyNamed     Family = 0x4b
	FamilyRecent    Family = 0x4c

	FamilyHandleOf Family = 0x60
	FamilyHandle   Family = 0x61

	FamilyHeld Family = 0x68

	FamilyView        Family = 0x70
	FamilyViewEntries Family = 0x71
	FamilyNotice      Family = 0x72
	FamilyTerm        Family = 0x73
	FamilyFound       Family = 0x74
	FamilyList        Family = 0x75
	FamilyListItem    Family = 0x76
)

// IndexFirst and IndexEnd bound the families that can be rebuilt from records.
const (
	IndexFirst Family = 0x40
	IndexEnd   Family = 0x60
)

// Kind is the type of one part of a key.
type Kind uint8

const (
	KindText   Kind = iota + 1 // UTF-8 without NUL, ended by a NUL
	KindDID                    // length and big-endian bytes of the chain id, 20 bytes of address
	KindDigest                 // 32 bytes of sha2-256
	KindUint                   // 8 bytes big-endian
	KindTime                   // microseconds since the Unix epoch, 8 bytes big-endian: oldest first
	KindNewest                 // the complement of KindTime: newest first
	KindByte                   // one byte
	KindRest                   // any bytes, to the end of the key
)

// Part is one typed part of a family's keys.
type Part struct {
	Name string
	Kind Kind
}

// Layout declares one family: its parts in order, and what its value is.
type Layout struct {
	Family Family
	Name   string
	Parts  []Part
	Value  string
	Owner  string // the package that writes it
}

// Layouts is the whole key space. DecodeKey reads keys by it, and tests hold
// everything that is written to it.
func Layouts() []Layout {
	path := []Part{{"collection", KindText}, {"rkey", KindText}}
	at := func(head ...Part) []Part { return append(head, path...) }
	return []Layout{
		{FamilyMeta, "meta", []Part{{"name", KindText}}, "by name: schema, id, last sequence number, the versions and states of blob and index", "store"},

		{FamilyRecord, "record", at(Part{"author", KindDID}), "the path's state: the highest record of each signing key (merge.go)", "store"},
		{FamilyFeed, "feed", []Part{{"seq", KindUint}}, "path of the record that has this sequence number", "store"},
		{FamilyCursor, "cursor", []Part{{"name", KindText}}, "sequence number up to which its owner has read the feed", "store"},
		{FamilyValue, "value", at(Part{"digest", KindDigest}, Part{"author", KindDID}), "empty; a visible record has the value of this digest", "store"},
		{FamilyBuried, "buried", at(Part{"since", KindTime}, Part{"author", KindDID}), "empty; values of other keys lie under the path's tombstone since then", "store"},
		{FamilyShred, "shred", []Part{{"key", KindRest}}, "empty; what that key held was deleted and may still be in the files", "store"},
		{FamilyItem, "item", []Part{{"shard", KindByte}, {"rev", KindTime}, {"id", KindDigest}}, "path of the record with this id, which is served to peers", "store"},
		{FamilySum, "sum", []Part{{"shard", KindByte}, {"level", KindByte}, {"prefix", KindRest}}, "count and sum of the ids of the items that begin so (sums.go)", "store"},
		{FamilyWaiting, "waiting", []Part{{"author", KindDID}, {"id", KindDigest}}, "due time, arrival time, bundle", "store"},
		{FamilyWaitingDue, "waiting.due", []Part{{"due", KindTime}, {"author", KindDID}, {"id", KindDigest}}, "empty", "store"},
		{FamilyWaitingAge, "waiting.age", []Part{{"received", KindTime}, {"author", KindDID}, {"id", KindDigest}}, "empty", "store"},

		{FamilyBlock, "block", []Part{{"multihash", KindRest}}, "the block's bytes", "blob"},
		{FamilyBlockOwner, "block.owner", []Part{{"block", KindDigest}, {"blob", KindDigest}}, "empty; the held blob's DAG has this block", "blob"},
		{FamilyBlockIdle, "block.idle", []Part{{"since", KindTime}, {"multihash", KindRest}}, "empty; the block came without a blob", "blob"},
		{FamilyBlob, "blob", []Part{{"digest", KindDigest}}, "a held blob: size, type sniffed, DAG root", "blob"},
		{FamilyBlobRef, "blob.ref", at(Part{"digest", KindDigest}, Part{"author", KindDID}), "size, type and DAG root as the visible record claims them", "blob"},
		{FamilyBlobMissing, "blob.missing", []Part{{"digest", KindDigest}}, "empty; referenced and not held", "blob"},
		{FamilyBlobIdle, "blob.idle", []Part{{"since", KindTime}, {"digest", KindDigest}}, "empty; held and maybe not referenced", "blob"},

		{FamilyBlobHold, "blob.hold", at(Part{"digest", KindDigest}, Part{"author", KindDID}), "empty; a withheld record refers to the blob", "blob"},
		{FamilyBlobBy, "blob.by", []Part{{"digest", KindDigest}, {"member", KindDID}}, "empty; the held blob counts against this member's quota", "blob"},
		{FamilyBlobUsed, "blob.used", []Part{{"member", KindDID}}, "bytes of the blobs that count against the member's quota", "blob"},
		{FamilyBlobTotal, "blob.total", []Part{{"class", KindByte}}, "bytes of this class: local, remote, cached", "blob"},
		{FamilyBlobRemote, "blob.remote", []Part{{"since", KindTime}, {"digest", KindDigest}}, "empty; held for others' records: the order of eviction", "blob"},
		{FamilyDerived, "derived", []Part{{"digest", KindDigest}, {"kind", KindText}}, "time, type and bytes of what was made of a blob: a thumbnail", "blob"},
		{FamilyDerivedAge, "derived.age", []Part{{"since", KindTime}, {"digest", KindDigest}, {"kind", KindText}}, "empty; the order of eviction", "blob"},
		{FamilyBlobEvicted, "blob.evicted", []Part{{"digest", KindDigest}}, "empty; referenced, and let go for want of room", "blob"},

		{FamilySpace, "space", []Part{{"space", KindText}, {"key", KindRest}}, "its owner's", "the space's"},

		{FamilyAuthorAll, "author.all", at(Part{"author", KindDID}, Part{"time", KindNewest}), "kind", "index"},
		{FamilyAuthorPosts, "author.posts", at(Part{"author", KindDID}, Part{"time", KindNewest}), "the same, without replies", "index"},
		{FamilyReplies, "replies", []Part{{"parent", KindText}, {"time", KindTime}, {"author", KindDID}, path[0], path[1]}, "empty", "index"},
		{FamilyQuotes, "quotes", []Part{{"subject", KindText}, {"time", KindNewest}, {"author", KindDID}, path[0], path[1]}, "empty", "index"},
		{FamilyEdge, "edge", []Part{{"kind", KindByte}, {"subject", KindText}, {"actor", KindDID}}, "how many records say so; time and path of the first", "index"},
		{FamilyEdgeExtra, "edge.extra", []Part{{"kind", KindByte}, {"subject", KindText}, {"actor", KindDID}, {"time", KindTime}, path[0], path[1]}, "empty; a further record that says the same", "index"},
		{FamilyEdgesTo, "edges.to", []Part{{"kind", KindByte}, {"subject", KindText}, {"time", KindNewest}, {"actor", KindDID}}, "path of the record", "index"},
		{FamilyEdgesFrom, "edges.from", []Part{{"kind", KindByte}, {"actor", KindDID}, {"time", KindNewest}, {"subject", KindText}}, "path of the record", "index"},
		{FamilyCount, "count", []Part{{"subject", KindText}}, "pairs of kind and uvarint: all counts of a post or a person", "index"},
		{FamilyNameOf, "name.of", []Part{{"did", KindDID}}, "the identity's AT name and the handle its operation claims", "index"},
		{FamilyNamed, "named", []Part{{"name", KindText}}, "the DID of that AT name", "index"},
		{FamilyRecent, "recent", []Part{{"time", KindNewest}, {"author", KindDID}, path[0], path[1]}, "kind; every post, reply and repost of everybody", "index"},

		{FamilyHandleOf, "handle.of", []Part{{"did", KindDID}}, "handle as last resolved, verified or not", "index"},
		{FamilyHandle, "handle", []Part{{"handle", KindText}}, "the DID that proved it", "index"},

		{FamilyHeld, "held", []Part{{"author", KindDID}}, "bytes of their visible records", "quota"},

		{FamilyView, "view", []Part{{"view", KindText}}, "version of its entries and sequence number up to which they are made", "view"},
		{FamilyViewEntries, "view.entries", at(Part{"view", KindText}, Part{"author", KindDID}), "keys of the entries that the view made of what people see there", "view"},
		{FamilyNotice, "notice", at(Part{"recipient", KindText}, Part{"time", KindNewest}, Part{"author", KindDID}), "reason, and the URI of what it is about", "view/notice"},
		{FamilyTerm, "term", []Part{{"kind", KindByte}, {"term", KindText}, {"time", KindNewest}, {"seq", KindUint}}, "empty; the visible record of this sequence number has the term", "view/search"},
		{FamilyFound, "found", []Part{{"seq", KindUint}}, "author and path of a record that has terms", "view/search"},
		{FamilyList, "list", []Part{{"owner", KindDID}, {"rkey", KindText}}, "empty; a visible list", "view/list"},
		{FamilyListItem, "list.item", []Part{{"author", KindDID}, {"list", KindText}, {"subject", KindText}, {"rkey", KindText}}, "empty; a visible item", "view/list"},
	}
}

// Key is a key being built: NewKey gives the tag, each method appends one part.
type Key []byte

// NewKey begins a key of family f. Its parts must be appended in the order that
// Layouts declares.
func NewKey(f Family) Key {
	k := make(Key, 1, 96)
	k[0] = byte(f)
	return k
}

// Text appends a text part. Text comes from a parser that excludes NUL (NSID,
// record key, AT-URI, handle, …); anything else would let two keys collide, and
// is a fault of this program.
func (k Key) Text(s string) Key {
	if strings.IndexByte(s, 0) >= 0 {
		panic("store: NUL in the text of a key")
	}
	return append(append(k, s...), 0)
}

// DID appends an identity. It must come from a parser.
func (k Key) DID(d identity.DID) Key {
	chain, address, ok := strings.Cut(strings.TrimPrefix(string(d), "did:ethr:0x"), ":0x")
	id, err := strconv.ParseUint(chain, 16, 64)
	if !ok || err != nil || len(address) != 40 {
		panic("store: a DID that was never parsed: " + strconv.Quote(string(d)))
	}
	var be [8]byte
	binary.BigEndian.PutUint64(be[:], id)
	minimal := be[zeros(be):]
	k = append(append(k, byte(len(minimal))), minimal...)
	k, err = hex.AppendDecode(k, []byte(address))
	if err != nil {
		panic("store: a DID that was never parsed: " + strconv.Quote(string(d)))
	}
	return k
}

func zeros(be [8]byte) int {
	n := 0
	for n < len(be) && be[n] == 0 {
		n++
	}
	return n
}

// Path appends collection and record key.
func (k Key) Path(p record.Path) Key {
	return k.Text(string(p.Collection)).Text(string(p.Key))
}

func (k Key) Digest(d [32]byte) Key { return append(k, d[:]...) }
func (k Key) Uint(n uint64) Key     { return binary.BigEndian.AppendUint64(k, n) }
func (k Key) Byte(b byte) Key       { return append(k, b) }
func (k Key) Rest(b []byte) Key     { return append(k, b...) }

// Time appends a time so that older keys sort first; times before 1970 count as
// 1970.
func (k Key) Time(t time.Time) Key { return k.Uint(micros(t)) }

// Newest appends a time so that newer keys sort first.
func (k Key) Newest(t time.Time) Key { return k.Uint(^micros(t)) }

func micros(t time.Time) uint64 { return uint64(max(t.UnixMicro(), 0)) }

// Next is the least key greater than every key that k begins.
func (k Key) Next() Key {
	n := append(Key(nil), k...)
	for i := len(n) - 1; i >= 0; i-- {
		if n[i]++; n[i] != 0 {
			return n[:i+1]
		}
	}
	return nil // k is all 0xff: no tag is
}

// KeyReader takes the parts of a key in the order they were appended. The first
// part that isn't there makes all further ones zero and is told by End.
type KeyReader struct {
	rest []byte
	bad  bool
}

// ReadKey begins to read key, which must be of family f.
func ReadKey(f Family, key []byte) *KeyReader {
	if len(key) == 0 || key[0] != byte(f) {
		return &KeyReader{bad: true}
	}
	return &KeyReader{rest: key[1:]}
}

// ReadParts reads parts without a family's tag before them, as in values.
func ReadParts(b []byte) *KeyReader { return &KeyReader{rest: b} }

func (r *KeyReader) take(n int) []byte {
	if r.bad || len(r.rest) < n {
		r.bad = true
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *KeyReader) Text() string {
	i := bytes.IndexByte(r.rest, 0)
	if r.bad || i < 0 {
		r.bad = true
		return ""
	}
	return string(r.take(i + 1)[:i])
}

func (r *KeyReader) DID() identity.DID {
	n := int(r.take(1)[0])
	if n == 0 || n > 8 {
		r.bad = true
		return ""
	}
	var be [8]byte
	copy(be[8-n:], r.take(n))
	address := identity.Address(r.take(20))
	if r.bad || be[8-n] == 0 {
		r.bad = true
		return ""
	}
	return identity.NewDID(binary.BigEndian.Uint64(be[:]), address)
}

func (r *KeyReader) Path() record.Path {
	return record.Path{Collection: syntax.NSID(r.Text()), Key: syntax.RecordKey(r.Text())}
}

// Bytes takes a length and so many bytes; values use it, keys don't.
func (r *KeyReader) Bytes() []byte {
	n, w := binary.Uvarint(r.rest)
	if w <= 0 || n > uint64(len(r.rest)-w) {
		r.bad = true
		return nil
	}
	r.take(w)
	return r.take(int(n))
}

func (r *KeyReader) Digest() [32]byte  { return [32]byte(r.take(32)) }
func (r *KeyReader) Uint() uint64      { return binary.BigEndian.Uint64(r.take(8)) }
func (r *KeyReader) Byte() byte        { return r.take(1)[0] }
func (r *KeyReader) Rest() []byte      { return r.take(len(r.rest)) }
func (r *KeyReader) Time() time.Time   { return time.UnixMicro(int64(r.Uint())).UTC() }
func (r *KeyReader) Newest() time.Time { return time.UnixMicro(int64(^r.Uint())).UTC() }

// End reports whether all parts were there and nothing is left.
func (r *KeyReader) End() error {
	if r.bad || len(r.rest) > 0 {
		return ErrInvalidKey
	}
	return nil
}

// DecodeKey reads any key of the database by its layout; checks and debugging
// use it.
func DecodeKey(key []byte) (Layout, []any, error) {
	for _, l := range Layouts() {
		if len(key) > 0 && key[0] == byte(l.Family) {
			parts, err := l.decode(key)
			return l, parts, err
		}
	}
	return Layout{}, nil, fmt.Errorf("%w: no family %x", ErrInvalidKey, key)
}

func (l Layout) decode(key []byte) ([]any, error) {
	r := ReadKey(l.Family, key)
	parts := make([]any, len(l.Parts))
	for i, p := range l.Parts {
		parts[i] = r.part(p.Kind)
	}
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("%w: %s %x", err, l.Name, key)
	}
	return parts, nil
}

func (r *KeyReader) part(k Kind) any {
	switch k {
	case KindText:
		return r.Text()
	case KindDID:
		return r.DID()
	case KindDigest:
		return r.Digest()
	case KindTime:
		return r.Time()
	case KindNewest:
		return r.Newest()
	case KindByte:
		return r.Byte()
	case KindRest:
		return r.Rest()
	default:
		return r.Uint()
	}
}
