package native_test

import (
	"fmt"
	"sync"
	"testing"

	"metanet/content/record"
	"metanet/identity"
)

// BenchmarkPut is records through repo.put over loopback HTTP into the durable
// store (here in memory), in messages of 256 from four clients at once.
func BenchmarkPut(b *testing.B) {
	const batch, clients = 256, 4
	w := newWorld(b)
	alice, d := w.NewPerson("alice"), newDevice(b)
	w.Chain.Authorise(alice.DID, d.Public(), identity.PurposeDevice)
	messages := make([][]byte, (b.N+batch-1)/batch)
	for i := range messages {
		var bundles [][]byte
		for j := range batch {
			bundles = append(bundles, w.bundle(alice.DID, d, w.Clock.Next(), w.postValue(fmt.Sprint("post ", i, j))).Bytes())
		}
		messages[i] = record.EncodeMessage(bundles)
	}
	b.ResetTimer()
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := c; i < len(messages); i += clients {
				if r := w.put(many, messages[i]); r.Status != 200 {
					b.Errorf("%d %s", r.Status, r.Body)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(len(messages)*batch)/b.Elapsed().Seconds(), "records/s")
}
