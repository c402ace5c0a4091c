package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/floorwatch/floorwatch/schemas"
)

// A shift at a Chatwoot desk: webhooks tell of a conversation and to whom it went, the poller who is there. Who polls is killed and comes
// back, an agent leaves and one is taken away, then the poller falls silent for good: nobody stays online, and what was held shows.
func TestPolledPresence(t *testing.T) {
	var told []schemas.Event
	synctest.Test(t, func(t *testing.T) {
		desk := newPolledDesk(t)
		time.Sleep(time.Until(deskTime(t, "09:29")))
		desk.pollUntil(t, deskTime(t, "09:35"), &told)
		time.Sleep(time.Until(deskTime(t, "09:36")))
		desk.pollUntil(t, deskTime(t, "09:40"), &told)
	})
	for _, name := range []string{"conversation_created", "message_customer", "assigned"} {
		told = append(told, webhook(t, "chatwoot", name)...)
	}
	told = append(told, told...) // all of it came twice
	rand.New(rand.NewPCG(6, 4)).Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
	state, offset := aggregator.New(aggregator.DefaultSettings()), int64(0)
	f := func(clock, want string) {
		t.Helper()
		now := schemas.InstantOf(deskTime(t, clock))
		for i := range told {
			if e := &told[i]; e.AppendedAt == 0 && e.OccurredAt <= now {
				offset++
				e.Place(offset, now)
				if state.Apply(e).Conflict {
					t.Errorf("two bodies of %s", e.ID)
				}
			}
		}
		gauges := state.Gauges(now)
		var shown []string
		for _, presence := range schemas.Presences {
			if n := gauges[schemas.Sample(schemas.MetricAgents, "acme", presence)]; n > 0 {
				shown = append(shown, fmt.Sprintf("%s %g", presence, n))
			}
			if gauges[schemas.Sample(schemas.MetricAgentState, "acme", "7", presence)] == 1 {
				shown = append(shown, "7 is "+presence)
			}
		}
		shown = append(shown, fmt.Sprintf("7 holds %g", gauges[schemas.Sample(schemas.MetricAgentConversations, "acme", "7")]))
		if got := strings.Join(shown, ", "); got != want {
			t.Errorf("at %s:\n got %s\nwant %s", clock, got, want)
		}
	}
	f("09:30", "available 2, 7 is available, busy 1, offline 1, 7 holds 0")
	f("09:31", "available 2, 7 is available, busy 1, offline 1, 7 holds 1")
	f("09:35:50", "available 2, 7 is available, busy 1, offline 1, 7 holds 1") // the poller was killed
	f("09:37", "available 2, 7 is available, busy 1, offline 1, 7 holds 1")    // and is back
	f("09:39", "available 1, 7 is available, offline 2, 7 holds 1")
	f("09:41", "available 1, 7 is available, offline 2, 7 holds 1") // it is silent again
	f("09:42:01", "offline 3, 7 is offline, 7 holds 1")
	f("23:00", "offline 3, 7 is offline, 7 holds 1")
	checkPolledRows(t, state)
}

// checkPolledRows looks at what the tables get: presence without a gap over the death of the poller, and the directory.
func checkPolledRows(t *testing.T, state *aggregator.State) {
	t.Helper()
	rows := state.Rows()
	slices.SortFunc(rows.AgentSpans, func(a, b schemas.AgentSpanRow) int { return int(a.StartedAt - b.StartedAt) })
	var last schemas.AgentSpanRow
	for _, span := range rows.AgentSpans {
		if span.Agent != "7" || span.Deleted {
			continue
		}
		if last.StartedAt != 0 && last.EndedAt != span.StartedAt || span.Presence != schemas.PresenceAvailable {
			t.Errorf("7 was %s from %d to %d, then %s from %d", last.Presence, last.StartedAt, last.EndedAt, span.Presence, span.StartedAt)
		}
		last = span
	}
	if end := schemas.InstantOf(deskTime(t, "09:42")); last.LeaseUntil == 0 || last.LeaseUntil > end || last.LeaseUntil < end-30_000 {
		t.Errorf("the lease of 7 ends at %d, want two minutes after the last list before 09:40", last.LeaseUntil)
	}
	want := map[string]string{"agent 7": "Ada L. agent 5,6", "agent 8": "Grace H. agent 5", "agent 9": "invited agent ",
		"agent 12": "Ada L. administrator 6 removed", "team 5": "billing  ", "team 6": "support  "}
	got := map[string]string{}
	for _, row := range rows.Directory {
		got[row.Entry+" "+row.ID] = row.Name + " " + row.Role + " " + strings.Join(row.Teams, ",") + map[bool]string{true: " removed"}[row.Removed]
	}
	if !maps.Equal(got, want) {
		t.Errorf("directory\n got %q\nwant %q", got, want)
	}
}

// deskTime is a time of the day of the fixtures.
func deskTime(t *testing.T, clock string) time.Time {
	t.Helper()
	if len(clock) == len("09:30") {
		clock += ":00"
	}
	at, err := time.Parse(time.RFC3339, "2026-11-22T"+clock+"Z")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// polledDesk answers with the fixtures of Chatwoot's API.
type polledDesk struct {
	token string    // the file
	later time.Time // from when on agents are those of the later list: 8 is offline, 12 is gone
}

func newPolledDesk(t *testing.T) *polledDesk {
	t.Helper()
	desk := &polledDesk{token: filepath.Join(t.TempDir(), "token"), later: deskTime(t, "09:38")}
	if err := os.WriteFile(desk.token, []byte("the-token"), 0o600); err != nil {
		t.Fatal(err)
	}
	return desk
}

// RoundTrip answers one request.
func (d *polledDesk) RoundTrip(r *http.Request) (*http.Response, error) {
	path := strings.ReplaceAll(strings.TrimPrefix(r.URL.Path, "/api/v1/accounts/3/"), "/", "_")
	if path == "agents" && !time.Now().Before(d.later) {
		path = "agents_later"
	}
	body, err := os.ReadFile(filepath.Join("ingest", "gateway", "testdata", "chatwoot", "polled", path+".json"))
	if err != nil || r.Header.Get("api_access_token") != "the-token" {
		return nil, errors.Join(err, errors.New("no such request"))
	}
	return &http.Response{
		StatusCode: http.StatusOK, Request: r, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}

// pollUntil polls until a time, and adds what was sent as the log has it.
func (d *polledDesk) pollUntil(t *testing.T, until time.Time, told *[]schemas.Event) {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), until)
	defer cancel()
	poller, err := gateway.NewPoller("desk", gateway.AdapterNamed("chatwoot"), gateway.Source{Company: "acme"},
		gateway.PollConfig{URL: "https://chat.example.com", Account: "3", TokenFile: d.token}, gateway.PollPorts{
			Send: func(_ context.Context, events []schemas.Event) error {
				for i := range events {
					encoded, err := schemas.EncodeEvent(&events[i])
					if err != nil {
						return err
					}
					event, err := schemas.DecodeEvent(encoded)
					if err != nil {
						return err
					}
					*told = append(*told, event)
				}
				return nil
			},
			Meter: noPollMeter{}, Tell: func(problem string) { t.Error(problem) }, Now: time.Now, Transport: d,
		})
	if err != nil {
		t.Fatal(err)
	}
	if err := poller.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the poller ended with %v", err)
	}
}

type noPollMeter struct{}

func (noPollMeter) Polled(string, string)       {}
func (noPollMeter) UnknownPresence(string, int) {}
