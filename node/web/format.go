package web

import (
	"html/template"
	"strconv"
	"strings"
	"time"
)

// funcs are the words that templates have beside their data.
func funcs(a *assets) template.FuncMap {
	return template.FuncMap{
		"asset":   a.url,
		"count":   count,
		"day":     func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04") },
		"rfc3339": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"short":   shorten,
		"utc":     func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") },
	}
}

// count shows nothing for nothing, and thousands in short.
func count(n int) string {
	switch {
	case n <= 0:
		return ""
	case n < 10_000:
		return strconv.Itoa(n)
	case n < 1_000_000:
		return strconv.Itoa(n/1000) + "k"
	}
	return strconv.Itoa(n/1_000_000) + "M"
}

// shorten keeps both ends of a long name, which is where people look.
func shorten(s string) string {
	const head, tail = 10, 6
	if len(s) <= head+tail+1 || strings.ContainsFunc(s, func(r rune) bool { return r > 127 }) {
		return s
	}
	return s[:head] + "…" + s[len(s)-tail:]
}
