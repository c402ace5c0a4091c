package simulate

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
)

// figures are what somebody who reads nothing but the events finds out about a floor.
type figures struct {
	conversations int
	statuses      map[string]int
	closes        map[string]int
	firstResponse []schemas.Instant   // of conversations that no AI agent answered
	lengths       []int               // messages per conversation
	held          [16]schemas.Instant // agents' time with so many conversations
	over          schemas.Instant     // agents' time with more than their slots
	most          int
	handled       []schemas.Instant // from the first owner to the end
	wrapped       []schemas.Instant
	assisted      int // owned by the AI agent
	fallbacks     int
	abandoned     int // customers who left before anybody answered
	forgotten     int // open with an owner though they began long ago
	refused       int // declined, and then nobody ever took them
	from          schemas.Instant
	lies          []string // what cannot be

	talks  map[string]*talk
	agents map[string]*load
}

// talk is one conversation as its events tell it.
type talk struct {
	begun, asked, owned, wrapping schemas.Instant
	answered, assisted            bool
	open, snoozed                 bool
	owner, helper, offered        string
	refused                       bool
	messages                      int
}

// load is what an agent holds.
type load struct {
	held, slots int
	since       schemas.Instant
}

// read makes the figures of events. Conversations that began before the instant must have come to an end.
func read(events iter.Seq[schemas.Event], before schemas.Instant) *figures {
	f := &figures{statuses: map[string]int{}, closes: map[string]int{}, talks: map[string]*talk{}, agents: map[string]*load{}}
	for event := range events {
		if f.from == 0 {
			f.from = event.OccurredAt
		}
		switch {
		case event.Action == schemas.ActionCapacity:
			f.hold(event.Agent, event.OccurredAt, 0)
			f.agents[event.Agent].slots = int(*event.Facts.Slots)
		case event.Type == schemas.TypeMessage || event.Type == schemas.TypeStatus:
			t := f.talks[event.Conversation]
			if t == nil {
				t = &talk{begun: event.OccurredAt}
				f.talks[event.Conversation] = t
				f.conversations++
			}
			f.released(t, event.OccurredAt)
			if event.Type == schemas.TypeMessage {
				f.message(t, &event)
			} else {
				f.status(t, &event)
			}
			f.taken(t, event.OccurredAt)
		}
	}
	for _, t := range f.talks {
		f.lengths = append(f.lengths, t.messages)
		if t.open && t.owner != "" && t.begun < before {
			f.forgotten++
		}
		if t.refused && t.begun < before {
			f.refused++
		}
	}
	slices.Sort(f.lengths)
	slices.Sort(f.firstResponse)
	slices.Sort(f.handled)
	slices.Sort(f.wrapped)
	return f
}

// hold notes that an agent holds more or fewer conversations from an instant on.
func (f *figures) hold(agent string, at schemas.Instant, change int) {
	l := f.agents[agent]
	if l == nil {
		l = &load{since: at}
		f.agents[agent] = l
	}
	f.held[min(l.held, len(f.held)-1)] += at - l.since
	if l.held > l.slots {
		f.over += at - l.since
	}
	l.since, l.held = at, l.held+change
	f.most = max(f.most, l.held)
}

func (f *figures) released(t *talk, at schemas.Instant) { f.change(t, at, -1) }
func (f *figures) taken(t *talk, at schemas.Instant)    { f.change(t, at, 1) }

func (f *figures) change(t *talk, at schemas.Instant, by int) {
	if t.open && !t.snoozed && t.owner != "" {
		f.hold(t.owner, at, by)
	}
	if t.helper != "" {
		f.hold(t.helper, at, by)
	}
}

func (f *figures) message(t *talk, e *schemas.Event) {
	if e.Kind == schemas.KindText && e.AuthorKind != schemas.AuthorCampaign {
		t.messages++
	}
	if e.Visibility != schemas.VisibilityPublic {
		return
	}
	switch e.AuthorKind {
	case schemas.AuthorCustomer:
		t.open = true
		if t.asked == 0 && !t.answered {
			t.asked = e.OccurredAt
		}
	case schemas.AuthorAI:
		if e.Facts.Fallback {
			f.fallbacks++
		}
		t.assisted = true
	case schemas.AuthorHuman, schemas.AuthorSupervisor:
		if e.Agent != t.owner && e.Agent != t.helper {
			f.lie(t, e, "a message by somebody who does not serve the customer")
		}
		if t.asked != 0 && !t.answered && !t.assisted {
			f.firstResponse = append(f.firstResponse, e.OccurredAt-t.asked)
		}
		t.answered = true
	}
}

