package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"metanet/identity"
)

func (w *world) setMode(m Mode) {
	w.t.Helper()
	if err := w.Registration().SetMode(ctx, m); err != nil {
		w.t.Fatal(err)
	}
}

// ask is a first sign-in with what registration may ask for.
func (w *world) ask(u wallet, handle, invitation, note string) error {
	w.t.Helper()
	ch := w.challenge(u)
	_, err := w.SignIn(ctx, SignInRequest{
		Message: ch.Message, Signature: u.sign(w.t, ch.Message), Handle: handle, Invitation: invitation, Note: note,
	})
	return err
}

func want(t *testing.T, err, is error) {
	t.Helper()
	if !errors.Is(err, is) {
		t.Errorf("got %v, want %v", err, is)
	}
}

func TestModes(t *testing.T) {
	for _, name := range []string{"open", "approval", "invitation", "wallets", "closed"} {
		if m, err := ParseMode(name); err != nil || string(m) != name {
			t.Errorf("%s: %v %v", name, m, err)
		}
	}
	if _, err := ParseMode("Open"); err == nil {
		t.Error("a misspelt mode is taken")
	}
	w := newWorld(t)
	if m, err := w.Registration().Mode(ctx); err != nil || m != ModeOpen {
		t.Errorf("at first: %v %v", m, err)
	}
}

// People who have an account are let in whatever the mode is; identities that are
// known from records alone are new here.
func TestModeOfOthers(t *testing.T) {
	w, alice, bob := newWorld(t), newWallet(t), newWallet(t)
	a := w.mustSignIn(alice, "alice").Account
	for _, m := range []Mode{ModeApproval, ModeInvitation, ModeWallets, ModeClosed} {
		w.setMode(m)
		if _, err := w.signIn(alice, ""); err != nil {
			t.Errorf("%s: who has an account is turned away: %v", m, err)
		}
	}
	if _, err := w.Challenge(ctx, ChallengeRequest{Address: bob.address}); !errors.Is(err, ErrRegistrationClosed) {
		t.Errorf("closed: %v", err)
	}
	w.published[bob.did] = Binding{Name: a.Name, Handle: a.Handle, Value: a.Binding}
	if _, err := w.Challenge(ctx, ChallengeRequest{Address: bob.address}); !errors.Is(err, ErrRegistrationClosed) {
		t.Errorf("closed, to somebody with a name: %v", err)
	}
	w.setMode(ModeInvitation)
	if ch := w.challenge(alice); ch.Registration != "" {
		t.Errorf("who has an account is asked: %+v", ch)
	}
	if ch := w.challenge(bob); ch.Registration != ModeInvitation || ch.HandleRequired {
		t.Errorf("who has a name and no account: %+v", ch)
	}
	want(t, w.ask(bob, "", "", ""), ErrInvitationRequired)
}

// The door shuts between the challenge and its answer.
func TestClosedMeanwhile(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	ch := w.challenge(alice)
	w.setMode(ModeClosed)
	before := w.dump()
	_, err := w.SignIn(ctx, SignInRequest{Message: ch.Message, Signature: alice.sign(t, ch.Message), Handle: "alice"})
	want(t, err, ErrRegistrationClosed)
	if w.dump() != before {
		t.Error("something was kept of who was turned away")
	}
}

func TestListedWallets(t *testing.T) {
	w, alice, bob := newWorld(t), newWallet(t), newWallet(t)
	w.setMode(ModeWallets)
	want(t, w.ask(alice, "alice", "", ""), ErrNotListed)
	if err := w.Registration().ListWallets(ctx, []identity.Address{alice.address, bob.address}, []identity.Address{bob.address}); err != nil {
		t.Fatal(err)
	}
	if list, err := w.Registration().Wallets(ctx); err != nil || len(list) != 1 || list[0] != alice.address {
		t.Errorf("%v %v", list, err)
	}
	want(t, w.ask(alice, "alice", "", ""), nil)
	want(t, w.ask(bob, "bob", "", ""), ErrNotListed)
	// The wallet counts, not the identity: its owner may have changed.
	w.chain.owners[bob.did] = alice.address
	ch, err := w.Challenge(ctx, ChallengeRequest{Address: alice.address, DID: bob.did})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.SignIn(ctx, SignInRequest{Message: ch.Message, Signature: alice.sign(t, ch.Message), Handle: "bob"})
	want(t, err, nil)
	w.t = t
	want(t, w.Registration().admitListed(Applicant{DID: alice.did}), ErrNotListed) // a passkey has no wallet
}

