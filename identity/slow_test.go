package identity_test

import (
	"crypto/sha512"
	"math/big"
	"slices"
)

// A second implementation of the acceptance rule, written from RFC 8032 with
// math/big, slow and plain: nothing is shared with the fast one.

var (
	slowP  = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	slowL  = bigDecimal("7237005577332262213973186563042994240857116359379907606001950938285454250989")
	slowD  = bigDecimal("37095705934669439343138083508754565189542113879843219016388785533085940283555")
	slowBX = bigDecimal("15112221349535400772501151409588531511454012693041857206046113283949847762202")
	slowBY = bigDecimal("46316835694926478169428394003475163141307993866256225615783033603165251855960")
)

func bigDecimal(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 10)
	if !ok {
		panic(s)
	}
	return n
}

func mod(n *big.Int) *big.Int       { return n.Mod(n, slowP) }
func mul(a, b *big.Int) *big.Int    { return mod(new(big.Int).Mul(a, b)) }
func add(a, b *big.Int) *big.Int    { return mod(new(big.Int).Add(a, b)) }
func sub(a, b *big.Int) *big.Int    { return mod(new(big.Int).Sub(a, b)) }
func inverse(a *big.Int) *big.Int   { return new(big.Int).ModInverse(a, slowP) }
func little(b []byte) *big.Int      { return new(big.Int).SetBytes(reversed(b)) }
func littleBytes(n *big.Int) []byte { return reversed(n.FillBytes(make([]byte, 32))) }

func reversed(b []byte) []byte {
	r := slices.Clone(b)
	slices.Reverse(r)
	return r
}

// slowPoint is (X : Y : Z : T) of RFC 8032 §5.1.4.
type slowPoint struct{ x, y, z, t *big.Int }

func affine(x, y *big.Int) slowPoint { return slowPoint{x, y, big.NewInt(1), mul(x, y)} }

func slowIdentity() slowPoint { return affine(big.NewInt(0), big.NewInt(1)) }
func slowBase() slowPoint     { return affine(slowBX, slowBY) }

// add follows §5.1.4; the formulas are complete, so they double as well.
func (p slowPoint) add(q slowPoint) slowPoint {
	a := mul(sub(p.y, p.x), sub(q.y, q.x))
	b := mul(add(p.y, p.x), add(q.y, q.x))
	c := mul(mul(add(p.t, p.t), slowD), q.t)
	d := mul(add(p.z, p.z), q.z)
	e, f, g, h := sub(b, a), sub(d, c), add(d, c), add(b, a)
	return slowPoint{mul(e, f), mul(g, h), mul(f, g), mul(e, h)}
}

func (p slowPoint) neg() slowPoint {
	return slowPoint{sub(big.NewInt(0), p.x), p.y, p.z, sub(big.NewInt(0), p.t)}
}

func (p slowPoint) times(n *big.Int) slowPoint {
	sum := slowIdentity()
	for i := n.BitLen() - 1; i >= 0; i-- {
		sum = sum.add(sum)
		if n.Bit(i) == 1 {
			sum = sum.add(p)
		}
	}
	return sum
}

func (p slowPoint) isIdentity() bool { return p.x.Sign() == 0 && p.y.Cmp(p.z) == 0 }

// isSmall reports an order of 1, 2, 4 or 8.
func (p slowPoint) isSmall() bool { return p.times(big.NewInt(8)).isIdentity() }

// encode follows §5.1.2.
func (p slowPoint) encode() []byte {
	z := inverse(p.z)
	b := littleBytes(mul(p.y, z))
	b[31] |= byte(mul(p.x, z).Bit(0)) << 7
	return b
}

// decode follows §5.1.3, which refuses y ≥ p and the sign of x = 0.
func decode(b []byte) (slowPoint, bool) {
	y := slices.Clone(b)
	sign := uint(y[31] >> 7)
	y[31] &= 0x7f
	if little(y).Cmp(slowP) >= 0 {
		return slowPoint{}, false
	}
	return recoverX(little(y), sign)
}

func recoverX(y *big.Int, sign uint) (slowPoint, bool) {
	yy, one := mul(y, y), big.NewInt(1)
	xx := mul(sub(yy, one), inverse(add(mul(slowD, yy), one)))
	x := new(big.Int).ModSqrt(xx, slowP)
	if x == nil || x.Sign() == 0 && sign == 1 {
		return slowPoint{}, false
	}
	if x.Bit(0) != sign {
		x = sub(big.NewInt(0), x)
	}
	return affine(x, y), true
}

func challenge(r, a, msg []byte) *big.Int {
	h := sha512.Sum512(slices.Concat(r, a, msg))
	return new(big.Int).Mod(little(h[:]), slowL)
}

// slowKey is the rule for a key alone.
func slowKey(a []byte) bool {
	p, ok := decode(a)
	return ok && !p.isSmall()
}

// slowVerify is the acceptance rule, in the words of verify.go.
func slowVerify(a, msg, sig []byte) bool {
	if len(sig) != 64 || !slowKey(a) {
		return false
	}
	s := little(sig[32:])
	if s.Cmp(slowL) >= 0 {
		return false
	}
	pr, ok := decode(sig[:32])
	if !ok {
		return false
	}
	pa, _ := decode(a)
	right := pr.add(pa.times(challenge(sig[:32], a, msg)))
	return slowBase().times(s).add(right.neg()).isSmall()
}

// torsion is the point of order eight times i.
func torsion(i int) slowPoint {
	// y of a point of order 8, as published with the edge cases of ZIP-215.
	t, ok := decode(littleBytes(little([]byte{
		0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
	})))
	if !ok {
		panic("not a point")
	}
	return t.times(big.NewInt(int64(i)))
}

// oddEncodings are the encodings of points that RFC 8032 refuses: y + p where
// that fits into 255 bits, and x = 0 with a sign.
func oddEncodings() (odd [][]byte) {
	for y := int64(0); y < 19; y++ {
		for sign := range uint(2) {
			b := littleBytes(new(big.Int).Add(slowP, big.NewInt(y)))
			b[31] |= byte(sign) << 7
			odd = append(odd, b)
		}
	}
	for _, y := range []*big.Int{big.NewInt(1), new(big.Int).Sub(slowP, big.NewInt(1))} {
		b := littleBytes(y)
		b[31] |= 0x80
		odd = append(odd, b)
	}
	return odd
}
