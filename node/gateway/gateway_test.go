package gateway

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	dag "github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	car "github.com/ipld/go-car/v2"
	"github.com/prometheus/client_golang/prometheus"

	"metanet/content/blob"
	"metanet/content/store"
	"metanet/node/xrpc"
)

type world struct {
	*testing.T
	blobs *blob.Store
	http  *httptest.Server
}

func newWorld(t *testing.T) *world {
	db, err := store.Open("db", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w := &world{T: t, blobs: blob.New(db, blob.Options{})}
	registry := prometheus.NewRegistry()
	api, err := xrpc.New(xrpc.Options{Logger: slog.New(slog.DiscardHandler), Registerer: registry, OperatorToken: strings.Repeat("x", 43), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(Config{Blocks: w.blobs.Blockstore(), DAGs: w.blobs, Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	g.Register(api)
	w.http = httptest.NewServer(api)
	t.Cleanup(w.http.Close)
	return w
}

func (w *world) put(data []byte) blob.Ref {
	ref, err := w.blobs.Put(w.Context(), bytes.NewReader(data), 0)
	if err != nil {
		w.Fatal(err)
	}
	return ref
}

func (w *world) get(path string, header ...string) (*http.Response, []byte) {
	w.Helper()
	req, err := http.NewRequest("GET", w.http.URL+path, nil)
	if err != nil {
		w.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.Fatal(err)
	}
	return res, body
}

func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// contents reads a CAR whose every block must be what its CID says.
func contents(t *testing.T, b []byte) (roots []cid.Cid, got []blocks.Block) {
	t.Helper()
	r, err := car.NewBlockReader(bytes.NewReader(b)) // hashes each block
	if err != nil {
		t.Fatal(err)
	}
	for {
		block, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Roots, got
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, block)
	}
}

func TestRaw(t *testing.T) {
	w := newWorld(t)
	page := []byte("<html><script>alert(1)</script></html>")
	ref := w.put(page)
	for _, ask := range [][]string{{"?format=raw"}, {"", "Accept", "application/vnd.ipld.raw"}, {"?format=raw&filename=x.html&download=false&uri=ipfs://evil", "Accept", "text/html"}} {
		res, body := w.get("/ipfs/"+ref.CID.String()+ask[0], ask[1:]...)
		if res.StatusCode != 200 || !bytes.Equal(body, page) {
			t.Fatalf("%v: %d %s", ask, res.StatusCode, body)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/vnd.ipld.raw", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
			"Cache-Control": cacheControl, "Content-Disposition": `attachment; filename="` + ref.CID.String() + `.bin"`,
			"X-Ipfs-Path": "/ipfs/" + ref.CID.String(), "Access-Control-Allow-Origin": "*", "Content-Length": "38",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%v: %s: %q, want %q", ask, name, got, want)
			}
		}
		again, _ := w.get("/ipfs/"+ref.CID.String()+"?format=raw", "If-None-Match", res.Header.Get("Etag"))
		if again.StatusCode != 304 || again.Header.Get("Cache-Control") != cacheControl {
			t.Errorf("asked again: %d %v", again.StatusCode, again.Header)
		}
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	here := "/ipfs/" + w.put([]byte("here")).CID.String()
	elsewhere := "/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
	for path, status := range map[string]int{
		here:                           406, // never rendered
		here + "?format=html":          406,
		here + "?format=tar":           406,
		here + "?format=dag-json":      406,
		here + "?format=ipns-record":   406,
		here + "?uri=ipfs://evil":      406,
		here + "/x?format=raw":         404,
		"/ipfs/zzz?format=raw":         400,
		elsewhere + "?format=raw":      404,
		elsewhere + "?format=car":      404,
		"/ipfs/bafkqaaa?format=raw":    404,
		"/ipns/example.org?format=car": 404,
		"/ipfs/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG?format=raw": 404,
		"/ipfs/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG?format=car": 404,
		here + "?format=car&car-version=7":                                400,
	} {
		if res, body := w.get(path); res.StatusCode != status {
			t.Errorf("%s: %d %s, want %d", path, res.StatusCode, body, status)
		}
	}
}

func TestCAR(t *testing.T) {
	w := newWorld(t)
	small, large := []byte("hello"), noise(3*blob.ChunkSize+17)
	one, many := w.put(small), w.put(large)

	res, body := w.get("/ipfs/" + one.CID.String() + "?format=car")
	if media, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); res.StatusCode != 200 || media != mediaCAR {
		t.Fatalf("%d %s %q", res.StatusCode, media, body)
	}
	if roots, got := contents(t, body); len(roots) != 1 || roots[0] != one.CID || len(got) != 1 || string(got[0].RawData()) != "hello" {
		t.Fatalf("%v %v", roots, got)
	}

	_, body = w.get("/ipfs/"+many.DAG.String(), "Accept", "application/vnd.ipld.car;version=1;order=dfs;dups=n")
	roots, got := contents(t, body)
	var whole []byte
	for _, b := range got[1:] { // in the order of the file: depth first
		whole = append(whole, b.RawData()...)
	}
	if roots[0] != many.DAG || !bytes.Equal(whole, large) {
		t.Fatalf("%v, %d blocks, %d bytes", roots, len(got), len(whole))
	}

	// A range is the blocks that prove it.
	_, body = w.get("/ipfs/" + many.DAG.String() + "?format=car&dag-scope=entity&entity-bytes=1048576:1048580")
	if _, got := contents(t, body); len(got) != 2 || !bytes.Equal(got[1].RawData(), large[blob.ChunkSize:2*blob.ChunkSize]) {
		t.Fatalf("%d blocks for one byte of the second", len(got))
	}
	_, body = w.get("/ipfs/" + many.DAG.String() + "?format=car&dag-scope=block")
	if _, got := contents(t, body); len(got) != 1 {
		t.Fatalf("%d blocks for one", len(got))
	}
}

// TestBombs: blocks that were brought for a blob and not adopted yet may be DAGs
// that take for ever to walk.
func TestBombs(t *testing.T) {
	w := newWorld(t)
	leaf := blocks.NewBlock(noise(1000))
	bs := w.blobs.Blockstore()
	put := func(data []byte, codec uint64) cid.Cid {
		c, err := cid.V1Builder{Codec: codec, MhType: 0x12}.Sum(data)
		if err != nil {
			t.Fatal(err)
		}
		b, err := blocks.NewBlockWithCid(data, c)
		if err != nil {
			t.Fatal(err)
		}
		if err := bs.Put(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		return c
	}
	top := put(leaf.RawData(), cid.Raw)
	size := uint64(1000)
	for range 7 { // 1,000 bytes told 100^7 times
		fs, n := unixfs.NewFSNode(unixfs.TFile), new(dag.ProtoNode)
		n.SetCidBuilder(dag.V1CidPrefix())
		for range 100 {
			fs.AddBlockSize(size)
			if err := n.AddRawLink("", &ipld.Link{Cid: top, Size: size}); err != nil {
				t.Fatal(err)
			}
		}
		data, err := fs.GetBytes()
		if err != nil {
			t.Fatal(err)
		}
		n.SetData(data)
		top, size = put(n.RawData(), cid.DagProtobuf), size*100
	}
	if res, _ := w.get("/ipfs/" + top.String() + "?format=car"); res.StatusCode != 404 {
		t.Errorf("a bomb as a CAR: %d", res.StatusCode)
	}
	if res, _ := w.get("/ipfs/" + top.String() + "?format=raw"); res.StatusCode != 200 {
		t.Errorf("one block of it: %d", res.StatusCode)
	}
}

// TestRecordIsOneBlock: a value's links lead to whatever its author wrote.
func TestRecordIsOneBlock(t *testing.T) {
	w := newWorld(t)
	target := w.put([]byte("elsewhere"))
	value := append([]byte{0xa1, 0x61, 'x', 0xd8, 0x2a, 0x58, 0x25, 0x00}, target.CID.Bytes()...) // {"x": link}
	c, err := cid.V1Builder{Codec: cid.DagCBOR, MhType: 0x12}.Sum(value)
	if err != nil {
		t.Fatal(err)
	}
	b, err := blocks.NewBlockWithCid(value, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.blobs.Blockstore().Put(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	_, body := w.get("/ipfs/" + c.String() + "?format=car&dag-scope=all")
	if roots, got := contents(t, body); roots[0] != c || len(got) != 1 {
		t.Fatalf("%v, %d blocks", roots, len(got))
	}
}
