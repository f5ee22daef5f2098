// Command metanet is a node of the MetaNet protocol: social networks that
// nobody owns. The command line lives in node/cli.
package main

import (
	"os"

	"metanet/node/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
