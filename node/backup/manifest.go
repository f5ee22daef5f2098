package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// format is the version of manifests that this program writes and reads.
const format = 1

// stamp is how a generation's time stands in its name: sorting names sorts times.
const stamp = "20060102T150405.000000Z"

// sumInName is how much of a manifest's own sum stands in its name, in hex digits.
const sumInName = 32

// Manifest is one generation.
type Manifest struct {
	Format int       `json:"format"`
	Made   time.Time `json:"made"`
	Files  []File    `json:"files"` // by path
}

// File is one file of a generation.
type File struct {
	Path   string `json:"path"` // slashes, relative
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hex; the name of its content
}

// Bytes is how many bytes the files have together.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// Tops is the first elements of the files' paths: what the generation puts into a
// directory.
func (m Manifest) Tops() []string {
	var tops []string
	for _, f := range m.Files { // sorted, so equal ones need not stand side by side: a-b sorts before a/
		top, _, _ := strings.Cut(f.Path, "/")
		if !slices.Contains(tops, top) {
			tops = append(tops, top)
		}
	}
	return tops
}

// encode answers the manifest's bytes and its name.
func (m Manifest) encode() (text []byte, name string, err error) {
	if text, err = json.MarshalIndent(m, "", " "); err != nil {
		return nil, "", fmt.Errorf("backup: %w", err)
	}
	text = append(text, '\n')
	return text, m.Made.UTC().Format(stamp) + "-" + sumOf(text), nil
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:sumInName]
}

// parseManifest reads what stands in the manifest of that name. Whoever can write to
// the directory could have put anything there: a path that leads out of where it is
// restored to is refused.
func parseManifest(name string, text []byte) (m Manifest, err error) {
	damaged := func(what string, args ...any) (Manifest, error) {
		return Manifest{}, fmt.Errorf("%w: generation %s: %s", ErrDamaged, name, fmt.Sprintf(what, args...))
	}
	if _, sum, _ := strings.Cut(name, "-"); sum != sumOf(text) {
		return damaged("its manifest is not what was written")
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return damaged("%v", err)
	}
	if m.Format != format {
		return Manifest{}, fmt.Errorf("backup: generation %s has format %d, this program knows %d", name, m.Format, format)
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		local := filepath.FromSlash(f.Path)
		if f.Path == "." || !filepath.IsLocal(local) || filepath.ToSlash(filepath.Clean(local)) != f.Path || seen[f.Path] {
			return damaged("path %q", f.Path)
		}
		if sum, err := hex.DecodeString(f.SHA256); err != nil || len(sum) != sha256.Size || f.SHA256 != strings.ToLower(f.SHA256) || f.Size < 0 {
			return damaged("%s: sum or size", f.Path)
		}
		seen[f.Path] = true
	}
	return m, nil
}
