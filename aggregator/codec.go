package aggregator

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// State is stored in a form of its own, since there is much of it: whole numbers of variable length, times as distances, hashes of ids
// in full, strings once per row. It begins with the number of its version; a program reads the versions of all programs before it.
//
//	version · strings · body
//
// codec_conversation.go and codec_agent.go have what is in it. Version 2 brought the newest event of agents and teams, and the floor of
// devices; version 3 the statuses of work on conversations, with priority and tier.
const codecVersion = 3

// writer builds such a form. Strings are numbered in the order in which they come, and stand before what refers to them.
type writer struct {
	body    []byte
	strings []string
	numbers map[string]uint64
}

func (w *writer) byte(value byte)       { w.body = append(w.body, value) }
func (w *writer) unsigned(value uint64) { w.body = binary.AppendUvarint(w.body, value) }
func (w *writer) signed(value int64)    { w.body = binary.AppendVarint(w.body, value) }
func (w *writer) hash(value uint64)     { w.body = binary.LittleEndian.AppendUint64(w.body, value) }

// content writes the hash of a body, which has schemas.ContentBytes bytes only.
func (w *writer) content(value uint64) {
	full := binary.BigEndian.AppendUint64(nil, value)
	w.body = append(w.body, full[:schemas.ContentBytes]...)
}

// string writes the number of a string. Few different ones are in a row, so that looking through them is faster than a map, at first.
func (w *writer) string(value string) {
	at := -1
	if w.numbers == nil {
		at = slices.Index(w.strings, value)
	} else if number, ok := w.numbers[value]; ok {
		at = int(number)
	}
	if at < 0 {
		at = len(w.strings)
		w.strings = append(w.strings, value)
		w.index(value, at)
	}
	w.unsigned(uint64(at))
}

// index keeps a map of the strings once there are many.
func (w *writer) index(value string, at int) {
	const few = 16
	if w.numbers != nil {
		w.numbers[value] = uint64(at)
	} else if len(w.strings) > few {
		w.numbers = make(map[string]uint64, 4*few)
		for i, text := range w.strings {
			w.numbers[text] = uint64(i)
		}
	}
}

// bytes gives the whole form, in memory of just its size.
func (w *writer) bytes() []byte {
	head := []byte{codecVersion}
	head = binary.AppendUvarint(head, uint64(len(w.strings)))
	for _, text := range w.strings {
		head = binary.AppendUvarint(head, uint64(len(text)))
		head = append(head, text...)
	}
	out := make([]byte, 0, len(head)+len(w.body))
	return append(append(out, head...), w.body...)
}

// reader takes such a form apart. After the first mistake it gives zeros; err tells.
type reader struct {
	version byte
	rest    []byte
	strings []string
	err     error
}

var errDamaged = errors.New("it is damaged: it ends too early or points nowhere")

func newReader(form []byte) *reader {
	r := &reader{rest: form}
	if r.version = r.byte(); r.err == nil && (r.version < 1 || r.version > codecVersion) {
		r.err = fmt.Errorf("it has version %d of its form, and this program reads versions 1 to %d; was it written by a newer one?", r.version, codecVersion)
	}
	n := r.count()
	r.strings = make([]string, 0, n)
	for range n {
		length := r.count()
		if r.err != nil {
			break
		}
		r.strings = append(r.strings, string(r.rest[:length]))
		r.rest = r.rest[length:]
	}
	return r
}

func (r *reader) fail() {
	r.rest = nil
	if r.err == nil {
		r.err = errDamaged
	}
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail()
		return 0
	}
	value := r.rest[0]
	r.rest = r.rest[1:]
	return value
}

func (r *reader) unsigned() uint64 {
	value, n := binary.Uvarint(r.rest)
	return behind(r, value, n)
}

func (r *reader) signed() int64 {
	value, n := binary.Varint(r.rest)
	return behind(r, value, n)
}

// behind moves behind a number that took n bytes; none or less is a mistake.
func behind[T uint64 | int64](r *reader, value T, n int) T {
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return value
}

func (r *reader) hash() uint64 {
	if len(r.rest) < 8 {
		r.fail()
		return 0
	}
	value := binary.LittleEndian.Uint64(r.rest)
	r.rest = r.rest[8:]
	return value
}

func (r *reader) content() uint64 {
	if len(r.rest) < schemas.ContentBytes {
		r.fail()
		return 0
	}
	var full [8]byte
	copy(full[:], r.rest[:schemas.ContentBytes])
	r.rest = r.rest[schemas.ContentBytes:]
	return binary.BigEndian.Uint64(full[:])
}

// count reads how many things, or bytes, follow; each takes at least a byte.
func (r *reader) count() int {
	n := r.unsigned()
	if n > uint64(len(r.rest)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) string() string {
	n := r.unsigned()
	if n >= uint64(len(r.strings)) {
		r.fail()
		return ""
	}
	return r.strings[n]
}

// end tells whether all was read without a mistake.
func (r *reader) end() error {
	if r.err == nil && len(r.rest) > 0 {
		r.err = errors.New("it is damaged: there is something behind its end")
	}
	return r.err
}
