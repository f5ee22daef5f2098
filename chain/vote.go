package chain

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// ballot is one endpoint's answer to a question of several elements.
type ballot[T any] struct {
	from    *endpoint
	answers []T
	err     error
}

// agreed asks a question of n elements and answers, for each, what as many
// endpoints as the quorum needs say alike, by digest. An empty digest means that
// an endpoint doesn't know (yet); where those who know say the same but are too
// few, the answer is the zero T. An endpoint that says something else than the
// quorum is named and asked last for a while; where no quorum agrees, the error is
// ErrNoQuorum.
//
// First as many endpoints are asked as must agree, in the order of their health;
// the others only if that was not enough.
func agreed[T any](ctx context.Context, c *Client, method string, n int, ask func(context.Context, *endpoint) ([]T, error), digest func(T) string) ([]T, error) {
	if c.quorum == 1 {
		return single(ctx, c, method, ask)
	}
	order, err := c.order()
	if err != nil {
		return nil, err
	}
	first := min(c.quorum, len(order))
	ballots := canvass(ctx, c, method, order[:first], ask)
	t := count(c.quorum, n, ballots, digest)
	if !t.clear && first < len(order) && ctx.Err() == nil {
		ballots = append(ballots, canvass(ctx, c, method, order[first:], ask)...)
		t = count(c.quorum, n, ballots, digest)
	}
	for e, what := range t.against {
		e.disagreed(fmt.Errorf("%s: %s", method, what))
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("chain: %s: %w", method, ctx.Err())
	}
	return t.result(c.quorum, method, ballots)
}

// single believes the endpoint that is asked.
func single[T any](ctx context.Context, c *Client, method string, ask func(context.Context, *endpoint) ([]T, error)) (answers []T, err error) {
	err = c.do(ctx, method, func(ctx context.Context, e *endpoint) (err error) {
		answers, err = ask(ctx, e)
		return err
	})
	return answers, err
}

// canvass asks endpoints at the same time.
func canvass[T any](ctx context.Context, c *Client, method string, endpoints []*endpoint, ask func(context.Context, *endpoint) ([]T, error)) []ballot[T] {
	ballots := make([]ballot[T], len(endpoints))
	var all sync.WaitGroup
	for i, e := range endpoints {
		all.Go(func() {
			b := &ballots[i]
			b.from = e
			b.err = c.ask(ctx, e, method, func(ctx context.Context, e *endpoint) (err error) {
				b.answers, err = ask(ctx, e)
				return err
			})
		})
	}
	all.Wait()
	return ballots
}

// tally is the outcome of a vote.
type tally[T any] struct {
	clear   bool // every element has its quorum
	answers []T
	split   string               // the first element on which endpoints contradict each other without a quorum
	against map[*endpoint]string // who contradicts a quorum, and how
}

func count[T any](quorum, n int, ballots []ballot[T], digest func(T) string) tally[T] {
	t := tally[T]{clear: true, answers: make([]T, n), against: map[*endpoint]string{}}
	for i := range n {
		votes, said := map[string]int{}, map[string]T{}
		var winner string
		won := false
		for _, b := range ballots {
			if b.err != nil {
				continue
			}
			d := digest(b.answers[i])
			votes[d]++
			said[d] = b.answers[i]
			if votes[d] >= quorum {
				winner, won = d, true
			}
		}
		if won {
			t.answers[i] = said[winner]
			t.dissent(i, winner, ballots, digest)
			continue
		}
		t.clear = false
		delete(votes, "")
		if len(votes) > 1 && t.split == "" {
			t.split = fmt.Sprintf("%d answers to element %d", len(votes), i+1)
		}
	}
	return t
}

// dissent notes who says something else about element i than the quorum. Not to
// know is no contradiction, nor is to know what a quorum doesn't know yet.
func (t *tally[T]) dissent(i int, winner string, ballots []ballot[T], digest func(T) string) {
	for _, b := range ballots {
		if b.err != nil || winner == "" {
			continue
		}
		if d := digest(b.answers[i]); d != winner && d != "" {
			t.against[b.from] = fmt.Sprintf("element %d of its answer is not what a quorum says", i+1)
		}
	}
}

func (t tally[T]) result(quorum int, method string, ballots []ballot[T]) ([]T, error) {
	var faults []error
	var names []string
	for _, b := range ballots {
		if b.err != nil {
			faults = append(faults, b.err)
		} else {
			names = append(names, b.from.name)
		}
	}
	switch {
	case t.clear:
		return t.answers, nil
	case len(names) == 0 && len(faults) > 0:
		return nil, combine(faults)
	case len(names) < quorum:
		return nil, fmt.Errorf("%w: %s: %d must agree, %d answered: %w", ErrNoQuorum, method, quorum, len(names), combine(faults))
	case t.split != "":
		return nil, fmt.Errorf("%w: %s: %s of %s", ErrNoQuorum, method, t.split, strings.Join(names, ", "))
	}
	return t.answers, nil // what too few know yet is unknown
}
