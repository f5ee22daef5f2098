package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/spf13/cobra"

	"metanet/identity"
	"metanet/node/client"
	"metanet/node/handle"
)

func newHandle() *cobra.Command {
	c := &cobra.Command{
		Use:   "handle",
		Short: "What you are called: change it, check it",
		Long: `A handle is a host name: a name under a server's domain, or any domain of your own
that says who you are, in DNS (TXT _atproto.<handle> "did=<AT name>") or at
https://<handle>/.well-known/atproto-did. Changing it changes nothing else: what
you wrote, who follows you and your keys stay.`,
	}
	c.AddCommand(handleSet(), handleCheck())
	return c
}

func handleSet() *cobra.Command {
	c := &cobra.Command{
		Use:   "set HANDLE",
		Short: "Take another handle, signed by this device's key",
		Example: `  metanet handle set alice            a name under the server's domain
  metanet handle set alice.example.com   a domain of your own, which already names you`,
		Args: cobra.ExactArgs(1),
	}
	dir := personFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		p, s, err := signedIn(*dir)
		if err != nil {
			return err
		}
		var chosen struct {
			Handle      string `json:"handle"`
			ATOperation struct {
				Path  string          `json:"path"`
				Value json.RawMessage `json:"value"`
			} `json:"atOperation"`
		}
		if err := p.client(s).Procedure(c.Context(), "net.metanet.identity.updateHandle", map[string]string{"handle": args[0]}, &chosen); err != nil {
			return fmt.Errorf("%w\n(a domain of your own has to say first: TXT _atproto.%s \"did=%s\")", err, args[0], s.ATName)
		}
		if err := p.putJSON(c.Context(), s, chosen.ATOperation.Path, chosen.ATOperation.Value, nil); err != nil {
			return err
		}
		s.Handle = chosen.Handle
		if err := p.saveSession(s); err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "handle   %s\n", chosen.Handle)
		return nil
	}
	return c
}

func handleCheck() *cobra.Command {
	var server, dns string
	c := &cobra.Command{
		Use:   "check HANDLE",
		Short: "See whom a handle names, from here and as a server has seen it",
		Long: `Ask DNS and the well-known file from this machine, believing no server. With
--server, also show what that server found, and since when.`,
		Example: "  metanet handle check alice.example.com --server http://127.0.0.1:8080",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			h, err := syntax.ParseHandle(args[0])
			if err != nil {
				return fmt.Errorf("%q is no handle: %w", args[0], err)
			}
			guard := handle.Guard{Resolver: handle.NewDNS(dns)}
			r := handle.Resolver{DNS: guard.Resolver, HTTP: guard.Client()}
			did, by, err := r.Resolve(c.Context(), h)
			out := c.OutOrStdout()
			if errors.Is(err, handle.ErrReserved) {
				fmt.Fprintf(out, "from here   %v: nobody can look up such names (.test, .local, .localhost and so on), ask a server that gives them out (--server)\n", err)
			} else if err != nil {
				fmt.Fprintf(out, "from here   %v\n", err)
			} else {
				fmt.Fprintf(out, "from here   %s, by %s\n", did, by)
			}
			if server == "" {
				return err
			}
			return showHandle(c, server, h)
		},
	}
	c.Flags().StringVar(&server, "server", "", "URL of a server whose word to show")
	c.Flags().StringVar(&dns, "dns", "", "name server to ask, HOST:PORT (default the system's)")
	return c
}

// handleInfo is net.metanet.identity.getHandle's answer.
type handleInfo struct {
	DID       identity.DID `json:"did"`
	ATName    string       `json:"atName"`
	Handle    string       `json:"handle"`
	State     string       `json:"state"`
	By        string       `json:"by"`
	Reason    string       `json:"reason"`
	CheckedAt *time.Time   `json:"checkedAt"`
	History   []struct {
		Handle string    `json:"handle"`
		State  string    `json:"state"`
		By     string    `json:"by"`
		Since  time.Time `json:"since"`
		Until  time.Time `json:"until"`
	} `json:"history"`
}

func showHandle(c *cobra.Command, server string, h syntax.Handle) error {
	cl, err := client.New(server)
	if err != nil {
		return err
	}
	var info handleInfo
	if err := cl.Query(c.Context(), "net.metanet.identity.getHandle", url.Values{"did": {string(h)}}, &info); err != nil {
		return fmt.Errorf("%s: %w", cl.Base, err)
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintf(w, "server\t%s\nidentity\t%s\nAT name\t%s\nhandle\t%s, %s", cl.Base, info.DID, info.ATName, info.Handle, info.State)
	if info.By != "" {
		fmt.Fprintf(w, " by %s", info.By)
	}
	if info.Reason != "" {
		fmt.Fprintf(w, " (%s)", info.Reason)
	}
	fmt.Fprintln(w)
	for _, e := range info.History {
		seen := e.Since.Format(time.DateTime)
		if e.Until.After(e.Since) {
			seen += " to " + e.Until.Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", seen, e.Handle, e.State)
	}
	return nil
}