func TestInvitations(t *testing.T) {
	w := newWorld(t)
	w.setMode(ModeInvitation)
	reg := w.Registration()
	codes, made, err := reg.Invite(ctx, InvitationRequest{Uses: 2, Note: "for\nfriends"})
	if err != nil || len(codes) != 1 || len(made) != 1 || made[0].Note != "for friends" || made[0].By != "operator" {
		t.Fatalf("%v %+v %v", codes, made, err)
	}
	if strings.Contains(w.dump(), codes[0]) || strings.Contains(w.dump(), plainCode(codes[0])) {
		t.Error("the code is kept in the clear")
	}
	a, b, c := newWallet(t), newWallet(t), newWallet(t)
	want(t, w.ask(a, "alice", "", ""), ErrInvitationRequired)
	want(t, w.ask(a, "alice", "abcd-efgh-jkmn-pqrs", ""), ErrInvalidInvitation)
	want(t, w.ask(a, "alice", strings.Repeat("a", 1<<16), ""), ErrInvalidInvitation)
	want(t, w.ask(a, "admin", codes[0], ""), ErrInvalidHandle) // uses nothing up
	want(t, w.MayJoin(ctx, "alice", "abcd-efgh-jkmn-pqrs"), ErrInvalidInvitation)
	want(t, w.MayJoin(ctx, "alice", codes[0]), nil) // nor does looking
	want(t, w.MayJoin(ctx, "alice", ""), nil)
	want(t, w.ask(a, "alice", " "+strings.ToUpper(strings.ReplaceAll(codes[0], "-", " ")), ""), nil)
	want(t, w.ask(a, "", "", ""), nil) // again: an account needs none
	want(t, w.ask(b, "bob", codes[0], ""), nil)
	want(t, w.ask(c, "carol", codes[0], ""), ErrInvalidInvitation) // used up

	codes, made, err = reg.Invite(ctx, InvitationRequest{By: a.did, Count: 2, Expires: w.clock.Add(time.Hour)})
	if err != nil || len(codes) != 2 || codes[0] == codes[1] {
		t.Fatal(codes, err)
	}
	want(t, reg.Withdraw(ctx, made[0].ID, b.did), ErrNotFound) // not b's
	want(t, reg.Withdraw(ctx, made[0].ID, a.did), nil)
	want(t, w.ask(c, "carol", codes[0], ""), ErrInvalidInvitation)
	w.clock = w.clock.Add(time.Hour)
	want(t, w.ask(c, "carol", codes[1], ""), ErrInvalidInvitation) // expired
	if list, err := reg.Invitations(ctx, a.did); err != nil || len(list) != 1 || len(list[0].Used) != 0 {
		t.Errorf("%+v %v", list, err)
	}
	for _, bad := range []InvitationRequest{{Count: 101}, {Uses: 1001}, {Expires: w.clock}, {Expires: w.clock.Add(400 * 24 * time.Hour)}} {
		if _, _, err := reg.Invite(ctx, bad); err == nil {
			t.Errorf("%+v is made", bad)
		}
	}
	w.clock = w.clock.Add(61 * 24 * time.Hour)
	if err := w.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if list, _ := reg.Invitations(ctx, ""); len(list) != 0 {
		t.Errorf("kept for ever: %+v", list)
	}
}

