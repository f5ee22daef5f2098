package language

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWords(t *testing.T) {
	for _, c := range []struct{ text, words, asked string }{
		{"The quick, brown FOX!", "the quick brown fox", ""},
		{"Café CRÈME Ångström Ελλάδα", "cafe creme angstrom ελλαδα", ""},
		{"Straße ｆｕｌｌ ﬁne", "strasse full fine", ""},
		{"don't e-mail 3.14 v2.0", "don't e mail 3.14 v2.0", ""},
		{"Привет, йод и ёж", "привет йод и ёж", ""},
		{"東京都に住む", "東 京 都 に 住 む 東京 京都 都に に住 住む", "東京 京都 都に に住 住む"},
		{"猫", "猫", "猫"},
		{"abc日本def", "abc 日 本 日本 def", "abc 日本 def"},
		{"สวัสดี", "ส ว ั ส ด ี สว วั ัส สด ดี", "สว วั ัส สด ดี"},
		{"हिन्दी भाषा", "हिन्दी भाषा", ""},
		{"🙂 … --- \x00", "", ""},
		{strings.Repeat("x", maxWord+1) + " y", "y", ""},
	} {
		if got := strings.Join(Words(c.text), " "); got != c.words {
			t.Errorf("%q: %q, want %q", c.text, got, c.words)
		}
		if c.asked == "" {
			c.asked = c.words
		}
		if got := strings.Join(Asked(c.text), " "); got != c.asked {
			t.Errorf("%q asked: %q, want %q", c.text, got, c.asked)
		}
	}
}

// TestStems: forms of one word have one stem, per language.
func TestStems(t *testing.T) {
	for _, c := range [][]string{
		{"en", "running", "runs", "run"}, {"de", "haus", "hauser", "hauses"}, {"fr", "manger", "mange", "mangez"},
		{"es", "corriendo", "correr"}, {"it", "gatto", "gatti"}, {"pt", "meninos", "menino"}, {"nl", "boeken", "boek"},
		{"sv", "bilar", "bilarna"}, {"da", "hunde", "hunden"}, {"nb", "biler", "bilene"}, {"fi", "taloa", "talo"},
		{"hu", "házak", "ház"}, {"ro", "copiilor", "copii"}, {"ru", "книги", "книга"}, {"tr", "evler", "ev"},
	} {
		want, ok := Stem(c[0], Fold(c[len(c)-1]))
		if !ok {
			t.Errorf("%s has no stemmer", c[0])
		}
		for _, word := range c[1:] {
			if got, _ := Stem(c[0], Fold(word)); got != want {
				t.Errorf("%s: %s is %q, want %q", c[0], word, got, want)
			}
		}
	}
	if _, ok := Stem("tlh", "qapla"); ok {
		t.Error("a language without a stemmer has one")
	}
}

func TestCode(t *testing.T) {
	for tag, want := range map[string]string{"pt-BR": "pt", "EN": "en", "": "", "x": "", "e\x00": "", "zh-Hant-TW": "zh", "english": ""} {
		if got := Code(tag); got != want {
			t.Errorf("%q: %q", tag, got)
		}
	}
}

// FuzzWords: whatever comes, words are valid, bounded, folded and fit for keys.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"Hello, world", "東京", "a\xffb", "İstanbul ﬀ", "é\u0301\u0301", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		for _, w := range Words(text) {
			if w == "" || !utf8.ValidString(w) || strings.IndexByte(w, 0) >= 0 || len(w) > 20*maxWord {
				t.Errorf("%q of %q", w, text)
			}
			for _, code := range []string{"en", "tr", "ar", "ta", "ru"} {
				Stem(code, w)
			}
		}
	})
}
