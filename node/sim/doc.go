// Package sim runs networks of whole nodes in one process under a fake clock
// (testing/synctest): the real door, store, catch-up and peer-to-peer stack, over a
// simulated network that loses, delays and cuts, beside peers that lie.
//
// Everything random comes from one seed: the faults and their times, lines, clocks,
// what is written. The order in which goroutines run does not. A run ends when every fault has been
// injected and has fired, every line is whole again, and every honest node holds,
// byte for byte, what a model says that was written.
//
// What is not here: the chain is a model (each node sees its events some seconds
// late), the disk is memory that outlives its node, and no HTTP is spoken.
package sim
