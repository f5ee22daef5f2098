// Package xrpc is the machinery under the HTTP faces: it routes /xrpc/{nsid}
// and a few fixed paths, decodes parameters and JSON bodies, checks bearer
// tokens, spends rate budgets, answers errors in one shape and counts it all.
//
// It owns no endpoint and no meaning. It knows neither records nor accounts nor
// the chain: a face registers typed handlers (Query, Procedure, Raw, Stream)
// and whoever knows tokens is asked through Authenticator.
//
// Conventions, which every face inherits:
//
//   - Errors are {"error": Code, "message": text} as in the XRPC specification
//     (atproto.com/specs/xrpc, "Error Responses"). A handler that returns
//     anything but an *Error is answered 500 with a request id and no detail.
//   - Authority comes from the Authorization header alone. No cookie is read or
//     set anywhere, so a foreign page can make a browser send a request but
//     never one that carries somebody's sign-in; that is the whole CSRF defence
//     and the reason why cross-origin reads can be open to everybody.
//   - Every response carries nosniff and a request id.
//   - Unknown JSON fields are ignored unless the route is Strict: published
//     lexicons may grow fields, ours are spelt right or refused.
//
// A Server is safe for concurrent use once its routes are registered;
// registering a route twice or with an unusable parameter type panics, as
// http.ServeMux does, since only a programmer can cause it.
package xrpc
