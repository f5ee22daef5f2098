package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"metanet/chain"
	"metanet/node/client"
)

// Diagnosis is one thing that the doctor looked at.
type Diagnosis struct {
	What   string
	Health Health
	Detail string // what was seen, and for anything but Fine what to do
}

// Health grades a Diagnosis.
type Health string

const (
	Fine    Health = "fine"
	Warning Health = "warning"
	Broken  Health = "broken"
)

const (
	doctorPatience = 10 * time.Second
	// clockTolerance is half of the skew that peers allow.
	clockTolerance = 5 * time.Minute
)

// Examine looks at a home directory and what it depends on, whether or not a node
// runs in it. It changes nothing.
func Examine(ctx context.Context, dir string) []Diagnosis {
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	d := doctor{dir: dir}
	if !d.examineHome() {
		return d.found
	}
	running := d.examineProcess(ctx)
	d.examineKeys()
	state, err := (&home{dir: dir}).loadNetwork()
	if err != nil {
		d.add("network.json", Broken, "%v", err)
		return d.found
	}
	if !running {
		d.examinePorts(state)
	}
	d.examineChain(ctx, state, running)
	return d.found
}

type doctor struct {
	dir   string
	found []Diagnosis
}

func (d *doctor) add(what string, h Health, format string, args ...any) {
	d.found = append(d.found, Diagnosis{what, h, fmt.Sprintf(format, args...)})
}

func (d *doctor) examineHome() bool {
	info, err := os.Stat(d.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.add("home", Warning, "%s is not there yet; `metanet up` makes it", d.dir)
		return false
	case err != nil:
		d.add("home", Broken, "%v", err)
		return false
	case shared(info):
		d.add("home", Warning, "others on this machine can look into %s (mode %o); chmod 700 it", d.dir, info.Mode().Perm())
	default:
		d.add("home", Fine, "%s", d.dir)
	}
	return true
}

// shared reports whether other users can read a file. Windows says so by other
// means than these bits.
func shared(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0
}

// examineProcess reports whether a node runs there, and how it says it is.
func (d *doctor) examineProcess(ctx context.Context) (running bool) {
	lock := flock.New(filepath.Join(d.dir, "lock"))
	free, err := lock.TryLock()
	if err != nil {
		d.add("process", Broken, "%v", err)
		return false
	}
	if free {
		if err := lock.Unlock(); err != nil {
			d.add("process", Warning, "%v", err)
		}
		d.add("process", Fine, "no node is running here")
		return false
	}
	control, err := ReadControl(d.dir)
	if err != nil {
		d.add("process", Warning, "a node is starting or stopping: %v", err)
		return true
	}
	cl, err := client.New(control.URL)
	if err == nil {
		_, err = cl.Get(ctx, "/readyz")
	}
	if err != nil {
		d.add("process", Broken, "the node with process id %d is not ready: %v", control.PID, err)
		return true
	}
	d.add("process", Fine, "ready at %s, process id %d", control.URL, control.PID)
	d.examineSending(ctx, cl.With(control.Token))
	return true
}

// examineSending looks whether what the node has to send goes out, and for what.
func (d *doctor) examineSending(ctx context.Context, cl *client.Client) {
	var s Status
	if err := cl.Query(ctx, "net.metanet.admin.status", nil, &s); err != nil {
		d.add("sending", Warning, "%v", err)
		return
	}
	spent := fmt.Sprintf("%s spent today (UTC), budget %s", s.Chain.Spent, s.Chain.Budget)
	if s.Chain.Sending != "" {
		d.add("sending", Warning, "%d waiting: %s; %s", s.Chain.Queued, s.Chain.Sending, spent)
		return
	}
	d.add("sending", Fine, "%s", spent)
}

func (d *doctor) examineKeys() {
	entries, err := os.ReadDir(filepath.Join(d.dir, "keys"))
	if err != nil {
		d.add("keys", Warning, "%v", err)
		return
	}
	var plain []string
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && !info.IsDir() && shared(info) {
			d.add("keys", Broken, "others can read %s; chmod 600 it, and consider it known", e.Name())
			return
		}
		if e.Name() == "operator.key" || e.Name() == "wrapping.key" {
			plain = append(plain, e.Name())
		}
	}
	detail := fmt.Sprintf("%d files, readable by their owner only", len(entries))
	if len(plain) > 0 {
		detail += "; not under a passphrase: " + strings.Join(plain, ", ") + " (metanet operator --help)"
	}
	d.add("keys", Fine, "%s", detail)
}

func (d *doctor) examinePorts(s networkState) {
	for setting, addr := range map[string]string{"http": s.HTTP, "rpc": s.RPC} {
		if addr == "" || setting == "rpc" && !s.Chain.dev() {
			continue
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			d.add(setting, Broken, "%v; choose another with --%s", err, setting)
			continue
		}
		l.Close()
		d.add(setting, Fine, "%s is free", addr)
	}
}

// examineChain looks at each RPC by itself, so that a substitute that would fail is
// found before it is needed.
func (d *doctor) examineChain(ctx context.Context, s networkState, running bool) {
	rpcs := s.Chain
	if rpcs.dev() {
		if !running {
			return // it runs inside the node
		}
		rpcs = chains{"http://" + s.RPC}
	}
	good := 0
	for _, url := range rpcs {
		if d.examineRPC(ctx, url, s) {
			good++
		}
	}
	if need := max(1, s.Quorum); len(rpcs) > 1 && good < need {
		d.add("chain", Broken, "%d of %d RPCs are well, %d must agree", good, len(rpcs), need)
	}
}

func (d *doctor) examineRPC(ctx context.Context, url string, s networkState) (good bool) {
	c, err := chain.Dial(chain.DialConfig{URLs: []string{url}})
	if err != nil {
		d.add("chain", Broken, "%v", err)
		return false
	}
	defer c.Close()
	k, err := chain.Locate(ctx, c)
	switch {
	case err != nil:
		d.add("chain", Broken, "%s: %v", chain.RedactURL(url), err)
		return false
	case s.Network != "" && k.Network().String() != s.Network:
		d.add("chain", Broken, "%s serves another network than this home's", chain.RedactURL(url))
		return false
	}
	d.add("chain", Fine, "chain %d at %s, with the contracts", k.ChainID, chain.RedactURL(url))
	d.examineClock(ctx, c)
	return true
}

func (d *doctor) examineClock(ctx context.Context, c *chain.Client) {
	head, err := c.Head(ctx)
	if err != nil {
		d.add("clock", Warning, "%v", err)
		return
	}
	if ahead := time.Until(seconds(head.Time)); ahead > clockTolerance {
		d.add("clock", Broken, "the chain's newest block is %s ahead of this machine's clock; set the clock", ahead.Round(time.Second))
		return
	}
	d.add("clock", Fine, "not behind the chain's newest block")
}