func (f *figures) status(t *talk, e *schemas.Event) {
	f.statuses[e.Status]++
	switch e.Status {
	case schemas.StatusOpened, schemas.StatusReopened:
		if t.open {
			f.lie(t, e, "opened twice")
		}
		t.open = true
	case schemas.StatusQueued:
		if t.owner != "" || t.helper != "" {
			f.lie(t, e, "waits though somebody has it")
		}
	case schemas.StatusOffered:
		t.offered = e.Agent
	case schemas.StatusDeclined, schemas.StatusAccepted:
		if t.refused = e.Status == schemas.StatusDeclined; t.offered != e.Agent {
			f.lie(t, e, "it was offered to somebody else")
		}
	case schemas.StatusAssigned, schemas.StatusTransferred:
		if e.Status == schemas.StatusAssigned && t.owner != "" || e.Status == schemas.StatusTransferred && (t.owner == "" || t.owner == e.Owner) {
			f.lie(t, e, "was with "+t.owner)
		}
		t.owner = ""
		if e.OwnerKind == schemas.OwnerAI {
			f.assisted++
		}
		if e.OwnerKind == schemas.OwnerHuman {
			t.owner = e.Owner
			if t.owned == 0 {
				t.owned = e.OccurredAt
			}
		}
	case schemas.StatusUnassigned:
		t.owner = ""
	case schemas.StatusSnoozed, schemas.StatusUnsnoozed:
		t.snoozed = e.Status == schemas.StatusSnoozed
	case schemas.StatusJoined:
		t.helper = e.Agent
	case schemas.StatusLeft:
		t.helper = ""
	case schemas.StatusWrapUpStarted:
		t.wrapping = e.OccurredAt
	case schemas.StatusWrapUpEnded:
		f.wrapped = append(f.wrapped, e.OccurredAt-t.wrapping)
	case schemas.StatusClosed:
		if !t.open || t.helper != "" {
			f.lie(t, e, "closed though not open, or before the supervisor left")
		}
		if e.Reason == schemas.CloseCustomerLeft && !t.answered && !t.assisted {
			f.abandoned++
		}
		t.refused = t.refused && e.Reason == schemas.CloseTimeout
		t.open, t.snoozed = false, false
		f.closes[e.Reason]++
		if t.owned != 0 {
			f.handled = append(f.handled, e.OccurredAt-t.owned)
			t.owned = 0
		}
	}
}

// lie notes an event that contradicts those before it, unless the conversation may have begun before they were read.
func (f *figures) lie(t *talk, e *schemas.Event, what string) {
	if t.begun >= f.from+longest {
		f.lies = append(f.lies, fmt.Sprintf("%v %s: %s %s %s: %s", e.OccurredAt, e.ID, e.Status, e.Agent, e.Owner, what))
	}
}

// quantile gives the nearest rank of sorted values: the smallest that at least the part q of them does not exceed.
func quantile[V any](values []V, q float64) V {
	return values[max(int(math.Ceil(q*float64(len(values)))), 1)-1]
}

func TestQuantile(t *testing.T) {
	f := func(values []int, q float64, want int) {
		t.Helper()
		if got := quantile(values, q); got != want {
			t.Errorf("%v of %v: %d, want %d", q, values, got, want)
		}
	}
	f([]int{1, 2, 3, 4}, 0.5, 2)
	f([]int{1, 2, 3, 4}, 0.75, 3)
	f([]int{1, 2, 3}, 0.5, 2)
	f([]int{1, 2, 3}, 0.9, 3)
	f([]int{1, 2, 3}, 1, 3)
	f([]int{1, 2, 3}, 0, 1)
	f([]int{7}, 0.999, 7)
}

// busy is one busy company by itself, and its figures of a working week.
func busy(t *testing.T) *figures {
	t.Helper()
	config := DefaultConfig()
	config.Companies = config.Companies[:1]
	config.Rate = 70
	week := simulation(t, config).Events(tuesday-day, tuesday+4*day)
	return read(week, tuesday+4*day-longest)
}

// Over a working week the floor has the figures that were measured on real ones: the first response of people in live chat, messages
// per conversation, and conversations held by one agent. A quarter up or down is what one week differs from another.
func TestFigures(t *testing.T) {
	f := busy(t)
	within := func(name string, got, want, tolerance float64) {
		t.Helper()
		t.Logf("%s: %.3f, measured %.3f", name, got, want)
		if got < want*(1-tolerance) || got > want*(1+tolerance) {
			t.Errorf("%s: %.3f, want %.3f ± %.0f %%", name, got, want, 100*tolerance)
		}
	}
	within("first response p50 in seconds", float64(quantile(f.firstResponse, 0.5)/second), 106, 0.25)
	within("first response p90 in seconds", float64(quantile(f.firstResponse, 0.9)/second), 1850, 0.25)
	within("messages per conversation p50", float64(quantile(f.lengths, 0.5)), 7, 0.15)
	within("messages per conversation p90", float64(quantile(f.lengths, 0.9)), 27, 0.2)
	within("conversations held at most", float64(f.most), 10, 0.1)
	// Log-normal work times: mu from 4.5 to 4.7 and sigma from 1.3 to 1.7, in the logarithm of seconds.
	median, high := float64(quantile(f.wrapped, 0.5)), float64(quantile(f.wrapped, 0.9))
	within("work after the contact, mu", math.Log(median/1000), 4.6, 0.05)
	within("work after the contact, sigma", math.Log(high/median)/1.2816, 1.4, 0.15)
	if last := quantile(f.handled, 0.999); last < 12*hour {
		t.Errorf("nothing was forgotten: the longest took %d s", last/second)
	}
}

