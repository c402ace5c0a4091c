package schemas

import "encoding/binary"

// A schema registry's frame stands before a value: a byte 0, the id of the schema in 4 bytes, and for Protobuf the path to the message in
// its file, as a count of indexes and the indexes themselves, in zigzag varints; a count of 0 stands for the first message.

// frameBytes is the length of the frame before the path.
const frameBytes = 5

// maxPath bounds how deep a message is nested in its file.
const maxPath = 16

// isFramed tells a frame by its first byte, with which neither JSON nor a Protobuf message begins.
func isFramed(value []byte) bool { return len(value) > 0 && value[0] == 0 }

// AppendFrame appends the frame of an event in Protobuf, which is the first message of the schema with this id.
func AppendFrame(to []byte, schemaID uint32) []byte {
	return append(binary.BigEndian.AppendUint32(append(to, 0), schemaID), 0)
}

// unframe takes a frame off, if there is one. Which schema it names does not matter: the fields are judged.
func unframe(value []byte) ([]byte, error) {
	if !isFramed(value) {
		return value, nil
	}
	if len(value) < frameBytes {
		return nil, &Reject{ReasonNotProtobuf, "the value begins with a byte 0 as a schema registry's frame does, but the frame is cut off"}
	}
	message, ok := skipPath(value[frameBytes:])
	if !ok {
		return nil, &Reject{ReasonNotProtobuf, "the value begins with a byte 0 as a schema registry's frame does, but no path to a message follows; only Protobuf is read in a frame, and JSON is UTF-8"}
	}
	return message, nil
}

// skipPath gives what comes behind the path that value begins with.
func skipPath(value []byte) (rest []byte, ok bool) {
	count, length := binary.Varint(value)
	if length <= 0 || count < 0 || count > maxPath {
		return nil, false
	}
	value = value[length:]
	for range count {
		index, length := binary.Varint(value)
		if length <= 0 || index < 0 {
			return nil, false
		}
		value = value[length:]
	}
	return value, true
}
