package main

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/floorwatch/floorwatch/mask"
)

// maskedLines masks the string values of log lines, each a JSON object in one Write: what is masked of all companies, since nobody knows
// whose line it is. Names and numbers stay as they are, and so does a line in which there is nothing to mask, to the byte.
type maskedLines struct{ out io.Writer }

var logPolicy = (*mask.Policies)(nil).Of("")

func (m maskedLines) Write(line []byte) (int, error) {
	if _, err := m.out.Write(maskLine(line)); err != nil {
		return 0, err
	}
	return len(line), nil
}

// maskLine gives a line with its string values masked.
func maskLine(line []byte) []byte {
	var out []byte // nil while nothing was masked
	done := 0      // bytes of the line that out has
	for at := 0; at < len(line); at++ {
		if line[at] != '"' {
			continue
		}
		end := stringEnd(line, at)
		if value, changed := maskValue(line[at:end]); changed && !isName(line[end:]) {
			out = append(append(out, line[done:at]...), value...)
			done = end
		}
		at = end - 1
	}
	if out == nil {
		return line
	}
	return append(out, line[done:]...)
}

// maskValue masks a JSON string. What is no string is not shown at all: nobody could tell what it says.
func maskValue(quoted []byte) (masked []byte, changed bool) {
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return []byte(`"[unreadable]"`), true
	}
	text, counts := logPolicy.Mask(text)
	if counts == nil {
		return nil, false
	}
	masked, err := json.Marshal(text)
	if err != nil {
		panic("BUG: a string has no JSON: " + err.Error())
	}
	return masked, true
}

// stringEnd is the place behind the JSON string that begins at a place.
func stringEnd(line []byte, at int) int {
	for at++; at < len(line); at++ {
		switch line[at] {
		case '\\':
			at++
		case '"':
			return at + 1
		}
	}
	return len(line)
}

// isName tells whether what stands behind a string makes it a name.
func isName(behind []byte) bool { return bytes.HasPrefix(bytes.TrimLeft(behind, " "), []byte(":")) }
