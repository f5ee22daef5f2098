package mastodon

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// List is what a CSV file of Mastodon's holds.
type List string

// The lists that mean something here. Others are mutes, lists, bookmarks and
// filters, which are private there and would be public as records.
const (
	Follows List = "follows"
	Blocks  List = "blocks"
)

// lists are the names under which Mastodon gives its CSV files.
var lists = map[string]List{
	"following_accounts.csv": Follows, "following.csv": Follows, "follows.csv": Follows,
	"blocked_accounts.csv": Blocks, "blocks.csv": Blocks,
}

// ListOf tells by a file's name which list it is, "" if none that is taken.
func ListOf(name string) List {
	return lists[strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/")))]
}

// ReadCSV reads addresses (user@example.org), the first column; a line of headings
// and empty ones are passed over, as is what is no address (bad counts those).
func ReadCSV(r io.Reader) (addresses []string, bad int, err error) {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord, rows.LazyQuotes = -1, true
	for first := true; ; first = false {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return addresses, bad, nil
		}
		if err != nil {
			return nil, bad, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		address := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(row[0], "\ufeff")))
		user, domain, ok := strings.Cut(strings.TrimPrefix(address, "@"), "@")
		switch {
		case ok && user != "" && strings.Contains(domain, ".") && !strings.ContainsAny(domain, "@/ "):
			addresses = append(addresses, user+"@"+domain)
		case first && strings.HasPrefix(address, "account address"):
		default:
			bad++
		}
		if len(addresses)+bad > MaxCSV {
			return nil, bad, fmt.Errorf("%w: more than %d rows", ErrTooLarge, MaxCSV)
		}
	}
}
