package ingest

import "metanet/content/record"

// Decode takes apart what a client or a peer sent, one bundle or (many) a message
// of several, into candidates in the same order. The bundles themselves are read
// in [Door.Submit], by all cores, and only those that aren't known already. The
// error says that a message as a whole cannot be read.
func Decode(origin Origin, from string, data []byte, many bool) ([]Candidate, error) {
	if !many {
		return []Candidate{{Origin: origin, From: from, Raw: data}}, nil
	}
	raws, err := record.SplitMessage(data)
	if err != nil {
		return nil, err
	}
	candidates := make([]Candidate, len(raws))
	for i, raw := range raws {
		candidates[i] = Candidate{Origin: origin, From: from, Raw: raw}
	}
	return candidates, nil
}

// bytes is the encoded bundle.
func (c *Candidate) bytes() []byte {
	if c.Bundle != nil {
		return c.Bundle.Bytes()
	}
	return c.Raw
}