// Sixteen at once bring the one code of one use.
func TestInvitationRace(t *testing.T) {
	w := newWorld(t)
	w.setMode(ModeInvitation)
	codes, _, err := w.Registration().Invite(ctx, InvitationRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		u := newWallet(t)
		ch := w.challenge(u)
		sig := u.sign(t, ch.Message)
		wg.Go(func() {
			_, errs[i] = w.SignIn(ctx, SignInRequest{Message: ch.Message, Signature: sig, Handle: fmt.Sprintf("user%d", i), Invitation: codes[0]})
		})
	}
	wg.Wait()
	good := 0
	for _, err := range errs {
		if err == nil {
			good++
		} else if !errors.Is(err, ErrInvalidInvitation) {
			t.Error(err)
		}
	}
	if good != 1 {
		t.Errorf("one use gave %d accounts", good)
	}
}

func TestApproval(t *testing.T) {
	w, alice, bob := newWorld(t), newWallet(t), newWallet(t)
	w.setMode(ModeApproval)
	reg := w.Registration()
	want(t, w.ask(alice, "alice", "", " \n"), ErrApprovalRequired)
	want(t, w.ask(alice, "admin", "", "let me in"), ErrInvalidHandle)
	if list, _ := reg.Applications(ctx); len(list) != 0 {
		t.Errorf("listed: %+v", list)
	}
	want(t, w.ask(alice, "alice", "", "let\x1b[2Jme in"), ErrApprovalPending)
	w.clock = w.clock.Add(time.Minute)
	want(t, w.ask(bob, "bob", "", "me, too"), ErrApprovalPending)
	want(t, w.ask(alice, "alice", "", ""), ErrApprovalPending) // asks how it stands
	list, err := reg.Applications(ctx)
	if err != nil || len(list) != 2 || list[0].DID != alice.did || list[0].Note != "let [2Jme in" || list[0].Wallet != alice.address || list[0].Handle != "alice" {
		t.Fatalf("%+v %v", list, err)
	}
	_, err = reg.Decide(ctx, newWallet(t).did, true, "")
	want(t, err, ErrNotFound)
	if _, err := reg.Decide(ctx, bob.did, false, "no robots"); err != nil {
		t.Fatal(err)
	}
	err = w.ask(bob, "bob", "", "please")
	want(t, err, ErrApprovalRefused)
	if !strings.HasSuffix(err.Error(), ": no robots") {
		t.Errorf("no reason: %v", err)
	}
	if _, err := reg.Decide(ctx, alice.did, true, ""); err != nil {
		t.Fatal(err)
	}
	want(t, w.ask(alice, "alice", "", ""), nil)
	want(t, w.ask(alice, "", "", ""), nil)
	if list, _ := reg.Applications(ctx); len(list) != 1 || list[0].DID != bob.did {
		t.Errorf("what was used stays: %+v", list)
	}
	w.clock = w.clock.Add(applicationTTL + time.Second)
	want(t, w.ask(bob, "bob", "", "a month later"), ErrApprovalPending) // may apply again
	w.clock = w.clock.Add(applicationTTL + time.Second)
	if err := w.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(w.dump(), "a month later") {
		t.Error("kept for ever")
	}
}

func TestApplicationsAreBounded(t *testing.T) {
	w := newWorld(t)
	reg := w.Registration()
	b := w.batch()
	for i := range maxApplications {
		did := identity.NewDID(testChain, identity.Address{1, byte(i >> 8), byte(i)})
		b.putJSON(applicationKey(did), Application{DID: did, Made: w.clock, Decision: Waiting})
	}
	if err := b.commit(); err != nil {
		t.Fatal(err)
	}
	w.setMode(ModeApproval)
	want(t, w.ask(newWallet(t), "alice", "", "hello"), ErrApplicationsFull)
	first := identity.NewDID(testChain, identity.Address{1, 0, 0})
	if _, err := reg.Decide(ctx, first, false, ""); err != nil {
		t.Fatal(err)
	}
	want(t, w.ask(newWallet(t), "alice", "", "hello"), ErrApprovalPending)
}

