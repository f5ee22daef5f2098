package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed assets
var assetFiles embed.FS

// assets are the built files of the pages. Each is named with a part of its
// hash, so that a browser may keep it for good and never mixes two versions.
type assets struct {
	urls  map[string]string // file name → address
	files map[string]asset  // address → file
}

type asset struct {
	body []byte
	mime string
}

const assetPrefix = "/assets/"

func loadAssets() (*assets, error) {
	a := &assets{urls: map[string]string{}, files: map[string]asset{}}
	entries, err := fs.ReadDir(assetFiles, "assets")
	if err != nil {
		return nil, fmt.Errorf("web: assets: %w", err)
	}
	for _, e := range entries {
		body, err := assetFiles.ReadFile("assets/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("web: assets: %w", err)
		}
		a.add(e.Name(), body)
	}
	return a, nil
}

func (a *assets) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	stem, ext := strings.TrimSuffix(name, path.Ext(name)), path.Ext(name)
	url := assetPrefix + stem + "-" + hex.EncodeToString(sum[:6]) + ext
	a.urls[name] = url
	a.files[url] = asset{body, mimeOf(ext)}
}

// mimeOf doesn't ask the operating system, whose table may say anything.
func mimeOf(ext string) string {
	switch ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.FormatMediaType("application/octet-stream", nil)
}

// url is the address of a built file; a template naming another is a bug that
// shows at the first request, and the tests request every page.
func (a *assets) url(name string) (string, error) {
	if u, ok := a.urls[name]; ok {
		return u, nil
	}
	return "", fmt.Errorf("web: no asset %q", name)
}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.mime)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(f.body)))
}
