package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// item is one event of a body, as it stands there.
type item struct {
	value   []byte
	headers []schemas.RecordHeader // that a record of the log would have
	verdict verdict                // with where it stands
}

// read decodes an event of a company. It is JSON here: the frame of a schema registry, which a record of the log may begin with, is none.
func (i *item) read(company string) (schemas.Event, error) {
	if bytes.HasPrefix(i.value, []byte{0}) {
		return schemas.Event{}, &schemas.Reject{Reason: schemas.ReasonNotJSON, Detail: "this is no JSON object, but begins with a byte 0; send the event as JSON"}
	}
	return schemas.DecodeRecordOf(company, i.value, i.headers)
}

// Content types besides JSON's and those of CloudEvents.
var lineTypes = map[string]bool{"application/x-ndjson": true, "application/ndjson": true, "application/jsonl": true, "application/json-lines": true}

const batchedContentType = "application/cloudevents-batch+json"

// split takes a body apart into its events: one, a JSON array, JSON lines, a CloudEvent in binary or structured mode or a batch of
// them. The events themselves are not looked at. A body of none is a problem, as is one of too many.
func (l *Limits) split(header http.Header, body []byte) ([]item, *problem) {
	contentType, problem := mediaTypeOf(header)
	if problem != nil {
		return nil, problem
	}
	binary := attributeHeaders(header)
	var items []item
	switch {
	case len(binary) > 0 && contentType == "application/json":
		items = []item{{value: body, headers: binary}}
	case lineTypes[contentType]:
		items, problem = l.splitLines(body)
	case contentType == schemas.StructuredContentType:
		items = []item{{value: body, headers: structured}}
	case contentType == batchedContentType:
		items, problem = l.splitArray(body, structured)
	case contentType != "application/json":
		problem = &badContentType
	case bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")):
		items, problem = l.splitArray(body, nil)
	default:
		items = []item{{value: body}}
	}
	return items, problem
}

var structured = []schemas.RecordHeader{{Name: schemas.ContentTypeHeader, Value: []byte(schemas.StructuredContentType)}}

var badContentType = problem{status: http.StatusUnsupportedMediaType, reason: ReasonBadContentType,
	detail: "content-type: must be application/json, application/x-ndjson, " + schemas.StructuredContentType + " or " + batchedContentType + ", in UTF-8; curl sends JSON with --json in place of -d"}

// mediaTypeOf is JSON if the sender does not say otherwise.
func mediaTypeOf(header http.Header) (string, *problem) {
	values := header.Values("Content-Type")
	if len(values) == 0 {
		return "application/json", nil
	}
	contentType, parameters, err := mime.ParseMediaType(values[0])
	if charset := parameters["charset"]; err != nil || len(values) > 1 || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return "", &badContentType
	}
	return contentType, nil
}

// attributeHeaders are the attributes of a CloudEvent in binary mode, as the headers of a record have them. In HTTP they are
// percent-encoded, and the names are those of HTTP: in any case.
func attributeHeaders(header http.Header) []schemas.RecordHeader {
	var headers []schemas.RecordHeader
	for name, values := range header {
		attribute, ok := strings.CutPrefix(name, "Ce-")
		if !ok {
			continue
		}
		for _, value := range values {
			if decoded, err := url.PathUnescape(value); err == nil {
				value = decoded
			}
			headers = append(headers, schemas.RecordHeader{Name: schemas.CloudEventHeader + strings.ToLower(attribute), Value: []byte(value)})
		}
	}
	return headers
}

func (l *Limits) splitArray(body []byte, headers []schemas.RecordHeader) ([]item, *problem) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if start, err := decoder.Token(); err != nil || start != json.Delim('[') {
		return nil, badBody(schemas.ReasonNotJSON, "a batch is one JSON array")
	}
	var items []item
	for decoder.More() {
		if len(items) == l.Events {
			return nil, l.tooMany()
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, badBody(schemas.ReasonNotJSON, fmt.Sprintf("not JSON behind byte %d, in element %d of the array", decoder.InputOffset(), len(items)))
		}
		items = append(items, item{value: value, headers: headers, verdict: verdict{Pointer: "/" + strconv.Itoa(len(items))}})
	}
	_, err := decoder.Token()
	if _, more := decoder.Token(); err != nil || more != io.EOF {
		return nil, badBody(schemas.ReasonNotJSON, "the JSON array does not end, or there is something behind it")
	}
	if len(items) == 0 {
		return nil, badBody(schemas.ReasonEmpty, "the array has no events")
	}
	return items, nil
}

func (l *Limits) splitLines(body []byte) ([]item, *problem) {
	var items []item
	number := 0
	for line := range bytes.Lines(body) {
		number++
		if line = bytes.Trim(line, " \t\r\n"); len(line) == 0 {
			continue
		}
		if len(items) == l.Events {
			return nil, l.tooMany()
		}
		items = append(items, item{value: line, verdict: verdict{Line: number}})
	}
	if len(items) == 0 {
		return nil, badBody(schemas.ReasonEmpty, "the body has no lines with events")
	}
	return items, nil
}

func (l *Limits) tooMany() *problem {
	return &problem{status: http.StatusRequestEntityTooLarge, reason: ReasonTooManyEvents, detail: fmt.Sprintf("a request has at most %d events; send them in several", l.Events)}
}

func badBody(reason, detail string) *problem {
	return &problem{status: http.StatusBadRequest, reason: reason, detail: detail}
}
