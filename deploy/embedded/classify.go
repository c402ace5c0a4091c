//go:build embedded

package embedded

import (
	"runtime"
	"unsafe"
)

// classReadOnly is the class of statements that leave no trace: SELECT, SHOW, DESCRIBE, EXPLAIN, EXISTS, CHECK.
const classReadOnly = 0

// analysis is the engine's report on a statement, in the layout of its C interface.
type analysis struct {
	size       uint32
	statements uint32
	flags      uint32
	class      uint32
}

// classify asks the engine's own parser what the text is, without running it. Text that is not SQL has no statements.
func (c *connection) classify(sql string) (class, statements int) {
	report := &analysis{size: uint32(unsafe.Sizeof(analysis{}))}
	var pinner runtime.Pinner
	defer pinner.Unpin()
	pinner.Pin(report)
	if c.library.classify(c.handle, pinned(&pinner, []byte(sql)), uintptr(len(sql)), nil, 0, unsafe.Pointer(report)) != 0 {
		return -1, 0
	}
	return int(report.class), int(report.statements)
}
