package gateway

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/floorwatch/floorwatch/schemas"
)

func TestPlain(t *testing.T) {
	f := func(html, want string) {
		t.Helper()
		if got := plain(html); got != want {
			t.Errorf("%q: %q, want %q", html, got, want)
		}
	}
	f("no tags", "no tags")
	f("<p class=\"x\">Hello <b>you</b></p>", "Hello you")
	f("<p>I cancel</p><p>my order</p>", "I cancel\nmy order") // words stay words
	f("<div><div>a<br/>b<BR>c</div></div>", "a\nb\nc")
	f("<ul><li>4111 1111</li><li>1111 1111</li></ul>", "4111 1111\n1111 1111")
	f("a < b > c <3 d", "a < b > c <3 d")
	f("a <b", "a")
	f("a &lt;b&gt; &amp; john&#64;example.com", "a <b> & john@example.com")
	f("<a href=\"mailto:x@example.com\">write</a>", "write")
	f("<!-- a comment -->text", "text")
	f("</", "")
	f("<", "<")
	f("", "")
}

// Of a text that is too long nothing is kept that might be the beginning of a number or an address.
func TestLongTexts(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var e schemas.Event
		if content(&e, text, false); e.Text != want {
			t.Errorf("%d bytes ending in %.80q, want %d ending in %.80q", len(e.Text), e.Text[max(0, len(e.Text)-60):], len(want), want[max(0, len(want)-60):])
		}
		if e.TextLength != int64(utf8.RuneCountInString(text)) {
			t.Errorf("length %d, want %d", e.TextLength, utf8.RuneCountInString(text))
		}
	}
	limit := schemas.MaxTextBytes
	f(strings.Repeat("1", limit), strings.Repeat("1", limit))
	filler := strings.Repeat("word ", 2000)[:limit-20]
	f(filler+": 4111 1111 1111 1111", strings.TrimSpace(filler))
	f(filler+"my john.doe@example.com", filler+"my")
	f(strings.Repeat("ä", limit), strings.Repeat("ä", limit/2))
	f("x"+strings.Repeat("ä", limit), "x"+strings.Repeat("ä", limit/2-1))
	f(strings.Repeat("1", limit+1), "")
}
