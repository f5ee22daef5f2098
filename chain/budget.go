package chain

import (
	"fmt"
	"math/big"
	"time"
)

// What others asked for may take three quarters of the daily budget: a flood of it
// must not keep the account from its own anchors.
const relayedShareNum, relayedShareOf = 3, 4

// spending is what the account has spent on one UTC day. It is written together
// with the entry that was signed or settled, so no crash forgets a wei.
type spending struct {
	Day   uint64 // days since the Unix epoch
	Spent *big.Int
}

// spending is today's. A clock that goes back does not open yesterday's budget
// again.
func (s *Sender) spending() (spending, error) {
	now := uint64(s.config.Now().Unix()) / uint64(24*time.Hour/time.Second)
	stored, found, err := load[spending](s.store, s.queue.spentKey())
	if err != nil || found && stored.Day >= now {
		return stored, err
	}
	return spending{Day: now, Spent: new(big.Int)}, nil
}

// affords reports whether cost is within what is left today.
func (s *Sender) affords(today spending, cost *big.Int, relayed bool) error {
	budget := s.config.DailyBudget
	if budget == nil {
		return nil
	}
	if relayed {
		budget = share(budget)
	}
	if total := new(big.Int).Add(today.Spent, cost); total.Cmp(budget) > 0 {
		return fmt.Errorf("%w: %s wei spent since midnight UTC, this may cost %s, the limit is %s", ErrBudget, today.Spent, cost, budget)
	}
	return nil
}

func share(budget *big.Int) *big.Int {
	n := new(big.Int).Mul(budget, big.NewInt(relayedShareNum))
	return n.Div(n, big.NewInt(relayedShareOf))
}

// reserve takes the most that e can cost off today's budget. What it had reserved
// before, under lower fees or another nonce, is given back if that was today.
func (s *Sender) reserve(today spending, e *txEntry, f fees) (spending, error) {
	cost := new(big.Int).Mul(f.top(), bigOf(e.Gas))
	cost.Add(cost, e.Value)
	spent := release(today, e)
	if err := s.affords(spent, cost, e.relayed()); err != nil {
		return today, err
	}
	spent.Spent.Add(spent.Spent, cost)
	e.Day, e.Reserved = spent.Day, cost
	return spent, nil
}

// charge replaces what e had reserved by what it did cost.
func charge(today spending, e *txEntry, r *receipt) spending {
	if e.Reserved == nil || r.Price == nil {
		return today // an RPC that doesn't say: the reservation stands
	}
	cost := new(big.Int).Mul((*big.Int)(r.Price), bigOf(uint64(r.GasUsed)))
	if r.L1Fee != nil { // of rollups, on top
		cost.Add(cost, (*big.Int)(r.L1Fee))
	}
	if r.Status == 1 {
		cost.Add(cost, e.Value)
	}
	spent := release(today, e)
	if e.Day == today.Day {
		spent.Spent.Add(spent.Spent, cost)
	}
	e.Reserved = cost
	return spent
}

// release gives back what e had reserved today. The past is not rewritten.
func release(today spending, e *txEntry) spending {
	spent := spending{Day: today.Day, Spent: new(big.Int).Set(today.Spent)}
	if e.Reserved != nil && e.Day == today.Day {
		if spent.Spent.Sub(spent.Spent, e.Reserved); spent.Spent.Sign() < 0 {
			spent.Spent.SetInt64(0)
		}
	}
	return spent
}
