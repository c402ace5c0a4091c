package schemas

import (
	"embed"
	"io/fs"
)

//go:embed events/*.schema.json
var eventSchemas embed.FS

// EventSchemas holds the JSON Schema of each event type as <type>.schema.json.
func EventSchemas() fs.FS {
	files, err := fs.Sub(eventSchemas, "events")
	if err != nil {
		panic("BUG: the embedded event schemas cannot be read: " + err.Error())
	}
	return files
}
