// Package town makes the records of a large social network: who exists, whom they
// follow, what they post, answer, repost and like. Record i is a function of the
// plan and i alone, so that making them can stop anywhere and go on, and two
// stores of one plan hold the same.
//
// The people's activity and popularity fall by rank as a power law, bounded at
// both ends; what is answered, liked and reposted is mostly recent, and of the
// popular. One person (Celebrity) gains a follower, a new identity each, with
// every tenth record. Before all that come the people's names and some readers
// with a stated number of follows, chosen in several ways.
//
// Values, envelopes and AT names are real and pass every check but one: the
// records' signatures are random bytes. Neither store nor index looks at them (the
// door does, before), and making ten million would take longer than all else.
// Reads and sizes are not changed by it.
package town
