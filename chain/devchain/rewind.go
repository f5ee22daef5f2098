package devchain

import "fmt"

// Rewind makes block number the head again. What is sealed next is another
// branch: so nodes and their tests meet a reorganisation on a chain that has only
// one sealer. Transactions of the blocks that are lost go back to the pool, if no
// more than go-ethereum's 64 blocks are, and with them soon onto the new branch.
func (c *Chain) Rewind(number uint64) error {
	block := c.eth.BlockChain().GetBlockByNumber(number)
	if block == nil {
		return fmt.Errorf("devchain: rewind: there is no block %d", number)
	}
	return c.change(func() error {
		if _, err := c.eth.BlockChain().SetCanonical(block); err != nil {
			return fmt.Errorf("devchain: rewind to block %d: %w", number, err)
		}
		if err := c.eth.ChainDb().SyncKeyValue(); err != nil {
			return fmt.Errorf("devchain: sync after rewinding: %w", err)
		}
		return c.eth.TxPool().Sync() // or it would give out nonces of the lost blocks
	})
}
