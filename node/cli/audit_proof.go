package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"metanet/chain/proof"
)

// maxProofs bounds a file of proofs.
const maxProofs = 64 << 20

func newAuditProof() *cobra.Command {
	var block string
	c := &cobra.Command{
		Use:   "proof FILE",
		Short: "Check storage proofs that somebody kept, without any chain",
		Long: `Reads a file of storage proofs, as metanet audit --proofs writes it, and prints
what they show to whoever trusts the block with the given hash. Nothing is asked
of anybody. "-" reads standard input.

Exit status: 0 if all proofs hold, 1 if one does not, 2 if the file is none.`,
		Example: `  metanet audit proof proofs.json --block-hash 0x…`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			trusted, err := parseBlockHash(block)
			if err != nil {
				return &exitError{2, err}
			}
			documents, err := readProofs(c.InOrStdin(), args[0])
			if err != nil {
				return &exitError{2, err}
			}
			enc := json.NewEncoder(c.OutOrStdout())
			enc.SetIndent("", "  ")
			var bad error
			for _, d := range documents {
				line := struct {
					Of     any          `json:"of"`
					At     *proof.Block `json:"at,omitempty"`
					Shows  any          `json:"shows,omitempty"`
					Proven bool         `json:"proven"`
					Error  string       `json:"error,omitempty"`
				}{Of: d.Subject}
				fact, at, err := d.Verify(trusted)
				if err != nil {
					bad = errors.New("not everything is proven")
					line.Error = err.Error()
				} else {
					line.At, line.Shows, line.Proven = &at, fact, true
				}
				if err := enc.Encode(line); err != nil {
					return err
				}
			}
			if bad != nil {
				return &exitError{1, bad}
			}
			return nil
		},
	}
	c.Flags().StringVar(&block, "block-hash", "", "the `hash` of the block that you trust")
	if err := c.MarkFlagRequired("block-hash"); err != nil {
		panic(err) // the flag is above
	}
	return c
}

// readProofs reads a list of documents, each as strictly as if it came alone.
func readProofs(stdin io.Reader, name string) ([]proof.Document, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxProofs+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxProofs {
		return nil, fmt.Errorf("%s has more than %d bytes", name, maxProofs)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil || len(raw) == 0 {
		return nil, fmt.Errorf("%s holds no list of proofs", name)
	}
	documents := make([]proof.Document, len(raw))
	for i, r := range raw {
		if documents[i], err = proof.ParseDocument(r); err != nil {
			return nil, fmt.Errorf("proof %d: %w", i+1, err)
		}
	}
	return documents, nil
}
