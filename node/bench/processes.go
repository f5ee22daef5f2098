package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/content/record"
	"metanet/identity"
	"metanet/node"
	"metanet/node/client"
)

const (
	putBatch   = 256 // bundles a message may hold
	putRecords = 20_000
	singlePuts = 30
)

// processes measures two real nodes on this machine.
func processes(ctx context.Context, binary string) (err error) {
	dir, err := os.MkdirTemp("", "metanet-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	first, took, err := up(ctx, binary, filepath.Join(dir, "a"))
	if err != nil {
		return err
	}
	less("start-first", took.Seconds(), "s", 0)
	if err := first.stop(); err != nil {
		return err
	}
	a, took, err := up(ctx, binary, filepath.Join(dir, "a"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.stop()) }()
	less("start-again", took.Seconds(), "s", 0)
	b, _, err := up(ctx, binary, filepath.Join(dir, "b"), "--join", a.web)
	if err != nil {
		return err
	}
	if err := errors.Join(restingMemory(a, b), b.stop()); err != nil {
		return err
	}
	author, err := enrol(ctx, binary, filepath.Join(dir, "author"), a)
	if err != nil {
		return err
	}
	if err := author.alone(ctx, a, dir); err != nil {
		return err
	}
	if b, _, err = up(ctx, binary, filepath.Join(dir, "b"), "--join", a.web); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.stop()) }()
	if err := settled(ctx, a, b); err != nil {
		return err
	}
	if err := author.singles(ctx, a, b); err != nil {
		return err
	}
	if err := author.steadily(ctx, a, b); err != nil {
		return err
	}
	return author.bulk(ctx, a, b)
}

// process is a running node.
type process struct {
	cmd  *exec.Cmd
	web  string
	home string
}

func up(ctx context.Context, binary, home string, args ...string) (*process, time.Duration, error) {
	args = append([]string{"up", "--home", home, "--http", "127.0.0.1:0", "--rpc", "127.0.0.1:0", "--p2p", "/ip4/127.0.0.1/tcp/0",
		"--quota", "records=none"}, args...)
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = []string{"HOME=" + filepath.Dir(home)}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, 0, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	p := &process{cmd: cmd, home: home}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		switch name {
		case "web":
			p.web = strings.TrimSpace(value)
		case "ready":
			took := time.Since(start)
			go io.Copy(io.Discard, out)
			return p, took, nil
		}
	}
	return nil, 0, errors.Join(fmt.Errorf("%s did not start", home), cmd.Wait())
}

func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.cmd.Wait()
}

func (p *process) client() *client.Client {
	c, err := client.New(p.web)
	if err != nil {
		panic(err) // the node printed it
	}
	return c
}

func restingMemory(a, b *process) error {
	time.Sleep(10 * time.Second)
	with, err := a.status("VmRSS")
	if err != nil {
		return err
	}
	without, err := b.status("VmRSS")
	if err != nil {
		return err
	}
	less("memory-idle-with-chain", with, "MB", 0)
	less("memory-idle", without, "MB", 120)
	return nil
}

// author is a person with a device key and a hosted key at node a.
type author struct {
	key     ed25519.PrivateKey
	did     identity.DID
	access  string
	network identity.Network
	made    int // bundles
}

func enrol(ctx context.Context, binary, dir string, a *process) (*author, error) {
	for _, args := range [][]string{
		{"key", "new", "--keys", dir},
		{"key", "enrol", a.web, "--keys", dir, "--handle", "author", "--hosted"},
	} {
		cmd := exec.CommandContext(ctx, binary, args...)
		cmd.Env = []string{"METANET_PASSPHRASE=bench"}
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("metanet %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	var s struct {
		DID    identity.DID `json:"did"`
		Access string       `json:"accessToken"`
	}
	if err := readJSON(filepath.Join(dir, "session.json"), &s); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "device.key"))
	if err != nil {
		return nil, err
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, err
	}
	var about struct {
		Network identity.Network `json:"network"`
	}
	if err := a.client().WellKnown(ctx, &about); err != nil {
		return nil, err
	}
	return &author{ed25519.NewKeyFromSeed(seed), s.DID, s.Access, about.Network, 0}, nil
}

