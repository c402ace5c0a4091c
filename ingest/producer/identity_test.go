package producer

import (
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// An id that a vendor's event has from its tag tells no more of it than the tag does, in whatever way it is written there.
func TestIDsMadeOfMaskedWords(t *testing.T) {
	cfg := DefaultPrivacy()
	cfg.KeysDir = t.TempDir()
	privacy, err := NewPrivacy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f := func(id, tag string, hashed bool) {
		t.Helper()
		var ids [2]string
		for i := range ids {
			e := schemas.Event{Company: "acme", ID: id, Tag: tag}
			if _, err := privacy.Protect(&e, time.Unix(0, 0)); err != nil {
				t.Fatal(err)
			}
			ids[i] = e.ID
		}
		if ids[0] != ids[1] || (ids[0] != id) != hashed || hashed && strings.ContainsAny(ids[0], "/+%") {
			t.Errorf("%s with tag %q becomes %q, hashed is to be %t", id, tag, ids, hashed)
		}
	}
	f("chatwoot/status/1/tagged/1795339800000/late", "late", false)
	f("chatwoot/status/1/tagged/1795339800000/298-69-3450", "298-69-3450", true)
	f("chatwoot/status/1/tagged/1795339800000/DE89+3704+0044+0532+0130+00", "DE89 3704 0044 0532 0130 00", true)
}
