package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/spf13/cobra"

	"metanet/content/record"
	"metanet/identity"
	"metanet/node/client"
)

func newPost() *cobra.Command {
	var image, alt, replyTo string
	c := &cobra.Command{
		Use:   "post TEXT",
		Short: "Write a post, signed by this device's key",
		Example: `  metanet post "Hello from a terminal"
  metanet post "Look" --image cat.jpg --alt "A cat asleep on a keyboard"
  metanet post "Agreed" --reply at://did:plc:…/app.bsky.feed.post/3l…`,
		Args: cobra.ExactArgs(1),
	}
	dir := personFlags(c)
	c.Flags().StringVar(&image, "image", "", "a picture to attach")
	c.Flags().StringVar(&alt, "alt", "", "what the picture shows, for those who cannot see it")
	c.Flags().StringVar(&replyTo, "reply", "", "at:// URI of the post to answer")
	c.RunE = func(c *cobra.Command, args []string) error {
		if strings.TrimSpace(args[0]) == "" && image == "" {
			return &exitError{2, errors.New("a post needs a text or a picture")}
		}
		p, s, err := signedIn(*dir)
		if err != nil {
			return err
		}
		post := newValue("app.bsky.feed.post")
		short, full, err := record.SplitText(args[0])
		if err != nil {
			return err
		}
		post["text"] = short
		if full != "" {
			post[record.FieldFullText] = full
		}
		if image != "" {
			if post["embed"], err = p.embedImage(c.Context(), s, image, alt); err != nil {
				return err
			}
		}
		if replyTo != "" {
			if post["reply"], err = p.replyTo(c.Context(), s, replyTo); err != nil {
				return err
			}
		}
		return p.create(c, s, post)
	}
	return c
}

func newFollow() *cobra.Command {
	c := &cobra.Command{
		Use:     "follow HANDLE|DID",
		Short:   "Follow somebody, signed by this device's key",
		Example: "  metanet follow bob.example.org",
		Args:    cobra.ExactArgs(1),
	}
	dir := personFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if _, err := syntax.ParseAtIdentifier(args[0]); err != nil {
			return fmt.Errorf("%q is neither a whole handle, such as bob.example.org, nor a DID", args[0])
		}
		p, s, err := signedIn(*dir)
		if err != nil {
			return err
		}
		var profile struct {
			DID string `json:"did"`
		}
		if err := p.client(s).Query(c.Context(), "app.bsky.actor.getProfile", map[string][]string{"actor": {args[0]}}, &profile); err != nil {
			return err
		}
		follow := newValue("app.bsky.graph.follow")
		follow["subject"] = profile.DID
		return p.create(c, s, follow)
	}
	return c
}

func signedIn(dir string) (*person, session, error) {
	p, err := openPerson(dir)
	if err != nil {
		return nil, session{}, err
	}
	s, err := p.session()
	return p, s, err
}

func newValue(typ string) map[string]any {
	return map[string]any{
		"$type": typ, "createdAt": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		record.FieldSalt: map[string]any{"$bytes": base64.RawStdEncoding.EncodeToString(record.NewSalt())},
	}
}

func (p *person) client(s session) *client.Client {
	c, err := client.New(s.Server)
	if err != nil {
		panic("cli: the session names no server: " + err.Error()) // it was one when signing in
	}
	return c.With(s.Access)
}

// create puts a new record under a fresh key in the value's own collection.
func (p *person) create(c *cobra.Command, s session, value map[string]any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	path := fmt.Sprintf("%s/%s", value["$type"], syntax.NewTIDNow(0))
	return p.putJSON(c.Context(), s, path, data, c)
}

// putJSON signs a value given as AT-JSON and sends it; c, if there is one, gets
// the new record's address printed.
func (p *person) putJSON(ctx context.Context, s session, path string, value []byte, c *cobra.Command) error {
	at, err := record.ParsePath(path)
	if err != nil {
		return err
	}
	encoded, err := record.JSONToValue(value)
	if err != nil {
		return err
	}
	cl := p.client(s)
	var known struct {
		Network string `json:"network"`
	}
	if err := cl.WellKnown(ctx, &known); err != nil {
		return err
	}
	network, err := identity.ParseNetwork(known.Network)
	if err != nil {
		return fmt.Errorf("the server's network: %w", err)
	}
	b, err := record.Sign(network, s.DID, at, syntax.NewTIDNow(0), encoded, p)
	if err != nil {
		return err
	}
	var answer struct {
		Results []struct {
			URI, CID, ID, Status string
		} `json:"results"`
	}
	if err := cl.Post(ctx, "net.metanet.repo.put", "application/cbor", b.Bytes(), &answer); err != nil {
		return err
	}
	if c != nil && len(answer.Results) == 1 {
		r := answer.Results[0]
		fmt.Fprintf(c.OutOrStdout(), "%s\nvalue   %s\nrecord  %s\n", r.URI, r.CID, r.ID)
	}
	return nil
}

// embedImage uploads a picture and returns the embed that shows it.
func (p *person) embedImage(ctx context.Context, s session, file, alt string) (any, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	mime := http.DetectContentType(data)
	if !strings.HasPrefix(mime, "image/") {
		return nil, fmt.Errorf("%s is %s, not a picture", file, mime)
	}
	if alt == "" {
		return nil, errors.New("say what the picture shows with --alt, for those who cannot see it")
	}
	var uploaded struct {
		Blob json.RawMessage `json:"blob"`
	}
	cl, err := p.refreshed(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := cl.Post(ctx, "com.atproto.repo.uploadBlob", mime, bytes.Clone(data), &uploaded); err != nil {
		return nil, err
	}
	return map[string]any{
		"$type":  "app.bsky.embed.images",
		"images": []any{map[string]any{"alt": alt, "image": uploaded.Blob}},
	}, nil
}

// refreshed is the session's client with an access token that still holds,
// renewing it when it has run out.
func (p *person) refreshed(ctx context.Context, s session) (*client.Client, error) {
	cl := p.client(s)
	var tokens struct {
		AccessToken  string `json:"accessToken"`
		RefreshToken string `json:"refreshToken"`
	}
	if err := cl.With(s.Refresh).Procedure(ctx, "net.metanet.auth.refresh", nil, &tokens); err != nil {
		return nil, fmt.Errorf("the session has ended, sign in again with `metanet key enrol %s`: %w", s.Server, err)
	}
	s.Access, s.Refresh = tokens.AccessToken, tokens.RefreshToken
	return cl.With(s.Access), p.saveSession(s)
}

type strongRef struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

// replyTo makes the reply part of a post: its parent, and the root of the thread.
func (p *person) replyTo(ctx context.Context, s session, uri string) (any, error) {
	at, err := syntax.ParseATURI(uri)
	if err != nil {
		return nil, fmt.Errorf("--reply: %w", err)
	}
	var parent struct {
		strongRef
		Value struct {
			Reply *struct {
				Root strongRef `json:"root"`
			} `json:"reply"`
		} `json:"value"`
	}
	params := map[string][]string{
		"repo": {at.Authority().String()}, "collection": {at.Collection().String()}, "rkey": {at.RecordKey().String()},
	}
	if err := p.client(s).Query(ctx, "com.atproto.repo.getRecord", params, &parent); err != nil {
		return nil, err
	}
	root := parent.strongRef
	if parent.Value.Reply != nil {
		root = parent.Value.Reply.Root
	}
	return map[string]any{"root": root, "parent": parent.strongRef}, nil
}
