package language

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxWord bounds a word, in bytes of UTF-8. What is longer is hardly a word; nobody
// finds a text by it.
const maxWord = 96

// Words is the words of a text in order, folded, as an index keeps them. Scripts that
// put no spaces between words give each letter and each pair of neighbours.
func Words(text string) []string { return words(text, true) }

// Asked is the words that somebody looks for: as Words, but of scripts without
// spaces only the pairs, where there are any, which say more.
func Asked(text string) []string { return words(text, false) }

func words(text string, index bool) (out []string) {
	var run []string // neighbours in a script without spaces
	end := func() {
		out = appendRun(out, run, index)
		run = run[:0]
	}
	state := -1
	for rest := norm.NFKC.String(text); rest != ""; {
		var word string
		word, rest, state = uniseg.FirstWordInString(rest, state)
		first, _ := utf8.DecodeRuneInString(word)
		if unspaced(first) {
			for _, r := range word {
				run = append(run, string(r))
			}
			continue
		}
		end()
		if isWord(word) {
			out = append(out, Fold(word))
		}
	}
	end()
	return out
}

func appendRun(out, run []string, index bool) []string {
	if index || len(run) == 1 {
		out = append(out, run...)
	}
	for i := 1; i < len(run); i++ {
		out = append(out, run[i-1]+run[i])
	}
	return out
}

// unspaced: scripts whose words no space ends, and that UAX #29 leaves to
// dictionaries.
func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func isWord(s string) bool {
	return len(s) <= maxWord && strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) >= 0
}

// Fold makes spellings of one word equal: compatibility forms, case, and the accents
// of Latin and Greek, without which many people write. In other scripts the marks
// are letters. NUL, which no key can hold, goes.
func Fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	s = cases.Fold().String(norm.NFKC.String(s))
	var b strings.Builder
	bare := false
	for _, r := range norm.NFD.String(s) {
		switch {
		case r == 0, bare && unicode.Is(unicode.Mn, r):
			continue
		case !unicode.Is(unicode.Mn, r):
			bare = unicode.In(r, unicode.Latin, unicode.Greek)
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// ascii says that s is made of printable ASCII, which has nothing to take away.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] < ' ' {
			return false
		}
	}
	return true
}
