package schemas

import "strings"

// Reasons why a record cannot be used. They are the values of the label and column "reason".
const (
	ReasonTooLarge         = "too_large"          // the record is over MaxEventBytes
	ReasonNotProtobuf      = "not_protobuf"       // the bytes are announced as Protobuf and are none
	ReasonNotUTF8          = "not_utf8"           // the bytes are not valid UTF-8, or a \u escape is half of a surrogate pair
	ReasonNotJSON          = "not_json"           // the bytes are not one JSON value
	ReasonNotObject        = "not_an_object"      // the JSON value is no object
	ReasonTooDeep          = "too_deep"           // nested deeper than MaxDepth
	ReasonDuplicateName    = "duplicate_name"     // an object has a member twice
	ReasonAmbiguousName    = "ambiguous_name"     // a name differs from a known one only by case
	ReasonInvalidEnvelope  = "invalid_envelope"   // what a CloudEvent has around its data is not as CloudEvents 1.0 and this program want it
	ReasonUnknownVersion   = "unknown_version"    // schema_version is not one that this program reads
	ReasonUnknownType      = "unknown_type"       // type is none of EventTypes
	ReasonInvalidField     = "invalid_field"      // a field is missing, of the wrong type or outside its limits
	ReasonMissingKey       = "missing_key"        // the record has no Kafka key
	ReasonWrongKey         = "wrong_key"          // the record's Kafka key is not that of its body
	ReasonWrongPartition   = "wrong_partition"    // the record is not in the partition of its key
	ReasonOccurredTooEarly = "occurred_too_early" // occurred_at is before the horizon
	ReasonOccurredInFuture = "occurred_in_future" // occurred_at is after the time of appending
	ReasonEmpty            = "empty"              // the record has no value
	ReasonTimeOutOfRange   = "time_out_of_range"  // a backfilled occurred_at is before EarliestInstant
)

// Reasons in the order in which they are checked and documented.
var Reasons = []string{ReasonEmpty, ReasonTooLarge, ReasonNotProtobuf, ReasonNotUTF8, ReasonNotJSON, ReasonNotObject, ReasonTooDeep,
	ReasonDuplicateName, ReasonAmbiguousName, ReasonInvalidEnvelope, ReasonUnknownVersion, ReasonUnknownType, ReasonInvalidField, ReasonMissingKey, ReasonWrongKey, ReasonWrongPartition,
	ReasonOccurredTooEarly, ReasonOccurredInFuture, ReasonTimeOutOfRange}

// Reject tells why a record cannot be used. It is an error; its text never repeats the record's own values.
type Reject struct {
	Reason string // one of Reasons
	Detail string // what is wrong, where, and what would be right
}

func (r *Reject) Error() string { return r.Reason + ": " + r.Detail }

// Fields are the names of the fields that are wrong, in the order of the detail. Only the reasons invalid_field, unknown_version,
// unknown_type and those of occurred_at tell any.
func (r *Reject) Fields() []string {
	switch r.Reason {
	case ReasonOccurredTooEarly, ReasonOccurredInFuture, ReasonTimeOutOfRange:
		return []string{"occurred_at"}
	case ReasonInvalidField, ReasonUnknownVersion, ReasonUnknownType:
	default:
		return nil
	}
	var fields []string
	for problem := range strings.SplitSeq(r.Detail, "; ") {
		name, _, told := strings.Cut(problem, ": ")
		field, _, _ := strings.Cut(name, "[")
		if told && eventNames.exact[field] {
			fields = append(fields, name)
		}
	}
	return fields
}
