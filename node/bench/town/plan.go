package town

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"metanet/identity"
)

// Plan says what is made.
type Plan struct {
	Records int // in all
	People  int // who write; they have names
	Silent  int // who have names and never write
	Span    time.Duration
	Readers []Reader
}

// Choice is whom a reader follows.
type Choice string

const (
	Popular Choice = "popular" // by popularity, as people do
	Random  Choice = "random"  // anybody who writes
	Quiet   Choice = "quiet"   // those who write least
	Mute    Choice = "silent"  // those who never write
)

// Reader is somebody who only reads.
type Reader struct {
	Choice  Choice
	Follows int
}

// NewPlan is the plan of a network of so many records. People are as many
// whatever their number, so that what changes is how much they wrote.
func NewPlan(records int) Plan {
	p := Plan{Records: records, People: 50_000, Silent: 5_000, Span: 365 * 24 * time.Hour}
	for _, n := range []int{10, 100, 300, 1_000, 3_000, 10_000} {
		p.Readers = append(p.Readers, Reader{Popular, n})
	}
	for _, c := range []struct {
		Choice
		n int
	}{{Popular, 8}, {Random, 4}, {Quiet, 4}, {Mute, 2}} {
		for range c.n {
			p.Readers = append(p.Readers, Reader{c.Choice, 5_000})
		}
	}
	return p
}

// epoch is when the network begins.
var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// Everybody is numbered: those who write, the silent, the readers, and then the
// followers of Celebrity, by the record that makes them.

// Celebrity is whom everybody follows in the end.
const Celebrity = 0

// Reader is the number of a reader as a person.
func (p Plan) reader(n int) int { return p.People + p.Silent + n }

func (p Plan) follower(record int) int { return p.reader(len(p.Readers)) + record }

// DID is a person's. Addresses are scattered as hashes are.
func DID(person int) identity.DID {
	var a identity.Address
	r := draws(1, person)
	for i := 0; i < len(a); i += 4 {
		n := r.Uint32()
		a[i], a[i+1], a[i+2], a[i+3] = byte(n), byte(n>>8), byte(n>>16), byte(n>>24)
	}
	return identity.NewDID(31337, a)
}

// ReaderDID is a reader's.
func (p Plan) ReaderDID(n int) identity.DID { return DID(p.reader(n)) }

// draws is the random numbers of one thing of one kind.
func draws(kind, thing int) *rand.Rand { return rand.New(rand.NewPCG(uint64(kind), uint64(thing))) }

// Shape of the power laws: a rank's weight is (rank + offset)^-slope.
const (
	slope  = 0.9
	offset = 50
)

// rank draws one of n by the power law, from a number in [0, 1).
func rank(u float64, n int) int {
	low, high := math.Pow(offset, 1-slope), math.Pow(offset+float64(n), 1-slope)
	return min(n-1, int(math.Pow(low+u*(high-low), 1/(1-slope))-offset))
}

// popular draws a person by popularity: one half of popularity goes by activity,
// the other by other merits.
func (p Plan) popular(r *rand.Rand) int {
	n := rank(r.Float64(), p.People)
	if r.IntN(2) == 0 {
		return n
	}
	return n * 7_919 % p.People
}

// followed is whom a reader follows, each once.
func (p Plan) followed(n int) []int {
	reader, r := p.Readers[n], draws(2, n)
	var people []int
	seen := make(map[int]bool, reader.Follows)
	for len(people) < reader.Follows {
		var person int
		switch reader.Choice {
		case Popular:
			person = p.popular(r)
		case Random:
			person = r.IntN(p.People)
		case Quiet:
			person = p.People - 1 - len(people)
		case Mute:
			person = p.People + len(people)
		default:
			panic(fmt.Sprintf("town: no choice %q", reader.Choice))
		}
		if !seen[person] {
			seen[person] = true
			people = append(people, person)
		}
	}
	return people
}
