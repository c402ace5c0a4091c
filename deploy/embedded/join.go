//go:build embedded

package embedded

import (
	"bytes"
	"strings"
)

// The engine hands a streamed result over in pieces, each of which is a whole document of its format. For formats without
// header and footer the pieces in a row are the whole; for those with a header of one or two lines the header must be
// taken off all pieces but the first; all other formats are made in memory and sent as one.

// joiner turns the next piece into what follows the pieces before it.
type joiner func(piece []byte) ([]byte, error)

// joinerFor returns nil for formats whose pieces cannot be joined.
func joinerFor(format string) joiner {
	name := strings.ToLower(format)
	if strings.HasPrefix(name, "tsv") {
		name = "tabseparated" + name[len("tsv"):]
	}
	switch name {
	case "tabseparated", "tabseparatedraw", "csv", "tskv", "native", "rowbinary", "lineasstring", "msgpack", "bsoneachrow",
		"jsoneachrow", "jsonlines", "ndjson", "jsonstringseachrow", "jsoncompacteachrow", "jsoncompactstringseachrow":
		return func(piece []byte) ([]byte, error) { return piece, nil }
	case "tabseparatedwithnames", "jsoncompacteachrowwithnames", "jsoncompactstringseachrowwithnames":
		return headed(1, 0)
	case "tabseparatedwithnamesandtypes", "jsoncompacteachrowwithnamesandtypes", "jsoncompactstringseachrowwithnamesandtypes":
		return headed(2, 0)
	case "csvwithnames":
		return headed(1, '"')
	case "csvwithnamesandtypes":
		return headed(2, '"')
	}
	return nil
}

// headed takes the header of so many lines off all pieces but the first.
func headed(lines int, quote byte) joiner {
	var header []byte
	return func(piece []byte) ([]byte, error) {
		if header == nil {
			header = append([]byte{}, piece[:headerLength(piece, lines, quote)]...)
			return piece, nil
		}
		rest, found := bytes.CutPrefix(piece, header)
		if !found {
			return nil, refuse(49, "LOGICAL_ERROR", "A piece of the result does not begin with its header")
		}
		return rest, nil
	}
}

// headerLength is the length of the first lines; within quotes a line does not end.
func headerLength(piece []byte, lines int, quote byte) int {
	quoted := false
	for i, sign := range piece {
		switch {
		case quote != 0 && sign == quote:
			quoted = !quoted
		case sign == '\n' && !quoted:
			if lines--; lines == 0 {
				return i + 1
			}
		}
	}
	return len(piece)
}
