package record

import (
	"fmt"
	"strings"

	"github.com/rivo/uniseg"
)

// SplitText prepares a post's text: text is what fits app.bsky.feed.post, and
// full, if not empty, is the whole for FieldFullText. What does not fit in
// MaxGraphemes and MaxText is cut before the word that would go over, or inside
// it if it is very long, and ends in "…". Text over MaxFullText is ErrTooLarge.
func SplitText(whole string) (text, full string, err error) {
	if len(whole) > MaxFullText {
		return "", "", fmt.Errorf("%w: text of %d bytes", ErrTooLarge, len(whole))
	}
	if _, fits := cutAt(whole, MaxGraphemes, MaxText); fits {
		return whole, "", nil
	}
	cut, _ := cutAt(whole, MaxGraphemes-1, MaxText-len(ellipsis))
	return strings.TrimRight(whole[:wordEnd(whole, cut)], " \t\r\n") + ellipsis, whole, nil
}

const ellipsis = "…"

// cutAt returns where s must end to have at most so many grapheme clusters
// (Unicode UAX #29) and bytes, and whether that is all of it.
func cutAt(s string, graphemes, size int) (cut int, fits bool) {
	state, rest := -1, s
	for n := 0; rest != ""; n++ {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if n == graphemes || cut+len(cluster) > size {
			return cut, false
		}
		cut += len(cluster)
	}
	return cut, true
}

// wordEnd moves a cut inside a word back to before it, unless that would lose
// more than a fifth of the text.
func wordEnd(s string, cut int) int {
	if strings.ContainsRune(" \t\r\n", rune(s[cut])) {
		return cut
	}
	if space := strings.LastIndexAny(s[:cut], " \t\r\n"); space > cut*4/5 {
		return space
	}
	return cut
}