func readJSON(file string, v any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

func (u *author) Public() identity.Key {
	k, err := identity.ParseKey(u.key.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return k
}

func (u *author) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(u.key, msg), nil }

func (u *author) bundle() ([]byte, string, error) {
	u.made++
	value, err := drisl.Marshal(map[string]any{
		"$type": "app.bsky.feed.post", "createdAt": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		"net.metanet.salt": record.NewSalt(), "text": fmt.Sprintf("The %d-th thing that somebody had to say about it", u.made),
	})
	if err != nil {
		return nil, "", err
	}
	now := time.Now().UnixMicro() + int64(u.made)
	path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(syntax.NewTID(now, 1))}
	b, err := record.Sign(u.network, u.did, path, syntax.NewTID(now, 0), value, u)
	if err != nil {
		return nil, "", err
	}
	return b.Bytes(), string(path.Key), nil
}

// singles measures one post at a time: until a has it durably, and until b shows it.
func (u *author) singles(ctx context.Context, a, b *process) error {
	var put, readable []time.Duration
	from, to := a.client(), b.client()
	for range singlePuts {
		raw, rkey, err := u.bundle()
		if err != nil {
			return err
		}
		start := time.Now()
		if err := from.Post(ctx, "net.metanet.repo.put", "application/cbor", raw, nil); err != nil {
			return err
		}
		put = append(put, time.Since(start))
		if err := u.shows(ctx, to, rkey); err != nil {
			return err
		}
		readable = append(readable, time.Since(start))
	}
	less("put-http", median(put), "ms", 5)
	less("put-to-readable", median(readable), "ms", 100)
	return nil
}

// steadily puts a thousand records a second at a, ten a message, and sees how long after the put
// every tenth message can be read at b.
func (u *author) steadily(ctx context.Context, a, b *process) error {
	const messages, many, every, apart = 1000, 10, 10, 10 * time.Millisecond
	from, to := a.client(), b.client()
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		readable []time.Duration
		failed   error
	)
	next := time.NewTicker(apart)
	defer next.Stop()
	for i := range messages {
		batch := make([][]byte, many)
		var rkey string
		for k := range batch {
			var err error
			if batch[k], rkey, err = u.bundle(); err != nil {
				return err
			}
		}
		m := record.EncodeMessage(batch)
		<-next.C
		wg.Go(func() {
			start := time.Now()
			_, err := pour(ctx, from, [][]byte{m}, 1, "admitted")
			if err == nil && i%every == 0 {
				err = u.shows(ctx, to, rkey)
			}
			mu.Lock()
			defer mu.Unlock()
			if failed = errors.Join(failed, err); i%every == 0 {
				readable = append(readable, time.Since(start))
			}
		})
	}
	wg.Wait()
	if failed != nil {
		return failed
	}
	less("put-to-readable-1000", median(readable), "ms", 0)
	less("put-to-readable-1000-p99", float64(readable[len(readable)*99/100])/float64(time.Millisecond), "ms", 100)
	return nil
}

// shows waits until a node shows the author's post.
func (u *author) shows(ctx context.Context, c *client.Client, rkey string) error {
	params := url.Values{"repo": {string(u.did)}, "collection": {"app.bsky.feed.post"}, "rkey": {rkey}}
	for start := time.Now(); ; time.Sleep(time.Millisecond) {
		err := c.Query(ctx, "com.atproto.repo.getRecord", params, new(any))
		if err == nil {
			return nil
		}
		if time.Since(start) > 30*time.Second {
			return fmt.Errorf("a post did not arrive: %w", err)
		}
	}
}

func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2]) / float64(time.Millisecond)
}

// messages makes so many records, in messages of many.
func (u *author) messages(records, many int) (messages [][]byte, err error) {
	for records > 0 {
		batch := make([][]byte, min(many, records))
		for i := range batch {
			if batch[i], _, err = u.bundle(); err != nil {
				return nil, err
			}
		}
		messages, records = append(messages, record.EncodeMessage(batch)), records-len(batch)
	}
	return messages, nil
}

// pour puts messages over so many connections, each when the one before it was
// answered, and tells how long it took. Every record must end as one of those
// statuses: a message answers 200 if the node refuses all that is in it.
func pour(ctx context.Context, c *client.Client, messages [][]byte, connections int, statuses ...string) (time.Duration, error) {
	next := make(chan []byte)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	start := time.Now()
	for range connections {
		wg.Go(func() {
			for m := range next {
				var answer struct {
					Results []struct{ Status, Error, Message string } `json:"results"`
				}
				if err := c.Post(ctx, "net.metanet.repo.put", "application/vnd.metanet.bundles+cbor", m, &answer); err != nil {
					cancel(err)
				}
				for _, r := range answer.Results {
					if !slices.Contains(statuses, r.Status) {
						cancel(fmt.Errorf("a record was %s: %s %s", r.Status, r.Error, r.Message))
					}
				}
			}
		})
	}
	for _, m := range messages {
		next <- m
	}
	close(next)
	wg.Wait()
	return time.Since(start), context.Cause(ctx)
}

