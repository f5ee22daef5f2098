package siwe

import (
	"net/netip"
	"strings"
)

// The part of RFC 3986's grammar that EIP-4361 uses. net/url would accept much
// that isn't a URI (no scheme, spaces, non-ASCII) and change what it prints.

// isURI matches URI = scheme ":" hier-part [ "?" query ] [ "#" fragment ] (§3).
func isURI(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !isScheme(scheme) {
		return false
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	return isHierPart(rest) && isEncoded(query, isQueryChar) && isEncoded(fragment, isQueryChar)
}

// isHierPart matches hier-part. A path without an authority cannot begin with
// "//" (§3.3), as that would be the authority.
func isHierPart(s string) bool {
	after, ok := strings.CutPrefix(s, "//")
	if !ok {
		return isEncoded(s, isPathChar)
	}
	authority, path := after, ""
	if i := strings.IndexByte(after, '/'); i >= 0 {
		authority, path = after[:i], after[i:]
	}
	_, ok = parseAuthority(authority)
	return ok && isEncoded(path, isPathChar)
}

// isScheme matches scheme (§3.1).
func isScheme(s string) bool {
	return s != "" && isAlpha(s[0]) && all(s, func(c byte) bool {
		return isAlphanumeric(c) || c == '+' || c == '-' || c == '.'
	})
}

// parseAuthority matches authority = [ userinfo "@" ] host [ ":" port ] (§3.2)
// and answers the host, which may be empty.
func parseAuthority(s string) (host string, ok bool) {
	host = s
	if i := strings.IndexByte(s, '@'); i >= 0 {
		if !isEncoded(s[:i], func(c byte) bool { return isRegName(c) || c == ':' }) {
			return "", false
		}
		host = s[i+1:]
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		if !all(host[i+1:], isDigit) {
			return "", false
		}
		host = host[:i]
	}
	if literal, ok := strings.CutPrefix(host, "["); ok {
		literal, closed := strings.CutSuffix(literal, "]")
		return host, closed && isIPLiteral(literal)
	}
	return host, isEncoded(host, isRegName) // IPv4address is a reg-name, too
}

// isIPLiteral matches what stands between the brackets of IP-literal (§3.2.2).
func isIPLiteral(s string) bool {
	if s != "" && (s[0] == 'v' || s[0] == 'V') {
		v, address, ok := strings.Cut(s[1:], ".")
		return ok && v != "" && all(v, isHex) && address != "" &&
			all(address, func(c byte) bool { return isUnreserved(c) || isSubDelim(c) || c == ':' })
	}
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && a.Zone() == ""
}

// isEncoded reports whether s is made of allowed characters and pct-encoded ones
// (§2.1).
func isEncoded(s string, allowed func(byte) bool) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			if len(s)-i < 3 || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
			i += 2
		} else if !allowed(s[i]) {
			return false
		}
	}
	return true
}

func all(s string, allowed func(byte) bool) bool {
	for i := range len(s) {
		if !allowed(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool        { return '0' <= c && c <= '9' }
func isAlpha(c byte) bool        { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isAlphanumeric(c byte) bool { return isAlpha(c) || isDigit(c) }
func isHex(c byte) bool          { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func isUnreserved(c byte) bool { return isAlphanumeric(c) || strings.IndexByte("-._~", c) >= 0 }
func isSubDelim(c byte) bool   { return strings.IndexByte("!$&'()*+,;=", c) >= 0 }
func isGenDelim(c byte) bool   { return strings.IndexByte(":/?#[]@", c) >= 0 }

func isRegName(c byte) bool   { return isUnreserved(c) || isSubDelim(c) }
func isPchar(c byte) bool     { return isRegName(c) || c == ':' || c == '@' }
func isPathChar(c byte) bool  { return isPchar(c) || c == '/' }
func isQueryChar(c byte) bool { return isPathChar(c) || c == '?' }

// isStatementChar matches reserved / unreserved / " " of EIP-4361's statement.
func isStatementChar(c byte) bool {
	return isUnreserved(c) || isGenDelim(c) || isSubDelim(c) || c == ' '
}