func TestNotesAreOneCleanLine(t *testing.T) {
	for in, want := range map[string]string{
		"a\nb":                          "a b",
		"\u202eevil\u2066":              "evil",
		"x\x1b]0;title\x07":             "x ]0;title",
		"  two  words ":                 "two words",
		"\xff\xfe":                      "",
		strings.Repeat("é", maxNote+10): strings.Repeat("é", maxNote),
	} {
		if got := cleanNote(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestInvitationsOfMembers: a member lists and withdraws their own alone, fills no
// more than their part of the list, and who is shut out or has left brings nobody in.
func TestInvitationsOfMembers(t *testing.T) {
	w, alice, bob := newWorld(t), newWallet(t), newWallet(t)
	w.mustSignIn(alice, "alice")
	w.setMode(ModeInvitation)
	reg := w.Registration()
	codes, made, err := reg.Invite(ctx, InvitationRequest{By: alice.did, Count: maxOpenOfMember})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = reg.Invite(ctx, InvitationRequest{By: alice.did})
	want(t, err, ErrInvitations)
	if _, _, err := reg.Invite(ctx, InvitationRequest{By: bob.did}); err != nil {
		t.Errorf("another member: %v", err)
	}
	want(t, reg.Withdraw(ctx, made[0].ID, bob.did), ErrNotFound)
	want(t, reg.Withdraw(ctx, made[0].ID, alice.did), nil)
	if list, err := reg.Invitations(ctx, alice.did); err != nil || len(list) != maxOpenOfMember-1 {
		t.Errorf("%d are listed, %v", len(list), err)
	}
	want(t, w.ask(bob, "bob", codes[0], ""), ErrInvalidInvitation)
	w.cfg.Barred = func(_ context.Context, did identity.DID) error {
		if did == alice.did {
			return ErrBarred
		}
		return nil
	}
	want(t, w.ask(bob, "bob", codes[1], ""), ErrInvalidInvitation)
	w.cfg.Barred = nil
	want(t, w.ask(bob, "bob", codes[1], ""), nil)
	if _, err := w.Leave(ctx, alice.did); err != nil {
		t.Fatal(err)
	}
	want(t, w.ask(newWallet(t), "carol", codes[2], ""), ErrInvalidInvitation)
}

// TestRulings: each decision is written down before it is in force, and what cannot
// be written down isn't decided.
func TestRulings(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	var got []string
	var full error
	w.cfg.Decided = func(r Ruling) error {
		if full == nil {
			got = append(got, strings.TrimSpace(r.Action+" "+r.Subject+" "+r.Reason))
		}
		return full
	}
	reg := w.Registration()
	w.setMode(ModeApproval)
	w.setMode(ModeApproval) // nothing new
	want(t, w.ask(alice, "alice", "", "hello"), ErrApprovalPending)
	if _, err := reg.Decide(ctx, alice.did, false, "who are you?"); err != nil {
		t.Fatal(err)
	}
	full = errors.New("the disk is full")
	_, err := reg.Decide(ctx, alice.did, true, "")
	want(t, err, full)
	want(t, w.ask(alice, "alice", "", ""), ErrApprovalRefused)
	want(t, reg.SetMode(ctx, ModeOpen), full)
	if m, _ := reg.Mode(ctx); m != ModeApproval {
		t.Errorf("the mode is %s", m)
	}
	full = nil
	if _, err := reg.Decide(ctx, alice.did, true, ""); err != nil {
		t.Fatal(err)
	}
	_, made, err := reg.Invite(ctx, InvitationRequest{Note: "for the choir"})
	if err != nil {
		t.Fatal(err)
	}
	want(t, reg.Withdraw(ctx, made[0].ID, ""), nil)
	want(t, reg.ListWallets(ctx, []identity.Address{alice.address}, nil), nil)
	wanted := []string{
		"set registration approval", "refuse account " + string(alice.did) + " who are you?", "approve account " + string(alice.did),
		"invite " + made[0].ID + " for the choir", "withdraw invitation " + made[0].ID, "list wallets " + alice.address.Checksum(),
	}
	if strings.Join(got, "\n") != strings.Join(wanted, "\n") {
		t.Errorf("written down:\n%s", strings.Join(got, "\n"))
	}
}
