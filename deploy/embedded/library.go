//go:build embedded

package embedded

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library is the engine's C interface: the functions of libchdb.so that this package calls. Handles are C pointers.
type library struct {
	version           func() string
	setSignalHandlers func(enabled int32)

	connect    func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	disconnect func(connection unsafe.Pointer)
	classify   func(handle, sql unsafe.Pointer, length uintptr, database unsafe.Pointer, databaseLength uintptr, analysis unsafe.Pointer) int32

	query       func(handle, sql unsafe.Pointer, length uintptr, format unsafe.Pointer, formatLength uintptr, names, nameLengths, values, valueLengths unsafe.Pointer, count uintptr) unsafe.Pointer
	streamQuery func(handle, sql unsafe.Pointer, length uintptr, format unsafe.Pointer, formatLength uintptr, names, nameLengths, values, valueLengths unsafe.Pointer, count uintptr) unsafe.Pointer
	streamFetch func(handle, stream unsafe.Pointer) unsafe.Pointer
	streamStop  func(handle, stream unsafe.Pointer)

	insert        func(handle, sql unsafe.Pointer, length uintptr, format unsafe.Pointer, formatLength uintptr, names, nameLengths, values, valueLengths unsafe.Pointer, count uintptr) unsafe.Pointer
	insertAppend  func(stream, data unsafe.Pointer, length uintptr) int32
	insertDone    func(stream unsafe.Pointer) unsafe.Pointer
	insertStop    func(stream unsafe.Pointer)
	insertError   func(stream unsafe.Pointer) string
	insertDestroy func(stream unsafe.Pointer)

	resultBuffer       func(result unsafe.Pointer) unsafe.Pointer
	resultLength       func(result unsafe.Pointer) uintptr
	resultRows         func(result unsafe.Pointer) uint64
	resultReadRows     func(result unsafe.Pointer) uint64
	resultReadBytes    func(result unsafe.Pointer) uint64
	resultWrittenRows  func(result unsafe.Pointer) uint64
	resultWrittenBytes func(result unsafe.Pointer) uint64
	resultError        func(result unsafe.Pointer) string
	resultDestroy      func(result unsafe.Pointer)
}

// symbols names the C function behind each field.
func (l *library) symbols() map[string]any {
	return map[string]any{
		"chdb_version":                     &l.version,
		"chdb_set_signal_handlers_enabled": &l.setSignalHandlers,
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.disconnect,
		"chdb_classify_query_n":            &l.classify,
		"chdb_query_with_params_n":         &l.query,
		"chdb_stream_query_with_params_n":  &l.streamQuery,
		"chdb_stream_fetch_result":         &l.streamFetch,
		"chdb_stream_cancel_query":         &l.streamStop,
		"chdb_stream_insert_with_params_n": &l.insert,
		"chdb_stream_append":               &l.insertAppend,
		"chdb_stream_done":                 &l.insertDone,
		"chdb_stream_cancel_insert":        &l.insertStop,
		"chdb_stream_insert_error":         &l.insertError,
		"chdb_destroy_insert_stream":       &l.insertDestroy,
		"chdb_result_buffer":               &l.resultBuffer,
		"chdb_result_length":               &l.resultLength,
		"chdb_result_rows_read":            &l.resultRows,
		"chdb_result_storage_rows_read":    &l.resultReadRows,
		"chdb_result_storage_bytes_read":   &l.resultReadBytes,
		"chdb_result_rows_written":         &l.resultWrittenRows,
		"chdb_result_bytes_written":        &l.resultWrittenBytes,
		"chdb_result_error":                &l.resultError,
		"chdb_destroy_query_result":        &l.resultDestroy,
	}
}

// openLibrary loads the shared library at path. The engine's own signal handlers are switched off before anything else:
// with them the first nil dereference in Go would end the process without a word.
func openLibrary(path string) (*library, error) {
	const remedy = "run `make engine`"
	if path == "" {
		return nil, fmt.Errorf("open engine library: no path is configured; %s and set embedded.library to its result", remedy)
	}
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open engine library %s: the file does not exist; %s", path, remedy)
	}
	if err != nil {
		return nil, fmt.Errorf("open engine library %s: %w; %s", path, err, remedy)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("open engine library %s: it is a directory; name the file libchdb.so in it", path)
	}
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return nil, fmt.Errorf("open engine library %s: not a library for this machine (%w); %s", path, err, remedy)
	}
	loaded := &library{}
	for name, function := range loaded.symbols() {
		address, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("open engine library %s: it has no function %s, so it is not the engine; %s", path, name, remedy)
		}
		purego.RegisterFunc(function, address)
	}
	if err := useUTC(); err != nil {
		return nil, fmt.Errorf("open engine library %s: %w", path, err)
	}
	loaded.setSignalHandlers(0)
	return loaded, nil
}

// useUTC makes UTC the engine's time zone, as it is in the container image of a ClickHouse server, whatever the machine's
// is. The engine reads it from C's environment, which os.Setenv does not always reach; Go's own zone stays as it is.
func useUTC() error {
	address, err := purego.Dlsym(purego.RTLD_DEFAULT, "setenv")
	if err != nil {
		return fmt.Errorf("find setenv: %w", err)
	}
	var setenv func(name, value string, overwrite int32) int32
	purego.RegisterFunc(&setenv, address)
	if setenv("TZ", "UTC", 1) != 0 {
		return errors.New("set the time zone to UTC: no memory")
	}
	return nil
}
