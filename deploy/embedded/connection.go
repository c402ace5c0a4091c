//go:build embedded

package embedded

import (
	"errors"
	"runtime"
	"unsafe"
)

// connection is one session of the engine. It runs one statement at a time and has settings and a current database of
// its own; several connections run in parallel. It is not safe for concurrent use.
type connection struct {
	library *library
	cell    unsafe.Pointer // what the engine gave and takes back
	handle  unsafe.Pointer // what statements are run on: the content of cell

	marker string // by which its statements are found and killed
}

// counts says what a statement read and wrote.
type counts struct {
	resultRows, readRows, readBytes, writtenRows, writtenBytes uint64
}

func (c *counts) add(other counts) {
	c.resultRows += other.resultRows
	c.readRows += other.readRows
	c.readBytes += other.readBytes
	c.writtenRows += other.writtenRows
	c.writtenBytes += other.writtenBytes
}

// errNoConnection is what the engine says when it refuses to connect: nothing.
var errNoConnection = errors.New("the engine gave no reason")

// open opens a connection; the first one starts the engine.
func (l *library) open(arguments []string) (*connection, error) {
	var pinner runtime.Pinner
	defer pinner.Unpin()
	pointers := make([]unsafe.Pointer, 0, len(arguments)+2)
	for _, argument := range append([]string{"clickhouse"}, arguments...) {
		pointers = append(pointers, pinned(&pinner, append([]byte(argument), 0)))
	}
	pointers = append(pointers, nil)
	pinner.Pin(&pointers[0])
	cell := l.connect(int32(len(pointers)-1), unsafe.Pointer(&pointers[0]))
	if cell == nil {
		return nil, errNoConnection
	}
	return &connection{library: l, cell: cell, handle: *(*unsafe.Pointer)(cell)}, nil
}

func (c *connection) close() {
	c.library.disconnect(c.cell)
}

// pinned returns a pointer to the first byte that stays valid until the pinner lets go.
func pinned(pinner *runtime.Pinner, data []byte) unsafe.Pointer {
	if len(data) == 0 {
		data = []byte{0}
	}
	pinner.Pin(&data[0])
	return unsafe.Pointer(&data[0])
}

// call hands a statement with its parameters to one of the three C functions that take them.
func call(function func(handle, sql unsafe.Pointer, length uintptr, format unsafe.Pointer, formatLength uintptr, names, nameLengths, values, valueLengths unsafe.Pointer, count uintptr) unsafe.Pointer,
	handle unsafe.Pointer, sql, format string, parameters map[string]string) unsafe.Pointer {
	var pinner runtime.Pinner
	defer pinner.Unpin()
	var names, values []unsafe.Pointer
	var nameLengths, valueLengths []uintptr
	for name, value := range parameters {
		names = append(names, pinned(&pinner, []byte(name)))
		nameLengths = append(nameLengths, uintptr(len(name)))
		values = append(values, pinned(&pinner, []byte(value)))
		valueLengths = append(valueLengths, uintptr(len(value)))
	}
	if len(parameters) == 0 {
		return function(handle, pinned(&pinner, []byte(sql)), uintptr(len(sql)), pinned(&pinner, []byte(format)), uintptr(len(format)), nil, nil, nil, nil, 0)
	}
	return function(handle, pinned(&pinner, []byte(sql)), uintptr(len(sql)), pinned(&pinner, []byte(format)), uintptr(len(format)),
		unsafe.Pointer(&names[0]), unsafe.Pointer(&nameLengths[0]), unsafe.Pointer(&values[0]), unsafe.Pointer(&valueLengths[0]), uintptr(len(parameters)))
}

// take copies a result into Go memory and frees it.
func (c *connection) take(result unsafe.Pointer) ([]byte, counts, error) {
	if result == nil {
		return nil, counts{}, errors.New("the engine gave no result")
	}
	l := c.library
	defer l.resultDestroy(result)
	if message := l.resultError(result); message != "" {
		return nil, counts{}, parseException(message)
	}
	done := counts{
		resultRows: l.resultRows(result), readRows: l.resultReadRows(result), readBytes: l.resultReadBytes(result),
		writtenRows: l.resultWrittenRows(result), writtenBytes: l.resultWrittenBytes(result),
	}
	length := l.resultLength(result)
	if length == 0 {
		return nil, done, nil
	}
	return append([]byte(nil), unsafe.Slice((*byte)(l.resultBuffer(result)), length)...), done, nil
}

// query runs a statement and returns its whole result.
func (c *connection) query(sql, format string, parameters map[string]string) ([]byte, counts, error) {
	return c.take(call(c.library.query, c.handle, sql, format, parameters))
}

// run runs a statement for its effect alone.
func (c *connection) run(sql string) error {
	_, _, err := c.query(sql, "Null", nil)
	return err
}

// resultStream is the result of a running statement, fetched piece by piece.
type resultStream struct {
	connection *connection
	handle     unsafe.Pointer
}

// stream starts a statement whose result is fetched piece by piece. The connection is busy until the stream is closed.
func (c *connection) stream(sql, format string, parameters map[string]string) (*resultStream, error) {
	handle := call(c.library.streamQuery, c.handle, sql, format, parameters)
	if handle == nil {
		return nil, errors.New("the engine gave no result")
	}
	if message := c.library.resultError(handle); message != "" {
		c.library.resultDestroy(handle)
		return nil, parseException(message)
	}
	return &resultStream{connection: c, handle: handle}, nil
}

// fetch returns the next piece; an empty piece is the end.
func (s *resultStream) fetch() ([]byte, counts, error) {
	return s.connection.take(s.connection.library.streamFetch(s.connection.handle, s.handle))
}

// close ends the statement, finished or not. An unfinished one must have been killed before, else this waits for it.
func (s *resultStream) close() {
	s.connection.library.streamStop(s.connection.handle, s.handle)
	s.connection.library.resultDestroy(s.handle)
}

// insertStream is a running INSERT whose data is appended piece by piece.
type insertStream struct {
	connection *connection
	handle     unsafe.Pointer
}

// insert starts an INSERT; sql has neither FORMAT nor data. The connection is busy until the stream is closed.
func (c *connection) insert(sql, format string, parameters map[string]string) (*insertStream, error) {
	handle := call(c.library.insert, c.handle, sql, format, parameters)
	if handle == nil {
		return nil, errors.New("the engine gave no insert stream")
	}
	started := &insertStream{connection: c, handle: handle}
	if message := c.library.insertError(handle); message != "" {
		started.close()
		return nil, parseException(message)
	}
	return started, nil
}

// append hands over a piece of data, which may end anywhere; it waits when the engine is behind. When it reports false
// the insert has gone wrong and finish says why.
func (s *insertStream) append(piece []byte) bool {
	if len(piece) == 0 {
		return true
	}
	var pinner runtime.Pinner
	defer pinner.Unpin()
	return s.connection.library.insertAppend(s.handle, pinned(&pinner, piece), uintptr(len(piece))) == 0
}

// finish ends the data and waits until the rows are stored.
func (s *insertStream) finish() (counts, error) {
	_, done, err := s.connection.take(s.connection.library.insertDone(s.handle))
	return done, err
}

// close frees the stream. Data that was not finished is dropped, except blocks that the engine has stored already.
func (s *insertStream) close() {
	s.connection.library.insertStop(s.handle)
	s.connection.library.insertDestroy(s.handle)
}
