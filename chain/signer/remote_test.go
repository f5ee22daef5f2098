package signer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"metanet/chain/chaintest"
	"metanet/chain/signer"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// fakeSigner speaks one of the two published APIs, reading requests with Clef's own
// type, and signs, unless told to lie.
type fakeSigner struct {
	t      *testing.T
	wallet chaintest.Wallet
	clef   bool
	// lie changes what is signed.
	lie func(types.TxData)
	// answer, if set, is sent instead.
	answer string
	asked  []string
}

func (f *fakeSigner) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct {
		ID     json.RawMessage
		Method string
		Params []json.RawMessage
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		f.t.Error(err)
		return
	}
	f.asked = append(f.asked, q.Method)
	w.Header().Set("Content-Type", "application/json")
	if f.answer != "" {
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,%s}`, q.ID, f.answer)
		return
	}
	method := map[bool]string{false: "eth_signTransaction", true: "account_signTransaction"}[f.clef]
	if q.Method != method || len(q.Params) != 1 {
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"the method %s does not exist/is not available"}}`, q.ID, q.Method)
		return
	}
	var args apitypes.SendTxArgs
	if err := json.Unmarshal(q.Params[0], &args); err != nil {
		f.t.Error(err)
	}
	if args.From.Address() != f.wallet.Account() {
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":"unknown account"}}`, q.ID)
		return
	}
	tx, err := args.ToTransaction()
	if err != nil {
		f.t.Error(err)
	}
	raw, _ := f.sign(args.ChainID.ToInt(), tx).MarshalBinary()
	if f.clef {
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"raw":%q,"tx":{}}}`, q.ID, hexutil.Encode(raw))
	} else {
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%q}`, q.ID, hexutil.Encode(raw))
	}
}

func (f *fakeSigner) sign(chainID *big.Int, tx *types.Transaction) *types.Transaction {
	var data types.TxData
	if tx.Type() == types.LegacyTxType {
		data = &types.LegacyTx{Nonce: tx.Nonce(), GasPrice: tx.GasPrice(), Gas: tx.Gas(), To: tx.To(), Value: tx.Value(), Data: tx.Data()}
	} else {
		data = &types.DynamicFeeTx{ChainID: chainID, Nonce: tx.Nonce(), GasTipCap: tx.GasTipCap(), GasFeeCap: tx.GasFeeCap(), Gas: tx.Gas(), To: tx.To(), Value: tx.Value(), Data: tx.Data()}
	}
	if f.lie != nil {
		f.lie(data)
	}
	if d, ok := data.(*types.DynamicFeeTx); ok {
		chainID = d.ChainID
	}
	signed, err := types.SignNewTx(f.wallet.Key, types.LatestSignerForChainID(chainID), data)
	if err != nil {
		f.t.Error(err)
	}
	return signed
}

var (
	chainID = big.NewInt(31337)
	target  = common.HexToAddress("0x00000000000000000000000000000000000000aa")
)

func dynamic() *types.Transaction {
	return types.NewTx(&types.DynamicFeeTx{ChainID: chainID, Nonce: 7, GasTipCap: big.NewInt(2), GasFeeCap: big.NewInt(30), Gas: 50_000, To: &target, Value: big.NewInt(5), Data: []byte{1, 2, 3}})
}

func legacy() *types.Transaction {
	return types.NewTx(&types.LegacyTx{Nonce: 7, GasPrice: big.NewInt(30), Gas: 50_000, To: &target, Value: big.NewInt(5), Data: []byte{1, 2, 3}})
}

