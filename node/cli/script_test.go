package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"metanet/node"
)

// update rewrites the expected outputs in testdata/*.txtar.
var update = flag.Bool("update", false, "rewrite expected outputs")

// TestMain makes the test binary act as metanet when a script calls it so.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"metanet": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the command line as people do, running nodes included.
func TestScripts(t *testing.T) {
	chains := &bareChains{}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"barechain":  chains.start,
			"fund":       chains.fund,
			"capture":    capture,
			"exits":      exits,
			"eventually": eventually,
			"ready":      ready,
			"shows":      shows,
		},
	})
}

// setup gives scripts what they share: flags for a node on free ports, and real
// repositories, of which the second is a part only.
func setup(env *testscript.Env) error {
	repos, err := filepath.Abs("../../content/repo/testdata")
	if err != nil {
		return err
	}
	env.Setenv("CAR", filepath.Join(repos, "greenground.repo.car"))
	env.Setenv("SLICE", filepath.Join(repos, "repo_slice.car"))
	env.Setenv("HTTP", "127.0.0.1:0")
	env.Setenv("P2P", "/ip4/127.0.0.1/tcp/0")
	return nil
}

// exits runs a command and wants that exit status: exits 2 metanet up --nonsense.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := status(ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func status(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// capture puts what the last command said into a variable: capture VAR REGEXP,
// with one group.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture VAR REGEXP")
	}
	re, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	m := re.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) != 2 {
		ts.Fatalf("no %s in the output", args[1])
	}
	ts.Setenv(args[0], m[1])
}

// deadline is for whatever a script waits for.
const deadline = 30 * time.Second

// eventually repeats a command until it succeeds.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: eventually COMMAND ARG...")
	}
	poll(ts, func() error { return ts.Exec(args[0], args[1:]...) })
}

// ready waits until the node in HOME is ready and puts its URL into a variable:
// ready HOME VAR.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: ready HOME VAR")
	}
	poll(ts, func() error {
		control, err := node.ReadControl(ts.MkAbs(args[0]))
		if err != nil {
			return err
		}
		resp, err := http.Get(control.URL + "/readyz")
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return errors.New(resp.Status)
		}
		ts.Setenv(args[1], control.URL)
		return nil
	})
}

// shows waits until a page holds a text, or with ! until it doesn't any more:
// shows URL TEXT.
func shows(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] shows URL TEXT")
	}
	poll(ts, func() error {
		resp, err := http.Get(args[0])
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err == nil && strings.Contains(string(body), args[1]) == neg {
			err = fmt.Errorf("%s: %d, %.2000s", args[0], resp.StatusCode, body)
		}
		return err
	})
}

func poll(ts *testscript.TestScript, try func() error) {
	for until := time.Now().Add(deadline); ; time.Sleep(20 * time.Millisecond) {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(until) {
			ts.Fatalf("waited %s in vain: %v", deadline, err)
		}
	}
}
