package identity_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"slices"
	"testing"

	"metanet/identity"
)

// signature is one case; key may be any 32 bytes, also ones that ParseKey refuses.
type signature struct {
	name          string
	key, msg, sig []byte
}

func (s signature) forced() identity.Key { return identity.Key(s.key) }

// rawKey skips ParseKey: Verify and Batch must hold the rule by themselves.
func (s signature) single() bool { return s.forced().Verify(s.msg, s.sig) }

// batched asks for the verdict in the company of good signatures.
func (s signature) batched(company int) bool {
	b := identity.NewBatch(0)
	addGood(b, company/2)
	b.Add(s.forced(), s.msg, s.sig)
	addGood(b, company-company/2)
	verdicts := b.Verify()
	verdict := verdicts[company/2]
	for i, v := range slices.Delete(verdicts, company/2, company/2+1) {
		if !v {
			panic(fmt.Sprintf("good signature %d was refused", i))
		}
	}
	return verdict
}

var goodPrivate = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))

func addGood(b *identity.Batch, n int) {
	for i := range n {
		msg := fmt.Appendf(nil, "good %d", i)
		b.Add(identity.Key(goodPrivate.Public().(ed25519.PublicKey)), msg, ed25519.Sign(goodPrivate, msg))
	}
}

// agree wants one verdict from every way of asking.
func (s signature) agree(t testing.TB, want bool) {
	t.Helper()
	if got := s.single(); got != want {
		t.Errorf("%s: Verify says %t", s.name, got)
	}
	if got := s.batched(0); got != want {
		t.Errorf("%s: Batch of one says %t", s.name, got)
	}
	if got := s.batched(3); got != want {
		t.Errorf("%s: Batch of four says %t", s.name, got)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readJSON(t testing.TB, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// "Taming the many EdDSAs", the twelve cases and our verdict on each.
func TestSpeccheck(t *testing.T) {
	var cases []struct {
		Message   string `json:"message"`
		PubKey    string `json:"pub_key"`
		Signature string `json:"signature"`
	}
	readJSON(t, "testdata/speccheck.json", &cases)
	want := []bool{
		false, // 0: A and R of small order
		false, // 1: A of small order, R mixed
		true,  // 2: A mixed, R of small order
		true,  // 3: A and R mixed
		true,  // 4: holds with the cofactor alone
		true,  // 5: holds with the cofactor alone, h reduced after multiplying by 8
		false, // 6: S > L
		false, // 7: S far above L
		false, // 8: R not canonical, hashed as reduced
		false, // 9: R not canonical, hashed as it is
		false, // 10: A not canonical and of small order, hashed as reduced
		false, // 11: A not canonical and of small order, hashed as it is
	}
	if len(cases) != len(want) {
		t.Fatalf("%d cases, want %d", len(cases), len(want))
	}
	for i, c := range cases {
		s := signature{fmt.Sprint("case ", i), unhex(t, c.PubKey), unhex(t, c.Message), unhex(t, c.Signature)}
		s.agree(t, want[i])
		if slow := slowVerify(s.key, s.msg, s.sig); slow != want[i] {
			t.Errorf("case %d: the slow implementation says %t", i, slow)
		}
	}
}

func TestWycheproof(t *testing.T) {
	var file struct {
		NumberOfTests int
		TestGroups    []struct {
			PK    string
			Tests []struct {
				TCID                      int
				Comment, Msg, Sig, Result string
			}
		}
	}
	readJSON(t, "testdata/wycheproof_eddsa.json", &file)
	ran := 0
	for _, g := range file.TestGroups {
		for _, c := range g.Tests {
			s := signature{fmt.Sprintf("%d %s", c.TCID, c.Comment), unhex(t, g.PK), unhex(t, c.Msg), unhex(t, c.Sig)}
			s.agree(t, c.Result == "valid")
			ran++
		}
	}
	if ran != file.NumberOfTests || ran == 0 {
		t.Errorf("ran %d of %d", ran, file.NumberOfTests)
	}
}

// A hostile device key of order eight with R the identity and S zero: the
// standard library accepts it on some messages, ZIP-215 on all of them.
func TestKeyOfOrderEight(t *testing.T) {
	key := torsion(1).encode()
	sig := append(torsion(0).encode(), make([]byte, 32)...)
	accepted := 0
	for i := range 256 {
		s := signature{"order eight", key, fmt.Appendf(nil, "msg%d", i), sig}
		s.agree(t, false)
		if ed25519.Verify(key, s.msg, sig) {
			accepted++
		}
	}
	if accepted == 0 || accepted == 256 {
		t.Errorf("the standard library accepts %d: the case no longer shows the danger", accepted)
	}
	if _, err := identity.ParseKey(key); err == nil {
		t.Error("ParseKey accepts the key")
	}
}

// S + L signs as well where S < L is not checked.
func TestMalleableS(t *testing.T) {
	msg := []byte("msg")
	sig := ed25519.Sign(goodPrivate, msg)
	key := goodPrivate.Public().(ed25519.PublicKey)
	signature{"as signed", key, msg, sig}.agree(t, true)
	for s := new(big.Int).Add(little(sig[32:]), slowL); s.BitLen() <= 256; s.Add(s, slowL) {
		twin := append(slices.Clone(sig[:32]), littleBytes(s)...)
		signature{"S + nL", key, msg, twin}.agree(t, false)
	}
}

// Every length but 64 is refused, without a panic.
func TestSignatureLengths(t *testing.T) {
	msg := []byte("msg")
	sig := append(ed25519.Sign(goodPrivate, msg), 0, 0)
	for n := range len(sig) + 1 {
		signature{fmt.Sprint(n, " bytes"), goodPrivate.Public().(ed25519.PublicKey), msg, sig[:n]}.agree(t, n == 64)
	}
	signature{"nil", goodPrivate.Public().(ed25519.PublicKey), msg, nil}.agree(t, false)
}

// hostile signs msg with the key [a]B + torsion(i) and the nonce point
// [r]B + torsion(j), as somebody does who wants implementations to differ.
func hostile(a, r *big.Int, i, j int, msg []byte) signature {
	key := slowBase().times(a).add(torsion(i)).encode()
	nonce := slowBase().times(r).add(torsion(j)).encode()
	return signature{fmt.Sprintf("a = %d, r = %d, torsion %d, %d", a, r, i, j), key, msg, finish(key, nonce, a, r, msg)}
}

func finish(key, nonce []byte, a, r *big.Int, msg []byte) []byte {
	s := new(big.Int).Mul(challenge(nonce, key, msg), a)
	s.Add(s, r).Mod(s, slowL)
	return append(slices.Clone(nonce), littleBytes(s)...)
}

// Each kind of key with each kind of R: of prime order, mixed, small, and every
// encoding that isn't canonical. Both implementations and the batch agree.
func TestEveryKindOfPoint(t *testing.T) {
	a, r, zero, msg := big.NewInt(1234567), big.NewInt(7654321), big.NewInt(0), []byte("msg")
	accepted := 0
	check := func(s signature, want bool) {
		t.Helper()
		s.agree(t, want)
		if slow := slowVerify(s.key, s.msg, s.sig); slow != want {
			t.Errorf("%s: the slow implementation says %t", s.name, slow)
		}
		if want {
			accepted++
		}
	}
	for i := range 8 {
		for j := range 8 {
			check(hostile(a, r, i, j, msg), true)
			check(hostile(a, zero, i, j, msg), true)
			check(hostile(zero, r, i, j, msg), false)
			check(hostile(zero, zero, i, j, msg), false)
		}
	}
	if accepted != 128 {
		t.Errorf("accepted %d", accepted)
	}
	key := slowBase().times(a).encode()
	for _, odd := range oddEncodings() {
		check(signature{fmt.Sprintf("R = %x", odd), key, msg, finish(key, odd, a, zero, msg)}, false)
		check(signature{fmt.Sprintf("A = %x", odd), odd, msg, finish(odd, key, zero, a, msg)}, false)
	}
}

// Batches of every size about the bounds at which the library changes its
// algorithm, all good, all hostile but acceptable, and with one bad one anywhere.
func TestBatchSizes(t *testing.T) {
	var mixed []signature
	for i := range 8 {
		mixed = append(mixed, hostile(big.NewInt(int64(3+i)), big.NewInt(5), i, 7-i, []byte("msg")))
	}
	for _, n := range []int{1, 2, 93, 94, 95, 96, 189, 190, 191, 300} {
		for _, room := range []int{0, n} {
			good := identity.NewBatch(room)
			for i := range n {
				s := mixed[i%len(mixed)]
				good.Add(s.forced(), s.msg, s.sig)
			}
			if v := good.Verify(); len(v) != n || slices.Contains(v, false) {
				t.Errorf("%d hostile but good: %v", n, v)
			}
			bad := identity.NewBatch(room)
			for i := range n {
				s := mixed[i%len(mixed)]
				if i == n/2 {
					s.msg = []byte("other")
				}
				bad.Add(s.forced(), s.msg, s.sig)
			}
			for i, v := range bad.Verify() {
				if v != (i != n/2) {
					t.Errorf("%d with a bad one at %d: verdict on %d is %t", n, n/2, i, v)
				}
			}
		}
	}
	if v := identity.NewBatch(4).Verify(); len(v) != 0 {
		t.Errorf("empty batch: %v", v)
	}
}

// Two bad signatures whose errors add up to nothing: without random weights the
// batch's sum would hold.
func TestBatchErrorsDoNotCancel(t *testing.T) {
	a, b := hostile(big.NewInt(3), big.NewInt(5), 0, 0, []byte("a")), hostile(big.NewInt(3), big.NewInt(5), 0, 0, []byte("b"))
	shift := func(s signature, by int64) {
		n := new(big.Int).Add(little(s.sig[32:]), big.NewInt(by))
		copy(s.sig[32:], littleBytes(n.Mod(n, slowL)))
	}
	shift(a, 1)
	shift(b, -1)
	batch := identity.NewBatch(2)
	batch.Add(a.forced(), a.msg, a.sig)
	batch.Add(b.forced(), b.msg, b.sig)
	if v := batch.Verify(); v[0] || v[1] {
		t.Errorf("accepted: %v", v)
	}
}

// The batch keeps nothing that the caller may reuse.
func TestBatchKeepsNoSlices(t *testing.T) {
	msg := []byte("msg")
	sig := ed25519.Sign(goodPrivate, msg)
	b := identity.NewBatch(1)
	b.Add(identity.Key(goodPrivate.Public().(ed25519.PublicKey)), msg, sig)
	clear(msg)
	clear(sig)
	if v := b.Verify(); !v[0] {
		t.Error("the verdict depends on slices after Add")
	}
}

// The slow implementation and the fast one agree, on signatures that are made
// to be nearly right.
func FuzzAcceptance(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint8(0), uint8(0), uint8(0), []byte("msg"), uint16(0), uint8(0))
	f.Add(uint64(3), uint64(0), uint8(5), uint8(2), uint8(1), []byte(""), uint16(40), uint8(1))
	f.Add(uint64(0), uint64(9), uint8(1), uint8(7), uint8(2), []byte("m"), uint16(97), uint8(128))
	f.Add(uint64(5), uint64(9), uint8(1), uint8(7), uint8(3), []byte("m"), uint16(31), uint8(0))
	f.Fuzz(func(t *testing.T, a, r uint64, i, j, mode uint8, msg []byte, at uint16, flip uint8) {
		s := hostile(new(big.Int).SetUint64(a), new(big.Int).SetUint64(r), int(i%8), int(j%8), msg)
		odd := oddEncodings()
		switch mode % 5 {
		case 1: // S + L
			n := new(big.Int).Add(little(s.sig[32:]), slowL)
			copy(s.sig[32:], littleBytes(n))
		case 2: // an odd R
			copy(s.sig, finish(s.key, odd[int(at)%len(odd)], new(big.Int).SetUint64(a), new(big.Int), msg))
		case 3: // an odd A
			s.key = odd[int(at)%len(odd)]
		case 4: // another S
			copy(s.sig[32:], littleBytes(new(big.Int).SetUint64(r)))
		}
		all := slices.Concat(s.key, s.sig)
		all[int(at)%len(all)] ^= flip
		s.key, s.sig = all[:32], all[32:]
		s.agree(t, slowVerify(s.key, s.msg, s.sig))
		if _, err := identity.ParseKey(s.key); (err == nil) != slowKey(s.key) {
			t.Errorf("ParseKey(%x): %v", s.key, err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	key, msg := identity.Key(goodPrivate.Public().(ed25519.PublicKey)), make([]byte, 300)
	sig := ed25519.Sign(goodPrivate, msg)
	for b.Loop() {
		key.Verify(msg, sig)
	}
}

// One iteration is one signature.
func BenchmarkBatch(b *testing.B) {
	const size = 256
	key, msg := identity.Key(goodPrivate.Public().(ed25519.PublicKey)), make([]byte, 300)
	sig := ed25519.Sign(goodPrivate, msg)
	for n := 0; n < b.N; n += size {
		batch := identity.NewBatch(size)
		for range size {
			batch.Add(key, msg, sig)
		}
		batch.Verify()
	}
}
