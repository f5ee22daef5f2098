package siwe

import (
	"strings"
	"time"
)

func formatTime(t time.Time) string { return t.Format(time.RFC3339Nano) }

// parseTime reads RFC 3339 §5.6 date-time. The shape is checked first, since
// time.Parse is lenient in it (a comma before the fraction, offsets of 24 hours);
// the ranges, months and leap years are time.Parse's.
func parseTime(s string) (time.Time, error) {
	upper := strings.ToUpper(s) // "T" and "Z" may be small (RFC 3339 §5.6, NOTE)
	if !isDateTime(upper) {
		return time.Time{}, malformed("%q is not a time of RFC 3339", clip(s))
	}
	t, err := time.Parse(time.RFC3339Nano, upper)
	if err != nil || t.IsZero() { // the zero time stands for a field left out
		return time.Time{}, malformed("%q is not a time of RFC 3339", clip(s))
	}
	return t, nil
}

func isDateTime(s string) bool {
	const shape = "0000-00-00T00:00:00" // 0: a digit
	if len(s) < len(shape) || !hasShape(s[:len(shape)], shape) {
		return false
	}
	rest := s[len(shape):]
	if fraction, ok := strings.CutPrefix(rest, "."); ok {
		rest = strings.TrimLeft(fraction, "0123456789")
		if rest == fraction {
			return false
		}
	}
	return rest == "Z" || isOffset(rest)
}

func isOffset(s string) bool {
	return (hasShape(s, "+00:00") || hasShape(s, "-00:00")) && s[1:3] <= "23" && s[4:6] <= "59"
}

func hasShape(s, shape string) bool {
	if len(s) != len(shape) {
		return false
	}
	for i := range len(s) {
		if shape[i] == '0' && !isDigit(s[i]) || shape[i] != '0' && s[i] != shape[i] {
			return false
		}
	}
	return true
}