// alone measures a node whose records nobody else takes: what it takes over HTTP,
// what a record costs it, and what memory a flood takes.
func (u *author) alone(ctx context.Context, a *process, dir string) error {
	messages, err := u.messages(putRecords, putBatch)
	if err != nil {
		return err
	}
	before, err := a.processor()
	if err != nil {
		return err
	}
	took, err := pour(ctx, a.client(), messages, 1, "admitted")
	if err != nil {
		return err
	}
	spent, err := a.processor()
	if err != nil {
		return err
	}
	more("ingest-http", putRecords/took.Seconds(), "rec/s", 15_000)
	less("ingest-http-cpu", float64((spent-before).Microseconds())/putRecords, "µs/rec", 0)
	if took, err = pour(ctx, a.client(), messages, 1, "duplicate"); err != nil {
		return err
	}
	more("resend-http", putRecords/took.Seconds(), "rec/s", 0)
	if err := u.compare(ctx, a, dir); err != nil {
		return err
	}
	return u.flood(ctx, a)
}

// flood is floodConnections connections that put floodRecords records each as fast as
// they are answered, every other message of records whose signature is wrong.
const (
	floodConnections = 16
	floodRecords     = 4_096
)

func (u *author) flood(ctx context.Context, a *process) error {
	messages, err := u.messages(floodConnections*floodRecords, putBatch)
	if err != nil {
		return err
	}
	for i := 0; i < len(messages); i += 2 {
		if messages[i], err = spoil(messages[i]); err != nil {
			return err
		}
	}
	if _, err := pour(ctx, a.client(), messages, floodConnections, "admitted", "refused"); err != nil {
		return err
	}
	most, err := a.status("VmHWM")
	if err == nil {
		less("memory-flood", most, "MB", 0)
	}
	return err
}

// spoil gives every record of a message the signature of the one before it.
func spoil(message []byte) ([]byte, error) {
	bundles, faults, err := record.DecodeMessage(message)
	if err := errors.Join(append(faults, err)...); err != nil {
		return nil, err
	}
	raws := make([][]byte, len(bundles))
	for i, b := range bundles {
		raws[i] = bytes.Replace(b.Bytes(), b.Sig[:], bundles[(i+1)%len(bundles)].Sig[:], 1)
	}
	return record.EncodeMessage(raws), nil
}

// processor is what the process has had of all cores.
func (p *process) processor() (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest) // from the third on
	const user, system, tick = 14 - 3, 15 - 3, 10 * time.Millisecond
	if len(fields) <= system {
		return 0, errors.New("no times in stat")
	}
	u, err := strconv.Atoi(fields[user])
	if err != nil {
		return 0, err
	}
	s, err := strconv.Atoi(fields[system])
	return time.Duration(u+s) * tick, err
}

// bulk puts many records, then waits until b has them all.
func (u *author) bulk(ctx context.Context, a, b *process) error {
	messages, err := u.messages(putRecords, putBatch)
	if err != nil {
		return err
	}
	before, err := b.sequence(ctx)
	if err != nil {
		return err
	}
	const total = float64(putRecords)
	start := time.Now()
	if _, err := pour(ctx, a.client(), messages, 1, "admitted"); err != nil {
		return err
	}
	more("ingest-http-followed", total/time.Since(start).Seconds(), "rec/s", 0)
	if err := b.reaches(ctx, before+uint64(total)); err != nil {
		return err
	}
	more("spread-two-nodes", total/time.Since(start).Seconds(), "rec/s", 0)
	return nil
}

// settled waits until b has what a has.
func settled(ctx context.Context, a, b *process) error {
	all, err := a.sequence(ctx)
	if err != nil {
		return err
	}
	return b.reaches(ctx, all)
}

// reaches waits until the node has had so many changes.
func (p *process) reaches(ctx context.Context, sequence uint64) error {
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		now, err := p.sequence(ctx)
		if err != nil || now >= sequence {
			return err
		}
		if time.Since(start) > 3*time.Minute {
			return fmt.Errorf("%d of %d changes arrived", now, sequence)
		}
	}
}

// sequence is the node's last change, asked as its operator.
func (p *process) sequence(ctx context.Context) (uint64, error) {
	control, err := node.ReadControl(p.home)
	if err != nil {
		return 0, err
	}
	var s node.Status
	err = p.client().With(control.Token).Query(ctx, "net.metanet.admin.status", nil, &s)
	return s.Sequence, err
}
