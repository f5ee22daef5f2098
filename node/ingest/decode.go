package ingest

import "metanet/content/record"

// Decode reads what a client or a peer sent, one bundle or (many) a message of
// several, into candidates in the same order. Bytes that are not the one
// canonical encoding get no further: such a candidate carries its Fault, which
// the door answers. The error says that a message as a whole cannot be read.
func Decode(origin Origin, from string, data []byte, many bool) ([]Candidate, error) {
	if !many {
		b, err := record.Decode(data)
		return []Candidate{{Origin: origin, From: from, Bundle: b, Fault: err}}, nil
	}
	bundles, faults, err := record.DecodeMessage(data)
	if err != nil {
		return nil, err
	}
	candidates := make([]Candidate, len(bundles))
	for i := range bundles {
		candidates[i] = Candidate{Origin: origin, From: from, Bundle: bundles[i], Fault: faults[i]}
	}
	return candidates, nil
}
