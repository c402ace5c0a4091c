package history

import (
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/ingest/gateway"
)

// Any bytes as any table, beside tables as they should be: there is an error that fits on a line, or each row is used or not.
func FuzzRead(f *testing.F) {
	for v, vendor := range Vendors() {
		files := tables(f, vendor)
		for i, table := range vendors[vendor].tables {
			for name, file := range files {
				if strings.TrimSuffix(strings.TrimSuffix(name, ".csv"), "_data") == table {
					f.Add(v, i, file.Data)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, v, i int, content []byte) {
		vendor := Vendors()[uint(v)%2]
		read := vendors[vendor].tables
		table := read[uint(i)%uint(len(read))]
		files := tables(t, vendor)
		delete(files, table+"_data.csv")
		files[table+".csv"] = folder("", string(content))[""]
		source := gateway.Source{Company: "acme", Prefix: "p-"}
		told, err := Read(t.Context(), vendor, files, source, nil)
		if err != nil {
			if text := err.Error(); len(text) > 1000 || strings.ContainsAny(text, "\n\x00") {
				t.Errorf("error %.1000q", text)
			}
			return
		}
		check(t, told, source)
		again, err := Read(t.Context(), vendor, files, source, nil)
		if err != nil || strings.Join(lines(t, told.Events), "\n") != strings.Join(lines(t, again.Events), "\n") {
			t.Errorf("the second time it is something else, %v", err)
		}
	})
}
