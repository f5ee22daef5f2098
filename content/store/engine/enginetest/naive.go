package enginetest

import (
	"fmt"
	"maps"
	"slices"

	"metanet/content/store/engine"
)

// naive is the model: a map, sorted for every question.
type naive map[string]string

func (n naive) apply(w engine.Write) {
	for _, r := range w.Drop {
		maps.DeleteFunc(n, func(key, _ string) bool { return within(key, r) })
	}
	for _, op := range w.Ops {
		if op.Delete {
			delete(n, op.Key)
		} else {
			n[op.Key] = string(op.Value)
		}
	}
}

func (n naive) scan(r engine.Range, o engine.Order, limit int) (s string) {
	keys := slices.Sorted(maps.Keys(n))
	if o == engine.Reverse {
		slices.Reverse(keys)
	}
	found := 0
	for _, key := range keys {
		if within(key, r) && (limit == 0 || found < limit) {
			found++
			s += fmt.Sprintf("%s=%s ", key, n[key])
		}
	}
	return s
}

func within(key string, r engine.Range) bool {
	return key >= string(r.Start) && (r.End == nil || key < string(r.End))
}