// The story that owners and slots tell makes sense: agents hold what they may, nearly always, and everything comes to an end.
func TestLoads(t *testing.T) {
	f := busy(t)
	var working schemas.Instant // with at least one conversation
	for _, held := range f.held[1:] {
		working += held
	}
	if share := float64(f.over) / float64(working); share > 0.005 || f.over == 0 {
		t.Errorf("agents hold more than they may for %.2f %% of the time", 100*share)
	}
	if busyShare := float64(working-f.held[1]) / float64(working); busyShare < 0.3 {
		t.Errorf("agents hold several at once for %.0f %% of the time only", 100*busyShare)
	}
	if len(f.lies) > 0 {
		t.Errorf("%d events contradict those before: %.1000s", len(f.lies), f.lies)
	}
	if f.forgotten > 0 {
		t.Errorf("%d conversations are open with an owner after %d hours", f.forgotten, longest/hour)
	}
	share := func(name string, part, whole int, low, high float64) {
		t.Helper()
		ratio := float64(part) / float64(whole)
		t.Logf("%s: %.3f", name, ratio)
		if ratio < low || ratio > high {
			t.Errorf("%s: %.3f, want %v to %v", name, ratio, low, high)
		}
	}
	closed := 0
	for _, count := range f.closes {
		closed += count
	}
	taken := f.statuses[schemas.StatusDequeued]
	share("transfers per conversation taken", f.statuses[schemas.StatusTransferred], taken, 0.05, 0.25)
	share("escalations per conversation taken", f.statuses[schemas.StatusEscalated]+f.statuses[schemas.StatusTookOver]+f.statuses[schemas.StatusJoined], taken, 0.01, 0.1)
	share("abandoned", f.abandoned, f.statuses[schemas.StatusQueued], 0.01, 0.08)
	share("customers who left", f.closes[schemas.CloseCustomerLeft], closed, 0.01, 0.12)
	share("reopened", f.statuses[schemas.StatusReopened], closed, 0.03, 0.15)
	share("offers not accepted", f.statuses[schemas.StatusDeclined], f.statuses[schemas.StatusOffered], 0.05, 0.2)
	share("handed off by the AI agent", f.statuses[schemas.StatusHandedOff], f.assisted, 0.2, 0.5)
	share("resolved by the AI agent", f.closes[schemas.CloseAIResolved], f.assisted, 0.3, 0.6)
	share("fallbacks per conversation of the AI agent", f.fallbacks, f.assisted, 0.1, 0.6)
	share("rated", f.statuses[schemas.StatusRated], closed, 0.05, 0.3)
}

// A company of one agent who gets far too much works, too: nobody is given more than there is room for, and customers give up.
func TestOneAgent(t *testing.T) {
	config := DefaultConfig()
	config.Companies, config.Rate = []Company{{Name: "solo", Zone: "Europe/Berlin", Agents: 1, Offers: true}}, 30
	f := read(simulation(t, config).Events(tuesday-day, tuesday+4*day), tuesday+4*day-longest)
	if f.most > slotNumbers[len(slotNumbers)-1]+1 || f.closes[schemas.CloseResolved] < 50 || f.forgotten > 0 || len(f.lies) > 0 {
		t.Errorf("holds %d at most; closes %v; %d forgotten; %v", f.most, f.closes, f.forgotten, f.lies)
	}
	if f.closes[schemas.CloseCustomerLeft]+f.closes[schemas.CloseTimeout] < 2*f.closes[schemas.CloseResolved] {
		t.Errorf("too few are never served: closes %v", f.closes)
	}
	config.Rate = 5000
	f = read(simulation(t, config).Events(tuesday, tuesday+14*hour), never)
	open := 0
	for _, talk := range f.talks {
		if talk.open {
			open++
		}
	}
	if open > len(f.talks)/5 {
		t.Errorf("%d of %d conversations of the morning are still open", open, len(f.talks))
	}
	config.Rate = 6
	f = read(simulation(t, config).Events(tuesday-day, tuesday+4*day), tuesday+4*day-longest)
	if f.statuses[schemas.StatusDeclined] < 5 || f.refused*3 > f.statuses[schemas.StatusDeclined] {
		t.Errorf("%d were declined, %d of these not offered again", f.statuses[schemas.StatusDeclined], f.refused)
	}
}
