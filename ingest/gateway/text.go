package gateway

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/floorwatch/floorwatch/schemas"
)

// content notes what a message says. A message without text that has something else is a file. Of a text that is too long the
// beginning is kept, and the length of the whole.
func content(e *schemas.Event, text string, hasFiles bool) {
	e.Text, e.TextLength = beginning(text, schemas.MaxTextBytes), int64(utf8.RuneCountInString(text))
	if e.Kind == "" && strings.TrimSpace(text) == "" && hasFiles {
		e.Kind = schemas.KindFile
	}
}

// beginning is the beginning of a text in at most limit bytes. Masking comes later and knows numbers and addresses only when they are
// whole, so what might be a part of one is not kept: the word that is cut, if it is no longer than an address, and digits before it.
func beginning(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	text = text[:limit]
	if space := strings.LastIndexFunc(text, unicode.IsSpace); space > limit-longestAddress {
		text = text[:max(space, 0)]
	}
	return strings.TrimRightFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
}

const longestAddress = 320 // bytes of an e-mail address

// plain is the text of HTML: without tags, with a line for each paragraph, list item and the like, entities as what they mean.
func plain(source string) string {
	var text strings.Builder
	for {
		before, tag, found := cutTag(source)
		text.WriteString(before)
		if !found {
			break
		}
		name := strings.ToLower(strings.TrimLeft(tag, "/"))
		if end := strings.IndexFunc(name, func(r rune) bool { return !isNameLetter(r) }); end >= 0 {
			name = name[:end]
		}
		if blocks[name] {
			text.WriteByte('\n')
		}
		source = source[len(before)+len(tag)+len("<>"):]
	}
	return strings.TrimSpace(joinLines(html.UnescapeString(text.String())))
}

// blocks are the tags that begin or end a line.
var blocks = map[string]bool{"p": true, "br": true, "div": true, "li": true, "ul": true, "ol": true, "tr": true, "td": true, "th": true, "table": true,
	"blockquote": true, "pre": true, "hr": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true}

func isNameLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// cutTag finds the first tag, without its brackets. A bracket that begins none is text; a tag without an end reaches to the end.
func cutTag(source string) (before, tag string, found bool) {
	for at := 0; ; at++ {
		next := strings.IndexByte(source[at:], '<')
		if next < 0 {
			return source, "", false
		}
		at += next
		if rest := source[at+1:]; rest != "" && (rest[0] == '/' || rest[0] == '!' || isNameLetter(unicode.ToLower(rune(rest[0])))) && !unicode.IsDigit(rune(rest[0])) {
			tag, _, closed := strings.Cut(rest, ">")
			if !closed {
				return source[:at], "", false
			}
			return source[:at], tag, true
		}
	}
}

// joinLines makes one end of a line of several.
func joinLines(text string) string {
	for strings.Contains(text, "\n\n") {
		text = strings.ReplaceAll(text, "\n\n", "\n")
	}
	return text
}