func serve(t *testing.T, f *fakeSigner) *signer.Remote {
	t.Helper()
	f.t = t
	if f.wallet.Key == nil {
		f.wallet = chaintest.NewWallet()
	}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	r, err := signer.Dial(t.Context(), server.URL, f.wallet.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestRemoteSigns(t *testing.T) {
	for name, f := range map[string]*fakeSigner{"Web3Signer": {}, "Clef": {clef: true}} {
		r := serve(t, f)
		for _, tx := range []*types.Transaction{dynamic(), legacy(), dynamic()} {
			signed, err := r.SignTransaction(t.Context(), chainID, tx)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			rule := types.LatestSignerForChainID(chainID)
			if from, err := types.Sender(rule, signed); err != nil || from != f.wallet.Account() || rule.Hash(signed) != rule.Hash(tx) {
				t.Errorf("%s: signed by %s, %v", name, from, err)
			}
		}
		if f.clef && strings.Join(f.asked, " ") != "eth_signTransaction account_signTransaction account_signTransaction account_signTransaction" {
			t.Errorf("Clef was asked %v", f.asked)
		}
	}
}

// Whatever a signer changes is found out.
func TestRemoteThatLies(t *testing.T) {
	for what, lie := range map[string]func(*types.DynamicFeeTx){
		"another recipient":            func(d *types.DynamicFeeTx) { d.To = &common.Address{9} },
		"another value":                func(d *types.DynamicFeeTx) { d.Value = big.NewInt(6) },
		"another data":                 func(d *types.DynamicFeeTx) { d.Data = []byte{1, 2, 4} },
		"another nonce":                func(d *types.DynamicFeeTx) { d.Nonce++ },
		"another gas":                  func(d *types.DynamicFeeTx) { d.Gas++ },
		"another highest fee":          func(d *types.DynamicFeeTx) { d.GasFeeCap = big.NewInt(31) },
		"another tip":                  func(d *types.DynamicFeeTx) { d.GasTipCap = big.NewInt(3) },
		"another chain or access list": func(d *types.DynamicFeeTx) { d.AccessList = types.AccessList{{Address: target}} },
		"chain id":                     func(d *types.DynamicFeeTx) { d.ChainID = big.NewInt(1) },
	} {
		r := serve(t, &fakeSigner{lie: func(d types.TxData) { lie(d.(*types.DynamicFeeTx)) }})
		signed, err := r.SignTransaction(t.Context(), chainID, dynamic())
		if !errors.Is(err, signer.ErrLied) || signed != nil || what != "chain id" && !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestRemoteThatSignsForAnother(t *testing.T) {
	f := &fakeSigner{}
	r := serve(t, f)
	other := chaintest.NewWallet()
	real := f.wallet
	f.wallet.Key = other.Key
	lied, err := signer.Dial(t.Context(), "http://127.0.0.1:1", real.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer lied.Close()
	tx, _ := types.SignTx(dynamic(), types.LatestSignerForChainID(chainID), other.Key)
	raw, _ := tx.MarshalBinary()
	f.answer = fmt.Sprintf(`"result":%q`, hexutil.Encode(raw))
	if _, err := r.SignTransaction(t.Context(), chainID, dynamic()); !errors.Is(err, signer.ErrLied) || !strings.Contains(err.Error(), "signed by "+other.Account().Hex()) {
		t.Errorf("another account: %v", err)
	}
	// A signature with high S is another encoding of a good one: nodes refuse it.
	good, _ := types.SignTx(dynamic(), types.LatestSignerForChainID(chainID), real.Key)
	v, rr, s := good.RawSignatureValues()
	s = new(big.Int).Sub(crypto.S256().Params().N, s)
	high := types.NewTx(&types.DynamicFeeTx{ChainID: chainID, Nonce: 7, GasTipCap: big.NewInt(2), GasFeeCap: big.NewInt(30), Gas: 50_000, To: &target, Value: big.NewInt(5), Data: []byte{1, 2, 3}, V: new(big.Int).Sub(big.NewInt(1), v), R: rr, S: s})
	raw, _ = high.MarshalBinary()
	f.answer = fmt.Sprintf(`"result":%q`, hexutil.Encode(raw))
	if _, err := r.SignTransaction(t.Context(), chainID, dynamic()); !errors.Is(err, signer.ErrLied) {
		t.Errorf("high S: %v", err)
	}
}

func TestRemoteThatRefuses(t *testing.T) {
	for answer, want := range map[string]error{
		`"error":{"code":-32000,"message":"request denied"}`: signer.ErrRefused,
		`"result":null`:                               signer.ErrLied,
		`"result":"0x"`:                               signer.ErrLied,
		`"result":"0x02c0"`:                           signer.ErrLied,
		`"result":{"raw":"0x1234"}`:                   signer.ErrLied,
		`"result":{"raw":7}`:                          signer.ErrLied,
		`"result":[]`:                                 signer.ErrLied,
		`"result":"not hexadecimal"`:                  signer.ErrLied,
		`"error":{"code":-32601,"message":"unknown"}`: signer.ErrRefused,
	} {
		r := serve(t, &fakeSigner{answer: answer})
		if signed, err := r.SignTransaction(t.Context(), chainID, dynamic()); !errors.Is(err, want) || signed != nil {
			t.Errorf("%s: %v", answer, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := serve(t, &fakeSigner{}).SignTransaction(ended, chainID, dynamic()); !errors.Is(err, signer.ErrRefused) || !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// The URL may hold a password; no error and no print of it may show.
func TestRemoteHidesItsURL(t *testing.T) {
	r, err := signer.Dial(t.Context(), "http://user:sesame@127.0.0.1:1/sesame?key=sesame", chaintest.NewWallet().Address())
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.SignTransaction(t.Context(), chainID, dynamic())
	if shown := fmt.Sprintf("%v %+v %#v %s", r, r, r, err); err == nil || strings.Contains(shown, "sesame") {
		t.Errorf("shown: %s", shown)
	}
	for _, bad := range []string{"ftp://127.0.0.1", "ws://127.0.0.1:1", "http://%zz"} {
		if _, err := signer.Dial(t.Context(), bad, r.Address()); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestLocalSigns(t *testing.T) {
	w := chaintest.NewWallet()
	tx, err := signer.NewLocal(w).SignTransaction(t.Context(), chainID, dynamic())
	if err != nil {
		t.Fatal(err)
	}
	if from, err := types.Sender(types.LatestSignerForChainID(chainID), tx); err != nil || from != w.Account() {
		t.Errorf("signed by %s, %v", from, err)
	}
}
