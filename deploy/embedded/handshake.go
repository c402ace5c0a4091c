//go:build embedded

package embedded

import "encoding/binary"

// handshakeQuery is how clickhouse-go greets a server over HTTP. It asks for Native blocks of a recent protocol revision,
// with a block header, while the engine always writes those of revision 0, without one, and has no knob for it. So the
// front answers this one question itself, in the form asked for, and says that it is of revision 0: from then on the
// client reads plain blocks.
const handshakeQuery = "SELECT displayName(), version(), revision(), timezone()"

// handshakeBlock is the answer: one Native block with a block header.
func (e *Engine) handshakeBlock() []byte {
	block := []byte{1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0} // no overflow row, bucket -1, end of block header
	block = append(block, 4, 1)                         // columns, rows
	text := func(value string) {
		block = binary.AppendUvarint(block, uint64(len(value)))
		block = append(block, value...)
	}
	column := func(name, kind string) {
		text(name)
		text(kind)
		block = append(block, 0) // no custom serialization
	}
	column("displayName()", "String")
	text(e.displayName)
	column("version()", "String")
	text(e.version)
	column("revision()", "UInt32")
	block = append(block, 0, 0, 0, 0)
	column("timezone()", "String")
	text(e.timezone)
	return block
}
