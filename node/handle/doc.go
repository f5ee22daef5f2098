// Package handle proves whose a handle is, and keeps proving it.
//
// A handle is a host name that an identity claims in its signed record
// net.metanet.identity.at/self. It is proved when its other half agrees: the
// owner of that host name names the identity's AT name, by one of
//   - the server that gave the handle out, if the server's own domain confirms
//     that server ([Domains]);
//   - a DNS TXT record at _atproto.<handle> (atproto.com/specs/handle, "DNS TXT
//     Method");
//   - https://<handle>/.well-known/atproto-did (ibid., "HTTPS well-known Method").
//
// It owns resolving ([Resolver], [Domains]), the verdict ([Prover]), the schedule
// on which handles are asked for again, and what this node has seen of each
// handle so far ([Keeper]). It does not know how records or the chain are read,
// who is signed in, or HTTP endpoints: those come through small interfaces, and
// the index keeps the verdicts for everybody else.
//
// Whoever claims a handle chooses whom we ask. So every request goes through
// [Guard]: public addresses only, HTTPS, no redirect to another host, bounded in
// time and size.
package handle
