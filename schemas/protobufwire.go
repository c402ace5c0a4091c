package schemas

import (
	"encoding/binary"
	"fmt"
)

// wireKind is how a value of the Protobuf wire format is laid out.
type wireKind byte

const (
	varintKind  wireKind = 0
	fixed64Kind wireKind = 1
	lengthKind  wireKind = 2 // a length and as many bytes
	groupKind   wireKind = 3 // 3 and 4: the ends of a group, which proto3 does not have
	endKind     wireKind = 4
	fixed32Kind wireKind = 5
)

func (k wireKind) String() string {
	switch k {
	case varintKind:
		return "a Protobuf varint"
	case fixed64Kind:
		return "64 bits in Protobuf"
	case lengthKind:
		return "bytes in Protobuf"
	default:
		return "32 bits in Protobuf"
	}
}

// maxFieldNumber is the largest number that Protobuf has for a field.
const maxFieldNumber = 1<<29 - 1

// protobufValue is a field as it stands in the bytes.
type protobufValue struct {
	number int
	kind   wireKind
	bits   uint64 // of a varint, or 64 bits
	bytes  []byte
}

// protobufReader goes over the fields of a message.
type protobufReader struct {
	rest []byte
	size int // of the whole message
}

// next reads a field. It reads what Protobuf libraries read but groups: whoever sends one does not send this message.
func (r *protobufReader) next() (protobufValue, error) {
	tag, err := r.varint()
	if err != nil {
		return protobufValue{}, err
	}
	v := protobufValue{number: int(tag >> 3), kind: wireKind(tag & 7)}
	if number := tag >> 3; number == 0 || number > maxFieldNumber {
		return v, r.broken("no field has such a number")
	}
	switch v.kind {
	case varintKind:
		v.bits, err = r.varint()
	case fixed64Kind:
		v.bytes, err = r.take(8)
		if err == nil {
			v.bits = binary.LittleEndian.Uint64(v.bytes)
		}
	case lengthKind:
		var length uint64
		if length, err = r.varint(); err == nil {
			v.bytes, err = r.take(length)
		}
	case fixed32Kind:
		v.bytes, err = r.take(4)
	case groupKind, endKind:
		err = r.broken("groups are not read")
	default:
		err = r.broken("there is no such wire type")
	}
	return v, err
}

func (r *protobufReader) varint() (uint64, error) {
	number, length := binary.Uvarint(r.rest)
	switch {
	case length == 0:
		return 0, r.broken("it ends within a varint")
	case length < 0:
		return 0, r.broken("a varint has more than 64 bits")
	}
	r.rest = r.rest[length:]
	return number, nil
}

func (r *protobufReader) take(length uint64) ([]byte, error) {
	if length > uint64(len(r.rest)) {
		return nil, r.broken("a field reaches beyond the end")
	}
	taken := r.rest[:length]
	r.rest = r.rest[length:]
	return taken, nil
}

func (r *protobufReader) broken(why string) error {
	return &Reject{ReasonNotProtobuf, fmt.Sprintf("not Protobuf at byte %d of %d: %s", r.size-len(r.rest), r.size, why)}
}
