package devchain

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"
)

// blocksPerFile is how many blocks one exported file holds. Files that are full
// never change again, so that a copy of them is made once.
const blocksPerFile = 256

// maxImport bounds what is held in memory of one exported file: as many blocks, each
// as large as the gas limit lets calldata be.
const maxImport = blocksPerFile * (gasLimit / 4)

// blocksFile names the file that holds block number.
func blocksFile(number uint64) string {
	return fmt.Sprintf("%010d.blocks", number/blocksPerFile*blocksPerFile)
}

// Hold runs f while no block is made, and tells it the head: what f takes down of
// those who follow the chain belongs to that block or an earlier one.
func (c *Chain) Hold(f func(head uint64) error) error {
	c.sealing.Lock()
	defer c.sealing.Unlock()
	if c.closed.Load() {
		return ErrClosed
	}
	return f(c.eth.BlockChain().CurrentBlock().Number.Uint64())
}

// Export writes what Restore makes this chain from into dir: the genesis, the
// faucet's key, and the blocks up to head in files of RLP. go-ethereum's own files
// cannot be copied while they are in use.
func (c *Chain) Export(ctx context.Context, dir string, head uint64) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("devchain: export: %w", err)
	}
	for _, name := range []string{genesisFile, faucetFile} {
		b, err := os.ReadFile(filepath.Join(c.config.Dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
		}
		if err != nil {
			return fmt.Errorf("devchain: export: %w", err)
		}
	}
	for first := uint64(0); first <= head; first += blocksPerFile {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.exportFile(filepath.Join(dir, blocksFile(first)), first, min(first+blocksPerFile-1, head)); err != nil {
			return fmt.Errorf("devchain: export: %w", err)
		}
	}
	return nil
}

func (c *Chain) exportFile(path string, first, last uint64) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	err = c.eth.BlockChain().ExportN(w, first, last)
	return errors.Join(err, w.Flush(), f.Close())
}

// Restore makes the chain in dir anew from what Export wrote there, executing each
// block again, and removes the files of blocks. The state roots in the blocks
// prove that nothing came out otherwise. Cut short, it can be repeated.
func Restore(ctx context.Context, dir string) (err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.blocks")) // in order
	if err != nil {
		return fmt.Errorf("devchain: restore: %w", err)
	}
	if _, err := readHome(dir); err != nil { // or Start would make another chain
		return err
	}
	c, err := Start(ctx, Config{Dir: dir, RPC: "127.0.0.1:0"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.importFile(name); err != nil {
			return fmt.Errorf("devchain: restore: %s: %w", strings.TrimPrefix(name, dir), err)
		}
	}
	for _, name := range names {
		if err := os.Remove(name); err != nil {
			return fmt.Errorf("devchain: restore: %w", err)
		}
	}
	return nil
}

func (c *Chain) importFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var blocks types.Blocks
	for s := rlp.NewStream(f, maxImport); ; {
		b := new(types.Block)
		err := s.Decode(b)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if b.NumberU64() > 0 { // the genesis is there
			blocks = append(blocks, b)
		}
	}
	return c.change(func() error {
		if _, err := c.eth.BlockChain().InsertChain(blocks); err != nil {
			return err
		}
		return c.eth.ChainDb().SyncKeyValue()
	})
}
