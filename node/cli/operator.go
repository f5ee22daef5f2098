package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"metanet/identity/keyring"
	"metanet/node"
)

const wrappingUsage = "`FILE` with the passphrase that seals the keys kept for people (default: the systemd credential " +
	keyring.WrappingCredential + ", else the key in HOME/keys/wrapping.key)"

// accountFlags say which account pays.
func accountFlags(f *pflag.FlagSet, a *node.Account) {
	f.StringVar(&a.Keystore, "operator-keystore", "", "encrypted keystore `FILE` of the account that pays (default HOME/keys/operator.json, else operator.key)")
	f.StringVar(&a.PassphraseFile, "operator-passphrase-file", "", "`FILE` with the keystore's passphrase (default: the systemd credential "+keyring.OperatorCredential+")")
	f.StringVar(&a.Signer, "operator-signer", "", "`URL` of an external signer (Web3Signer or Clef) that keeps the account's key")
	f.StringVar(&a.Address, "operator-address", "", "which of the external signer's accounts, 0x…")
}

func newOperator() *cobra.Command {
	c := &cobra.Command{
		Use:   "operator",
		Short: "Protect the server's own keys",
		Long: `A node started with no settings keeps its keys in files that only its user can
read: whoever gets at the disk or a backup has them. These commands put them under
passphrases. They work while the node is stopped, and may be interrupted and
repeated. A passphrase file holds one line and is readable by its owner only; under
systemd, use LoadCredentialEncrypted= and the names ` + keyring.OperatorCredential + `
and ` + keyring.WrappingCredential + ` instead.`,
	}
	home := homeFlag(c)
	c.AddCommand(operatorEncryptKey(home), operatorRotateWrapping(home))
	return c
}

func operatorEncryptKey(home *string) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "encrypt-key",
		Short: "Turn the plain operator key into an encrypted keystore file",
		Long: `Replaces keys/operator.key by keys/operator.json, a standard keystore file
(version 3), under the passphrase. From then on the node needs the passphrase to
start: --operator-passphrase-file, or the systemd credential.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&file, "passphrase-file", "", "`FILE` with the passphrase (default: the systemd credential "+keyring.OperatorCredential+")")
	c.RunE = func(c *cobra.Command, _ []string) error {
		p, err := needPassphrase(file, keyring.OperatorCredential)
		if err != nil {
			return err
		}
		return withKeys(node.Config{Home: *home}, func(k *node.Keys) error {
			address, err := k.EncryptOperator(p)
			if err == nil {
				fmt.Fprintf(c.OutOrStdout(), "operator  %s\nkeystore  keys/operator.json; the plain key is gone from here, not from backups\n", address.Checksum())
			}
			return err
		})
	}
	return c
}

func operatorRotateWrapping(home *string) *cobra.Command {
	var cfg node.Config
	var file string
	var plain bool
	c := &cobra.Command{
		Use:   "rotate-wrapping",
		Short: "Seal the keys kept for people anew",
		Long: `Makes a new wrapping key and seals every hosted key with it, in one step that
happens whole or not at all. --new-passphrase-file puts them under a passphrase,
--plain under a new key in keys/wrapping.key.`,
		Args: cobra.NoArgs,
	}
	f := c.Flags()
	f.StringVar(&cfg.WrappingPassphraseFile, "wrapping-passphrase-file", "", wrappingUsage+", as it is now")
	f.StringVar(&file, "new-passphrase-file", "", "`FILE` with the new passphrase")
	f.BoolVar(&plain, "plain", false, "a new key in keys/wrapping.key instead")
	c.MarkFlagsMutuallyExclusive("new-passphrase-file", "plain")
	c.MarkFlagsOneRequired("new-passphrase-file", "plain")
	c.RunE = func(c *cobra.Command, _ []string) error {
		var next *keyring.Passphrase
		if !plain {
			var err error
			if next, err = keyring.ReadPassphrase(file); err != nil {
				return err
			}
		}
		cfg.Home = *home
		return withKeys(cfg, func(k *node.Keys) error {
			err := k.RotateWrapping(next)
			if err == nil {
				fmt.Fprintln(c.OutOrStdout(), "the keys kept for people are sealed anew")
			}
			return err
		})
	}
	return c
}

func needPassphrase(file, credential string) (*keyring.Passphrase, error) {
	p, err := keyring.FindPassphrase(file, credential)
	if err == nil && p == nil {
		err = fmt.Errorf("say with --passphrase-file which file holds the passphrase")
	}
	return p, err
}

// withKeys works on the keys of a home whose node is stopped.
func withKeys(cfg node.Config, f func(*node.Keys) error) (err error) {
	k, err := node.OpenKeys(cfg)
	if err != nil {
		return err
	}
	defer func() {
		if closing := k.Close(); err == nil {
			err = closing
		}
	}()
	return f(k)
}
