package schemas

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each string of an event is a free text, or is named here with why it is none, so that a new field cannot be forgotten.
func TestFreeTexts(t *testing.T) {
	none := strings.Fields(`
		Type Channel Direction AuthorKind Visibility Kind Delivery Origin Status OwnerKind Action Presence Entry Unsafe Search Priority Rating RaterKind
		ID Company Conversation Agent Team MessageID Customer Owner Device Rater Queue
		Role HiredOn Name SentimentModel Text`)
	f := func(e Event, want ...string) {
		t.Helper()
		e.Facts = &Facts{}
		named := map[string]reflect.Value{}
		for _, v := range []reflect.Value{reflect.ValueOf(&e).Elem(), reflect.ValueOf(e.Facts).Elem()} {
			for _, field := range reflect.VisibleFields(v.Type()) {
				if field.Type.Kind() == reflect.String {
					named[field.Name] = v.FieldByIndex(field.Index)
					if e.Status == "" || field.Name != "Status" {
						named[field.Name].SetString(field.Name)
					}
				}
			}
		}
		if want != nil {
			e.Status, e.Entry = StatusClosed, EntryCustomer
		}
		var got []string
		e.FreeTexts(func(text *string, limit int) {
			got = append(got, *text)
			*text = "masked"
			if limit != MaxIDBytes && limit != MaxStringBytes {
				t.Errorf("a limit of %d bytes", limit)
			}
		})
		slices.Sort(got)
		if want == nil {
			for name, value := range named {
				if slices.Contains(none, name) == slices.Contains(got, name) {
					t.Errorf("%s: decide whether it is a free text, and write it down here", name)
				}
				if slices.Contains(got, name) && value.String() != "masked" {
					t.Errorf("%s is a copy", name)
				}
			}
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	f(Event{})
	f(Event{}, "Dimension", "Flow", "Intent", "Label", "Name", "Tag", "Tier", "UnsafeCategory") // a close, and a customer's entry
	(&Event{Type: TypeMessage}).FreeTexts(func(*string, int) { t.Error("an empty text was visited") })
}
